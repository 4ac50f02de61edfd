# Cortex-M55 with double-precision floating-point and vector unit.
# LLVM 19 has no instruction for rounding to even on 32-bit Arm, and newlib no such function: rounding goes by addition.
set(UMBER_TRIPLE thumbv8.1m.main-none-eabihf)
set(UMBER_CPU_FLAGS -mcpu=cortex-m55 -mfloat-abi=hard -U__ARM_FEATURE_DIRECTED_ROUNDING)
set(UMBER_GCC_FLAGS -mcpu=cortex-m55 -mthumb -mfloat-abi=hard)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
