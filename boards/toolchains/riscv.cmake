# RISC-V with clang: compiler and linker are clang's and lld's, libraries those of Debian's riscv64-unknown-elf packages (picolibc,
# libgcc). They come without C++ headers; the freestanding ones that the core uses are the same for every processor, so
# Arm's serve. A toolchain file sets UMBER_TRIPLE, UMBER_CPU_FLAGS, and UMBER_MULTILIB, the libraries' folder
# (libgcc's of the default multilib, rv64gc, is the top one).
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET ${UMBER_TRIPLE})
set(CMAKE_CXX_COMPILER_TARGET ${UMBER_TRIPLE})

execute_process(COMMAND riscv64-unknown-elf-gcc -dumpfullversion OUTPUT_VARIABLE gcc_version OUTPUT_STRIP_TRAILING_WHITESPACE)
set(libc_folder /usr/lib/picolibc/riscv64-unknown-elf)
file(GLOB headers /usr/include/newlib/c++/*)
string(JOIN " " UMBER_FLAGS ${UMBER_CPU_FLAGS} -ffunction-sections -fdata-sections -fno-math-errno)
set(CMAKE_C_FLAGS_INIT "${UMBER_FLAGS} -isystem ${libc_folder}/include")
set(CMAKE_CXX_FLAGS_INIT
    "${UMBER_FLAGS} -nostdinc++ -isystem ${headers} -isystem ${headers}/arm-none-eabi -isystem ${libc_folder}/include")
set(UMBER_PORT_FOLDER ports/baremetal/riscv)
set(UMBER_C_LIBRARY picolibc.c)  # in boards/firmware
set(libgcc /usr/lib/gcc/riscv64-unknown-elf/${gcc_version}/${UMBER_MULTILIB}/libgcc.a)
if(NOT EXISTS ${libgcc})
  set(libgcc /usr/lib/gcc/riscv64-unknown-elf/${gcc_version}/libgcc.a)
endif()
# Mathematics is part of picolibc.
set(UMBER_LIBRARIES ${libc_folder}/lib/${UMBER_MULTILIB}/libc.a
    ${libgcc})
set(UMBER_HANDLER_REACH 0x40000)  # 16 bits in units of four bytes, see interp/config.h
