# Arm MPS2, FPGA image AN505: Cortex-M33 in its secure state, 20 MHz, 4 MB of code memory, 16 MB of PSRAM.
set(UMBER_TOOLCHAIN cortex-m33)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=20000000)
set(UMBER_BOARD_QEMU qemu-system-arm -machine mps2-an505)
