# Arm MPS3, FPGA image AN547: Cortex-M55, 32 MHz, 512 KB of instruction memory, 2 MB of SRAM, DDR memory.
set(UMBER_TOOLCHAIN cortex-m55)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=32000000)
set(UMBER_BOARD_QEMU qemu-system-arm -machine mps3-an547)
