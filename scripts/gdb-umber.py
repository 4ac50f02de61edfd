# Symbols of compiled modules for gdb: `source scripts/gdb-umber.py`, then `umber-symbols` once the image is mapped.
#
# `umberc --debug app.wasm` writes app.umb and app.umb.debug, an ELF file whose addresses count from the image's code. The command
# finds the images that the process has mapped and adds each one's file at the address where its code lies.
import os
import struct

import gdb

CODE_RANGE = 56  # in the header: offset and size of the code (aot/image/FORMAT.md)


def mapped_images(pid):
    """Start address and path of every image, from its first mapping."""
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            words = line.split(maxsplit=5)
            if len(words) == 6 and words[2] == "00000000" and os.path.exists(words[5].strip() + ".debug"):
                yield int(words[0].split("-")[0], 16), words[5].strip()


class UmberSymbols(gdb.Command):
    """Add the symbols of all compiled modules that are mapped and have a .debug file."""

    def __init__(self):
        super().__init__("umber-symbols", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        for start, path in mapped_images(gdb.selected_inferior().pid):
            with open(path, "rb") as image:
                header = image.read(160)
            if header[:8] != b"umberimg":
                continue
            code = struct.unpack_from("<I", header, CODE_RANGE)[0]
            gdb.execute(f"add-symbol-file {path}.debug -o {start + code}")


UmberSymbols()
