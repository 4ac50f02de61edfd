# QEMU's `virt`, 32 bits, without floating-point unit.
set(UMBER_TOOLCHAIN rv32imac)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=10000000 UMBER_BOARD_MTIME=0x0200bff8 UMBER_BOARD_MTIMECMP=0x02004000)
set(UMBER_BOARD_QEMU qemu-system-riscv32 -machine virt -cpu rv32,f=false,d=false -m 64M -bios none)
