# Cortex-M with clang: compiler and linker are clang's and lld's, headers and libraries (newlib, libgcc, libstdc++'s headers) those
# of Debian's arm-none-eabi packages. A toolchain file sets UMBER_TRIPLE and UMBER_CPU_FLAGS (clang) and UMBER_GCC_FLAGS, by
# which gcc finds the libraries for the same calling convention.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET ${UMBER_TRIPLE})
set(CMAKE_CXX_COMPILER_TARGET ${UMBER_TRIPLE})

find_program(UMBER_ARM_GCC arm-none-eabi-gcc REQUIRED)
function(umber_gcc_path out)
  execute_process(COMMAND ${UMBER_ARM_GCC} ${UMBER_GCC_FLAGS} ${ARGN} OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(${out} ${path} PARENT_SCOPE)
endfunction()
umber_gcc_path(gcc_version -dumpfullversion)
umber_gcc_path(multilib -print-multi-directory)
umber_gcc_path(libgcc -print-libgcc-file-name)
umber_gcc_path(libc -print-file-name=libc.a)
umber_gcc_path(libm -print-file-name=libm.a)
set(headers /usr/include/newlib/c++/${gcc_version})

string(JOIN " " UMBER_FLAGS ${UMBER_CPU_FLAGS} -ffunction-sections -fdata-sections -fno-math-errno)
set(CMAKE_C_FLAGS_INIT "${UMBER_FLAGS} -isystem /usr/include/newlib")
set(CMAKE_CXX_FLAGS_INIT
    "${UMBER_FLAGS} -nostdinc++ -isystem ${headers} -isystem ${headers}/arm-none-eabi/${multilib} -isystem /usr/include/newlib")
set(UMBER_PORT_FOLDER ports/baremetal/arm)
set(UMBER_C_LIBRARY newlib.cc)  # in boards/firmware
set(UMBER_LIBRARIES ${libm} ${libc} ${libgcc})
set(UMBER_HANDLER_REACH 0x20000)  # 16 bits in units of two bytes, see interp/config.h
