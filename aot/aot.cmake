# Ahead-of-time compilation: `umber_aot` (device core: image reader and loader) and, where LLVM 19 is installed,
# `umber_aot_compiler` (host).
umber_core_library(umber_aot FOLDERS aot/image aot/loader LINK umber_runtime)

find_package(LLVM 19.1 QUIET CONFIG PATHS /usr/lib/llvm-19 NO_DEFAULT_PATH)
find_library(LLD_ELF lldELF PATHS /usr/lib/llvm-19/lib NO_DEFAULT_PATH)
find_library(LLD_COMMON lldCommon PATHS /usr/lib/llvm-19/lib NO_DEFAULT_PATH)
if(LLVM_FOUND AND LLD_ELF AND NOT CMAKE_CROSSCOMPILING)
  file(GLOB sources CONFIGURE_DEPENDS aot/compiler/*.cc)
  add_library(umber_aot_compiler STATIC ${sources})
  target_include_directories(umber_aot_compiler SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS})
  target_compile_options(umber_aot_compiler PRIVATE -fno-exceptions -fno-rtti)
  target_link_libraries(umber_aot_compiler PUBLIC umber_aot ${LLD_ELF} ${LLD_COMMON} LLVM z zstd Threads::Threads)
  target_link_directories(umber_aot_compiler PUBLIC ${LLVM_LIBRARY_DIRS})
endif()
