# Cortex-M3: no floating-point unit.
set(UMBER_TRIPLE thumbv7m-none-eabi)
set(UMBER_CPU_FLAGS -mcpu=cortex-m3 -mfloat-abi=soft)
set(UMBER_GCC_FLAGS -mcpu=cortex-m3 -mthumb -mfloat-abi=soft)
include(${CMAKE_CURRENT_LIST_DIR}/arm.cmake)
