# RV32IMAFC: single precision.
set(UMBER_TRIPLE riscv32-unknown-elf)
set(UMBER_CPU_FLAGS -march=rv32imafc_zicsr -mabi=ilp32f -mcmodel=medany)
set(UMBER_MULTILIB rv32imafc/ilp32f)
include(${CMAKE_CURRENT_LIST_DIR}/riscv.cmake)
