# Cortex-M7 with its double-precision floating-point unit.
# LLVM 19 has no instruction for rounding to even on 32-bit Arm, and newlib no such function: rounding goes by addition.
set(UMBER_TRIPLE thumbv7em-none-eabihf)
set(UMBER_CPU_FLAGS -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16 -U__ARM_FEATURE_DIRECTED_ROUNDING)
set(UMBER_GCC_FLAGS -mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-d16)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
