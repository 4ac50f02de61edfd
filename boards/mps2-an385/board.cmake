# Arm MPS2, FPGA image AN385: Cortex-M3, 25 MHz, 4 MB of code memory, 16 MB of PSRAM.
set(UMBER_TOOLCHAIN cortex-m3)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=25000000)
set(UMBER_BOARD_QEMU qemu-system-arm -machine mps2-an385)
