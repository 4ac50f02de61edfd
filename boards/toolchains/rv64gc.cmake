# RV64GC.
set(UMBER_TRIPLE riscv64-unknown-elf)
set(UMBER_CPU_FLAGS -march=rv64gc -mabi=lp64d -mcmodel=medany)
set(UMBER_MULTILIB rv64imafdc/lp64d)
include(${CMAKE_CURRENT_LIST_DIR}/riscv.cmake)
