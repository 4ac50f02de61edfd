# QEMU's `virt`, 32 bits, single precision.
set(UMBER_TOOLCHAIN rv32imafc)
set(UMBER_BOARD_DEFINITIONS UMBER_BOARD_CLOCK_HZ=10000000 UMBER_BOARD_MTIME=0x0200bff8 UMBER_BOARD_MTIMECMP=0x02004000)
set(UMBER_BOARD_QEMU qemu-system-riscv32 -machine virt -cpu rv32,f=true,d=false -m 64M -bios none)
