# QEMU's `virt`, 64 bits.
set(UMBER_TOOLCHAIN rv64gc)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=10000000 UMBER_BOARD_MTIME=0x0200bff8)
set(UMBER_BOARD_QEMU qemu-system-riscv64 -machine virt -cpu rv64 -m 64M -bios none)
