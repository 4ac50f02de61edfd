# The device core's libraries, for the host build and for the boards: feature groups as whole files, and the one function that
# makes a library from folders.
option(UMBER_THREADS "Shared memories and atomic instructions" ON)
option(UMBER_SIMD "Vectors of 128 bits" ON)
option(UMBER_GUARDED "Memories whose bounds an MMU guards" ON)
option(UMBER_GC "Garbage-collected objects (structs, arrays, i31, casts)" ON)
set(UMBER_INTERP "" CACHE STRING "The interpreter's profile: speed or compact; by default what the processor is for")
set(UMBER_HANDLER_OPTIMIZATION -O2 CACHE STRING "How the interpreter's handlers are optimised")
set(UMBER_ROOT ${CMAKE_CURRENT_LIST_DIR}/..)
cmake_path(NORMAL_PATH UMBER_ROOT)

# Feature groups are whole files: each has a stand-in, and one of both is built.
if(UMBER_GC)
  set(left_out "/(objects|heap)_absent\\.cc$")
else()
  set(left_out "/(heap/(heap|collect)|encode/objects|handlers/object)\\.cc$")
endif()

if(UMBER_THREADS)
  string(APPEND left_out "|/(atomic|shared_memory|threads)_absent\\.cc$")
else()
  string(APPEND left_out "|/(atomic|shared_memory|threads)\\.cc$")
endif()

if(UMBER_SIMD)
  string(APPEND left_out "|/vector_absent\\.cc$")
else()
  string(APPEND left_out "|/handlers/vector(_memory)?\\.cc$")
endif()
if(UMBER_GUARDED)
  string(APPEND left_out "|/memory_guarded_absent\\.cc$")
else()
  string(APPEND left_out "|/memory_guarded\\.cc$")
endif()

# A library of the device core from all sources of one or more folders: no exceptions, no RTTI.
function(umber_core_library name)
  cmake_parse_arguments(ARG "" "" "FOLDERS;LINK" ${ARGN})
  set(sources)
  foreach(folder ${ARG_FOLDERS})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${UMBER_ROOT}/${folder}/*.cc)
    list(APPEND sources ${found})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "${left_out}")
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_LINK})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${UMBER_ROOT} ${UMBER_ROOT}/include)
  target_compile_options(${name} PRIVATE -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off)
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(UMBER_INTERP AND name STREQUAL umber_interp)
    target_compile_definitions(${name} PUBLIC UMBER_INTERP_COMPACT=$<STREQUAL:${UMBER_INTERP},compact>)
  endif()
endfunction()

# The handlers are thousands of template instances that keep their state in registers through tail calls: sanitizers would
# break those and multiply compile time and memory, and have nothing to see there. What handlers call is instrumented.
# No frame pointers: a fault's recovery leaves a handler without its epilogue, so the caller's must still be in its register.
file(GLOB handlers CONFIGURE_DEPENDS ${UMBER_ROOT}/interp/handlers/*.cc ${UMBER_ROOT}/interp/run.cc)
set_source_files_properties(${handlers} PROPERTIES COMPILE_OPTIONS "${UMBER_HANDLER_OPTIMIZATION};-g0;-fno-sanitize=all;-fomit-frame-pointer")
