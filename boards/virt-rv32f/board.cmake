# QEMU's `virt`, 32 bits, with its single-precision floating-point unit.
set(UMBER_TOOLCHAIN rv32imafc)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=10000000 UMBER_BOARD_MTIME=0x0200bff8)
set(UMBER_BOARD_QEMU qemu-system-riscv32 -machine virt -cpu rv32,d=false -m 64M -bios none)
