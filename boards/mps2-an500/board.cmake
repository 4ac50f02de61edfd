# Arm MPS2, FPGA image AN500: Cortex-M7 with double precision, 25 MHz, 4 MB of code memory, 16 MB of PSRAM.
set(UMBER_TOOLCHAIN cortex-m7)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=25000000)
set(UMBER_BOARD_QEMU qemu-system-arm -machine mps2-an500)
