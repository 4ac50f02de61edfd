#!/usr/bin/env python3
"""Generates large, valid, realistic WebAssembly modules to measure loading with.

The code looks like what clang makes of C: typed functions with a stack-pointer prologue, loops with counters, ifs,
switches through br_table, field loads and stores, direct and indirect calls, i32, i64, f32 and f64 arithmetic. The
export `_start` returns at once, so running the module measures loading alone. The same options and seed give the
same bytes. It prints what it made: size, functions, instructions, mean instruction length.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path

I32, I64, F32, F64 = 0x7F, 0x7E, 0x7D, 0x7C
VOID_BLOCK = 0x40

EXAMPLES = """examples:
  bench/gen_module.py -o big.wasm                              16 MB, 17,000 functions
  bench/gen_module.py --shape locals -o locals.wasm            one of the size limits
  bench/gen_module.py --functions 500 --size 640000 -o m.wasm  own numbers
"""


@dataclass(frozen=True)
class Shape:
    """What to aim at. A function's code is about size / functions bytes, spread as real programs spread it."""

    functions: int
    size: int  # bytes of code in all
    locals: int = 0  # extra locals of the last function
    largest: int = 0  # bytes of the last function, beyond its share
    spread: float = 1.1  # sigma of the log-normal distribution of function sizes
    help: str = ""


SHAPES = {
    "program": Shape(17_000, 15_500_000, help="a 16 MB program of 17,000 functions"),
    "small": Shape(700, 640_000, help="a 0.64 MB program"),
    "one-function": Shape(200, 200_000, largest=1_500_000, help="one function of 1.5 MB"),
    "locals": Shape(200, 200_000, locals=11_000, largest=60_000, help="a function with 11,000 locals"),
    "tiny": Shape(617_000, 4_000_000, spread=0.0, help="617,000 tiny functions"),
    "large": Shape(60_000, 57_300_000, help="a 58 MB program of 60,000 functions"),
    "instructions": Shape(40_000, 31_500_000, help="14 million instructions"),
}


def unsigned(value: int) -> bytes:
    """LEB128."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if value == (-1 if byte & 0x40 else 0):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def padded(value: int) -> bytes:
    """LEB128 in five bytes, as wasm-ld writes everything it relocates: callees, globals, types, addresses."""
    return bytes((value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, value >> 14 & 0x7F | 0x80, value >> 21 & 0x7F | 0x80, value >> 28))


def vector(items: list[bytes]) -> bytes:
    return unsigned(len(items)) + b"".join(items)


def section(number: int, content: bytes) -> bytes:
    return bytes((number,)) + unsigned(len(content)) + content


def name(text: str) -> bytes:
    return unsigned(len(text)) + text.encode()


# Signatures: parameters and result. The mix follows compiled C: mostly pointers and ints, few results wider.
SIGNATURES: list[tuple[tuple[int, ...], int | None]] = [
    ((), None),
    ((I32,), None),
    ((I32,), I32),
    ((I32, I32), I32),
    ((I32, I32), None),
    ((I32, I32, I32), I32),
    ((I32, I32, I32, I32), None),
    ((I32, I64), I64),
    ((I64, I64), I64),
    ((F64, F64), F64),
    ((I32, F64), F64),
    ((I32, F32, F32), F32),
    ((), I32),
    ((I32, I32, I32, I32, I32, I32), I32),
]
SIGNATURE_WEIGHTS = [2, 6, 9, 9, 6, 6, 4, 2, 1, 2, 1, 1, 2, 2]

# Imported first, so defined functions do not start at index 0: (field, parameters, result).
IMPORTS: list[tuple[str, tuple[int, ...], int | None]] = [
    ("proc_exit", (I32,), None),
    ("fd_write", (I32, I32, I32, I32), I32),
    ("fd_close", (I32,), I32),
]

BINARY = {
    I32: [0x6A] * 8 + [0x6B] * 3 + [0x6C] * 2 + [0x71] * 4 + [0x72] * 2 + [0x73, 0x74, 0x74, 0x75, 0x76, 0x77],
    I64: [0x7C] * 5 + [0x7D] * 2 + [0x7E] * 2 + [0x83] * 3 + [0x84, 0x85, 0x86, 0x87, 0x88, 0x89],
    F32: [0x92, 0x92, 0x93, 0x94, 0x94, 0x95, 0x96],
    F64: [0xA0, 0xA0, 0xA1, 0xA2, 0xA2, 0xA3, 0xA4, 0xA5],
}
UNARY = {I32: [0x67, 0x68, 0x69, 0xC0, 0xC1], I64: [0x79, 0x7A, 0xC2, 0xC3], F32: [0x8B, 0x8C, 0x91], F64: [0x99, 0x9A, 0x9F]}
COMPARE = {
    I32: [0x46, 0x46, 0x47, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F],
    I64: [0x51, 0x52, 0x53, 0x54, 0x55, 0x56],
    F32: [0x5B, 0x5C, 0x5D, 0x5E, 0x5F],
    F64: [0x61, 0x62, 0x63, 0x64, 0x65],
}
# Opcode and largest alignment exponent.
LOADS = {
    I32: [(0x28, 2)] * 6 + [(0x2D, 0), (0x2D, 0), (0x2C, 0), (0x2F, 1), (0x2E, 1)],
    I64: [(0x29, 3)] * 3 + [(0x35, 2), (0x34, 2)],
    F32: [(0x2A, 2)],
    F64: [(0x2B, 3)],
}
STORES = {I32: [(0x36, 2)] * 4 + [(0x3A, 0), (0x3B, 1)], I64: [(0x37, 3), (0x37, 3), (0x3E, 2)], F32: [(0x38, 2)], F64: [(0x39, 3)]}
# (from, to) -> conversions that never trap.
CONVERT = {
    (I32, I64): [0xAC, 0xAD],
    (I64, I32): [0xA7],
    (I32, F64): [0xB7, 0xB8],
    (I64, F64): [0xB9],
    (I32, F32): [0xB2],
    (F32, F64): [0xBB],
    (F64, F32): [0xB6],
    (F64, I64): [0xBD],
    (F32, I32): [0xBC],
}

STATEMENTS = ["assign", "load", "store", "if", "loop", "call", "switch", "exit", "move", "indirect", "select", "convert"]
STATEMENT_WEIGHTS = [22, 20, 16, 10, 3, 12, 1, 6, 5, 1, 2, 2]


class Function:
    """Writes one function body: a list of encoded pieces and a count of instructions."""

    def __init__(self, rng: random.Random, module: "Module", signature: int, extra_locals: int) -> None:
        self.rng = rng
        self.module = module
        self.parameters, self.result = SIGNATURES[signature]
        self.out = bytearray()
        self.instructions = 0
        self.labels: list[bool] = []  # innermost last; True: a forward label, safe to leave by br_if
        self.by_type: dict[int, list[bytes]] = {I32: [], I64: [], F32: [], F64: []}
        for index, kind in enumerate(self.parameters):
            self.by_type[kind].append(unsigned(index))
        self.declare_locals(extra_locals)

    def declare_locals(self, extra: int) -> None:
        counts = {I32: self.rng.choice((1, 2, 3, 4, 6, 9)) + extra // 2, I64: self.rng.choice((0, 0, 1, 2)) + extra // 4}
        counts[F32] = self.rng.choice((0, 0, 0, 1))
        counts[F64] = self.rng.choice((0, 0, 1, 2)) + extra - extra // 2 - extra // 4
        index = len(self.parameters)
        groups = []
        for kind, count in counts.items():
            if count:
                groups.append(unsigned(count) + bytes((kind,)))
            self.by_type[kind] += [unsigned(index + i) for i in range(count)]
            index += count
        self.header = vector(groups)
        self.frame = self.take(I32)
        self.counter = self.take(I32) if len(self.by_type[I32]) > 1 else None
        self.kinds = [kind for kind in (I32, I32, I32, I32, I32, I64, F64, F32) if self.by_type[kind]]

    def take(self, kind: int) -> bytes:
        """A local of its own, no longer available to ordinary statements."""
        locals_of_kind = self.by_type[kind]
        return locals_of_kind.pop() if len(locals_of_kind) > 1 else locals_of_kind[-1]

    def emit(self, code: bytes, instructions: int) -> None:
        self.out += code
        self.instructions += instructions

    def local(self, kind: int) -> bytes:
        return self.rng.choice(self.by_type[kind])

    def constant(self, kind: int) -> bytes:
        if kind == I32:
            return b"\x41" + signed(self.rng.choice((1, 2, 4, 8, 16, 24, 31, 255, -1, -8, 1024, 4095, 65536, 1 << 20)))
        if kind == I64:
            return b"\x42" + signed(self.rng.choice((1, 2, 8, 32, -1, 255, 65535, 1 << 31, 0x9E3779B97F4A7C15 - (1 << 64))))
        return (b"\x43" if kind == F32 else b"\x44") + (b"\x00\x00\x80\x3f" if kind == F32 else b"\0\0\0\0\0\0\xf0\x3f")

    def value(self, kind: int, depth: int = 2) -> None:
        """Pushes one value: a local, a constant, a loaded field or an operation on such."""
        pick = self.rng.random()
        if not self.by_type[kind] or pick < 0.10:
            self.emit(self.constant(kind), 1)
        elif depth == 0 or pick < 0.45:
            self.emit(b"\x20" + self.local(kind), 1)
        elif pick < 0.62:
            self.load(kind)
        elif pick < 0.94:
            self.value(kind, depth - 1)
            if self.rng.random() < 0.5:
                self.emit(self.constant(kind), 1)
            else:
                self.value(kind, depth - 1)
            self.emit(bytes((self.rng.choice(BINARY[kind]),)), 1)
        else:
            self.value(kind, depth - 1)
            self.emit(bytes((self.rng.choice(UNARY[kind]),)), 1)

    def offset(self) -> bytes:
        return unsigned(self.rng.choice((0, 0, 4, 4, 8, 8, 12, 16, 20, 24, 32, 40, 64, 100, 136, 260, 1024, 70_000)))

    def load(self, kind: int) -> None:
        opcode, align = self.rng.choice(LOADS[kind])
        if self.rng.random() < 0.08:  # a static variable
            address = padded((1 << 20) + self.rng.randrange(0, 65536, 8))
            self.emit(b"\x41\x00" + bytes((opcode, align)) + address, 2)
        else:
            self.emit(b"\x20" + self.local(I32) + bytes((opcode, align)) + self.offset(), 2)

    def condition(self) -> None:
        pick = self.rng.random()
        if pick < 0.3:
            self.emit(b"\x20" + self.local(I32), 1)
        elif pick < 0.5:
            self.value(I32, 1)
            self.emit(b"\x45", 1)
        else:
            kind = self.rng.choice(self.kinds)
            self.value(kind, 1)
            self.value(kind, 1)
            self.emit(bytes((self.rng.choice(COMPARE[kind]),)), 1)

    def statements(self, end: int, depth: int) -> None:
        """Writes statements until the body is `end` bytes long."""
        while len(self.out) < end:
            kind = self.rng.choices(STATEMENTS, STATEMENT_WEIGHTS)[0]
            getattr(self, "write_" + kind)(min(end, len(self.out) + self.rng.choice((12, 30, 60, 150, 400))), depth)

    def write_assign(self, end: int, depth: int) -> None:
        kind = self.rng.choice(self.kinds)
        self.value(kind, 2)
        self.value(kind, 1)
        self.emit(bytes((self.rng.choice(BINARY[kind]), 0x21)) + self.local(kind), 2)

    def write_move(self, end: int, depth: int) -> None:
        kind = self.rng.choice(self.kinds)
        self.emit(b"\x20" + self.local(kind) + b"\x22" + self.local(kind) + b"\x21" + self.local(kind), 3)

    def write_load(self, end: int, depth: int) -> None:
        kind = self.rng.choice(self.kinds)
        self.load(kind)
        self.emit(b"\x21" + self.local(kind), 1)

    def write_store(self, end: int, depth: int) -> None:
        kind = self.rng.choice(self.kinds)
        opcode, align = self.rng.choice(STORES[kind])
        self.emit(b"\x20" + (self.frame if self.rng.random() < 0.3 else self.local(I32)), 1)
        self.value(kind, 2)
        self.emit(bytes((opcode, align)) + self.offset(), 1)

    def write_select(self, end: int, depth: int) -> None:
        kind = self.rng.choice(self.kinds)
        self.value(kind, 1)
        self.value(kind, 1)
        self.condition()
        self.emit(b"\x1b\x21" + self.local(kind), 2)

    def write_convert(self, end: int, depth: int) -> None:
        pairs = [pair for pair in CONVERT if self.by_type[pair[0]] and self.by_type[pair[1]]]
        if pairs:
            source, target = self.rng.choice(pairs)
            self.value(source, 1)
            self.emit(bytes((self.rng.choice(CONVERT[source, target]), 0x21)) + self.local(target), 2)

    def write_if(self, end: int, depth: int) -> None:
        if depth == 0:
            return self.write_assign(end, depth)
        self.condition()
        self.emit(bytes((0x04, VOID_BLOCK)), 1)
        self.labels.append(True)
        self.statements(end, depth - 1)
        if self.rng.random() < 0.35:
            self.emit(b"\x05", 1)
            self.statements(len(self.out) + self.rng.choice((8, 20, 60)), depth - 1)
        self.labels.pop()
        self.emit(b"\x0b", 1)

    def write_loop(self, end: int, depth: int) -> None:
        """block { loop { …; counter += 1; br_if counter < limit } }: bounded, with an exit label around it."""
        if depth < 2 or self.counter is None:
            return self.write_store(end, depth)
        self.emit(bytes((0x41, 0, 0x21)) + self.counter + bytes((0x02, VOID_BLOCK, 0x03, VOID_BLOCK)), 4)
        self.labels += [True, False]
        self.statements(end, depth - 2)
        self.emit(b"\x20" + self.counter + b"\x41\x01\x6a\x22" + self.counter + b"\x41\x20\x49\x0d\x00\x0b\x0b", 8)
        del self.labels[-2:]

    def write_exit(self, end: int, depth: int) -> None:
        forward = [depth for depth, is_forward in enumerate(reversed(self.labels)) if is_forward]
        if not forward:
            return self.write_load(end, depth)
        self.condition()
        self.emit(b"\x0d" + unsigned(self.rng.choice(forward)), 1)

    def write_switch(self, end: int, depth: int) -> None:
        if depth < 2:
            return self.write_assign(end, depth)
        cases = self.rng.choice((3, 4, 6, 10, 24))
        self.emit(bytes((0x02, VOID_BLOCK)) * (cases + 1), cases + 1)
        self.labels += [True] * (cases + 1)
        self.value(I32, 1)
        targets = b"".join(unsigned(self.rng.randrange(cases)) for _ in range(cases + self.rng.randrange(8)))
        count = len(targets)
        self.emit(b"\x0e" + unsigned(count) + targets + unsigned(cases), 1)
        for case in range(cases):
            self.labels.pop()
            self.emit(b"\x0b", 1)
            self.statements(len(self.out) + self.rng.choice((4, 12, 30)), 0)
            self.emit(b"\x0c" + unsigned(cases - 1 - case), 1)
        self.labels.pop()
        self.emit(b"\x0b", 1)

    def arguments(self, parameters: tuple[int, ...]) -> None:
        for kind in parameters:
            self.value(kind, 1)

    def use_result(self, result: int | None) -> None:
        if result is None:
            return
        if self.by_type[result] and self.rng.random() < 0.8:
            self.emit(b"\x21" + self.local(result), 1)
        else:
            self.emit(b"\x1a", 1)

    def write_call(self, end: int, depth: int) -> None:
        callee = self.rng.randrange(len(self.module.signatures))
        parameters, result = SIGNATURES[self.module.signatures[callee]]
        self.arguments(parameters)
        self.emit(b"\x10" + padded(callee + len(IMPORTS)), 1)
        self.use_result(result)

    def write_indirect(self, end: int, depth: int) -> None:
        signature = self.rng.randrange(len(SIGNATURES))
        parameters, result = SIGNATURES[signature]
        self.arguments(parameters)
        self.value(I32, 1)
        self.emit(b"\x11" + padded(signature) + padded(0), 1)
        self.use_result(result)

    def body(self, size: int) -> bytes:
        """The whole code entry, without its length."""
        if size >= 40:
            self.emit(b"\x23" + padded(0) + b"\x41\x20\x6b\x22" + self.frame + b"\x24" + padded(0), 5)
            self.statements(size - 16, 4)
            self.emit(b"\x20" + self.frame + b"\x41\x20\x6a\x24" + padded(0), 4)
        if self.result is not None:
            self.value(self.result, 1)
        self.emit(b"\x0b", 1)
        return self.header + bytes(self.out)


class Module:
    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.rng = random.Random(seed)
        self.signatures = self.rng.choices(range(len(SIGNATURES)), SIGNATURE_WEIGHTS, k=shape.functions)
        self.signatures[0] = 0  # _start
        self.instructions = 0

    def function_sizes(self) -> list[int]:
        """Log-normal, scaled so that the sum is the target."""
        raw = [math.exp(self.rng.gauss(0, self.shape.spread)) for _ in range(self.shape.functions)]
        scale = self.shape.size / sum(raw)
        sizes = [max(2, int(value * scale)) for value in raw]
        sizes[-1] += self.shape.largest
        return sizes

    def code_entries(self) -> list[bytes]:
        entries = [b"\x02\x00\x0b"]  # _start: no locals, end
        self.instructions = 1
        excess = 0  # a body ends a little beyond its size; the next ones make up for it
        for index, size in list(enumerate(self.function_sizes()))[1:]:
            last = index == self.shape.functions - 1
            function = Function(self.rng, self, self.signatures[index], self.shape.locals if last else 0)
            body = function.body(size - min(max(excess, 0), size // 2))
            excess += len(body) + 2 - size
            self.instructions += function.instructions
            entries.append(unsigned(len(body)) + body)
        return entries

    def encode(self) -> bytes:
        def type_of(parameters: tuple[int, ...], result: int | None) -> bytes:
            results = [] if result is None else [bytes((result,))]
            return b"\x60" + vector([bytes((kind,)) for kind in parameters]) + vector(results)

        types = [type_of(*signature) for signature in SIGNATURES]
        types += [type_of(parameters, result) for _, parameters, result in IMPORTS]
        imports = [
            name("wasi_snapshot_preview1") + name(field) + b"\x00" + unsigned(len(SIGNATURES) + index)
            for index, (field, _, _) in enumerate(IMPORTS)
        ]
        entries = min(self.shape.functions, 2000)
        elements = vector([unsigned(len(IMPORTS) + index * (self.shape.functions // entries)) for index in range(entries)])
        data = self.rng.randbytes(min(self.shape.size // 20, 500_000))
        exports = [name("memory") + b"\x02\x00", name("_start") + b"\x00" + unsigned(len(IMPORTS))]
        stack_pointer = bytes((I32, 1, 0x41)) + signed(1 << 20) + b"\x0b"
        return b"".join(
            [
                b"\0asm\1\0\0\0",
                section(1, vector(types)),
                section(2, vector(imports)),
                section(3, vector([unsigned(signature) for signature in self.signatures])),
                section(4, vector([b"\x70\x00" + unsigned(entries + 1)])),
                section(5, vector([b"\x00" + unsigned(32)])),
                section(6, vector([stack_pointer])),
                section(7, vector(exports)),
                section(9, vector([b"\x00\x41\x01\x0b" + elements])),
                section(10, vector(self.code_entries())),
                section(11, vector([b"\x00\x41" + signed(1 << 20) + b"\x0b" + unsigned(len(data)) + data])),
            ]
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shapes = "; ".join(f"{key}: {shape.help}" for key, shape in SHAPES.items())
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.add_argument("--shape", choices=SHAPES, default="program", help=shapes)
    parser.add_argument("--functions", type=int, help="instead of the shape's number of functions")
    parser.add_argument("--size", type=int, metavar="BYTES", help="instead of the shape's bytes of code")
    parser.add_argument("--locals", type=int, help="instead of the shape's locals of the last function")
    parser.add_argument("--largest", type=int, metavar="BYTES", help="instead of the shape's size of the last function")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = {
        field: value
        for field in ("functions", "size", "locals", "largest")
        if (value := getattr(options, field)) is not None
    }
    shape = Shape(**{**vars(SHAPES[options.shape]), **chosen})
    if shape.functions < 1:
        parser.error("--functions: at least 1")
    module = Module(shape, options.seed)
    code = module.encode()
    options.output.write_bytes(code)
    # Data and type sections are small beside the code, so this is the code's mean to two digits.
    data = min(shape.size // 20, 500_000)
    mean = (len(code) - data) / module.instructions
    print(f"{options.output}: {len(code):,} bytes, {shape.functions:,} functions, ", end="")
    print(f"{module.instructions:,} instructions of {mean:.2f} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
