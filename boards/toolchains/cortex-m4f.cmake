# Cortex-M4 with its single-precision floating-point unit.
set(UMBER_TRIPLE thumbv7em-none-eabihf)
set(UMBER_CPU_FLAGS -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16)
set(UMBER_GCC_FLAGS -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
