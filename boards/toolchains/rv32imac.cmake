# RV32IMAC: no floating-point unit.
set(UMBER_TRIPLE riscv32-unknown-elf)
set(UMBER_CPU_FLAGS -march=rv32imac_zicsr -mabi=ilp32 -mcmodel=medany)
set(UMBER_MULTILIB rv32imac/ilp32)
include(${CMAKE_CURRENT_LIST_DIR}/riscv.cmake)
