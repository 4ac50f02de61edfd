# Cortex-M33 without floating-point unit and DSP extension.
# LLVM 19 has no instruction for rounding to even on 32-bit Arm, and newlib no such function: rounding goes by addition.
set(UMBER_TRIPLE thumbv8m.main-none-eabi)
set(UMBER_CPU_FLAGS -mcpu=cortex-m33+nofp+nodsp -mfloat-abi=soft -U__ARM_FEATURE_DIRECTED_ROUNDING)
set(UMBER_GCC_FLAGS -mcpu=cortex-m33+nofp+nodsp -mthumb -mfloat-abi=soft)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
