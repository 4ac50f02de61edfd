# Cortex-M33 with its single-precision floating-point unit.
# LLVM 19 has no instruction for rounding to even on 32-bit Arm, and newlib no such function: rounding goes by addition.
set(UMBER_TRIPLE thumbv8m.main-none-eabihf)
set(UMBER_CPU_FLAGS -mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16 -U__ARM_FEATURE_DIRECTED_ROUNDING)
set(UMBER_GCC_FLAGS -mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
