# Arm MPS2, FPGA image AN521: two Cortex-M33, of which the first one, without floating-point unit, runs the firmware; 20 MHz.
set(UMBER_TOOLCHAIN cortex-m33-soft)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=20000000)
set(UMBER_BOARD_QEMU qemu-system-arm -machine mps2-an521)
