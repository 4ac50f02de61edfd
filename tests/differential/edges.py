"""Random functions that read and write where memory ends, as text: what is read is used in part, on some ways, or not at all, so that a
compiler that lets the hardware check addresses may be tempted to read less or nothing. Addresses come from memory, so that no compiler
knows them; every function is called with several, inside, across the end, and outside.
"""

SIZE = 65536
CELLS = 1024  # here lie the addresses, and above them nothing that a function reads by constant address

LOADS = {  # value type: loads and the bytes they read
    "i32": [("i32.load", 4), ("i32.load", 4), ("i32.load16_u", 2), ("i32.load8_s", 1)],
    "i64": [("i64.load", 8), ("i64.load", 8), ("i64.load32_u", 4), ("i64.load16_s", 2)],
    "f32": [("f32.load", 4)],
    "f64": [("f64.load", 8)],
    "v128": [("v128.load", 16), ("v128.load", 16), ("v128.load64_zero", 8), ("v128.load32_splat", 4), ("v128.load8x8_u", 8)],
}


class Function:
    """$p is the address, $c one of a few small numbers; the result is an i32."""

    def __init__(self, dice, index):
        self.dice = dice
        self.index = index
        self.locals = []

    def constant(self):
        return f"(i32.const {self.dice.choice([0, 1, 7, 8, 16, 24, 255, 256, 65535, 0xffffff, 0x7fffffff, 0x80000000, 0xff00, 0xff000000, 0xffffffff])})"

    def address(self):
        return self.dice.choice(["(local.get $p)", "(local.get $p)", "(i32.add (local.get $p) (i32.const 4))", "(i32.sub (local.get $p) (i32.const 4))",
                                 "(i32.add (local.get $p) (local.get $c))"])

    def load(self, type):
        name, _ = self.dice.choice(LOADS[type])
        offset = self.dice.choice([0, 0, 0, 1, 4, 8])
        return f"({name} offset={offset} {self.address()})"

    def used(self, depth):
        """An i32 that may need only a part of what it reads."""
        dice = self.dice
        kind = dice.randrange(24)
        if depth == 0 or kind < 3:
            return self.load("i32")
        if kind < 7:
            return f"(i32.{dice.choice(['and', 'and', 'or', 'xor', 'shl', 'shr_u', 'shr_s', 'mul', 'rotl'])} {self.used(depth - 1)} {self.constant()})"
        if kind == 7:
            return f"(i32.{dice.choice(['extend8_s', 'extend16_s', 'eqz', 'clz'])} {self.used(depth - 1)})"
        if kind == 8:
            return f"(i32.wrap_i64 {self.load('i64')})"
        if kind == 9:
            return f"(i32.wrap_i64 (i64.{dice.choice(['shr_u', 'and', 'shl'])} {self.load('i64')} (i64.const {dice.choice([8, 16, 32, 40, 255])})))"
        if kind == 10:
            return f"(i32.trunc_sat_f64_s {self.load('f64')})"
        if kind == 11:
            return f"(i32.wrap_i64 (i64.reinterpret_f64 {self.load('f64')}))"
        if kind == 12:
            return f"(i32x4.extract_lane {dice.randrange(4)} {self.load('v128')})"
        if kind == 13:
            lanes = " ".join(str(dice.randrange(dice.choice([8, 16, 32]))) for _ in range(16))
            return f"(i8x16.extract_lane_u {dice.randrange(16)} (i8x16.shuffle {lanes} {self.load('v128')} {self.load('v128')}))"
        if kind == 14:
            return f"(i32x4.extract_lane {dice.randrange(4)} (i32x4.extend_low_i16x8_u {self.load('v128')}))"
        if kind < 17:
            return f"(select {self.used(depth - 1)} {self.used(depth - 1)} {dice.choice(['(local.get $c)', self.used(depth - 1)])})"
        if kind == 17:
            value = self.kept()
            return f"(i32.{dice.choice(['sub', 'xor', 'and', 'eq', 'lt_u'])} {value} {value})"
        if kind == 18:
            return f"(call ${dice.choice(['ignores', 'same', 'maybe', 'first'])} {self.used(depth - 1)} (local.get $c))"
        if kind == 19:
            return f"(i32.and (i32.const 0) {self.used(depth - 1)})"
        if kind == 20:
            return f"(if (result i32) (i32.{dice.choice(['eq', 'gt_u'])} (local.get $c) (i32.const {dice.randrange(3)})) (then {self.used(depth - 1)}) (else {self.kept()}))"
        return f"(i32.{dice.choice(['add', 'sub', 'xor', 'or'])} {self.used(depth - 1)} {self.used(depth - 1)})"

    def kept(self):
        """A local that was loaded at the start."""
        if not self.locals or (len(self.locals) < 4 and self.dice.random() < 0.5):
            self.locals.append(self.load("i32"))
        return f"(local.get $x{self.dice.randrange(len(self.locals))})"

    def write(self):
        """A store, often of what was read there."""
        dice = self.dice
        kind = dice.randrange(6)
        if kind == 0:
            return f"(i32.store (local.get $p) (i32.{dice.choice(['or', 'and', 'xor', 'add'])} (i32.load (local.get $p)) {self.constant()}))"
        if kind == 1:
            return f"(i64.store (local.get $p) (i64.or (i64.and (i64.load (local.get $p)) (i64.const {dice.choice([-256, -65536, 0xffff, -4294967296])})) (i64.const {dice.randrange(256)})))"
        if kind == 2:
            return f"(v128.store (local.get $p) (i32x4.replace_lane {dice.randrange(4)} (v128.load (local.get $p)) {self.used(1)}))"
        if kind == 3:
            return "(i32.store (local.get $p) (i32.load (local.get $p)))"
        if kind == 4:
            return f"(i32.store8 (local.get $p) {self.used(2)})"
        return f"(v128.store{dice.choice(['8', '16', '32', '64'])}_lane 0 (i32.const 0) {self.load('v128')})"

    def text(self):
        dice = self.dice
        statements = []
        if dice.random() < 0.3:
            statements.append(f"(drop {self.used(2)})")
        if dice.random() < 0.3:
            statements.append(f"(if {self.used(2)} (then (nop)))")
        if dice.random() < 0.3:
            statements.append(f"(loop $l (if (i32.lt_u (local.get $i) (local.get $c)) (then (local.set $i (i32.add (local.get $i) (i32.const 1))) (local.set $s (i32.add (local.get $s) {self.used(2)})) (br $l))))")
        result = f"(i32.add (local.get $s) {self.used(3)})"
        write = self.write() if dice.random() < 0.4 else ""
        starts = "\n    ".join(f"(local.set $x{i} {load})" for i, load in enumerate(self.locals))
        names = " ".join(f"(local $x{i} i32)" for i in range(len(self.locals)))
        body = "\n    ".join([*statements, f"(local.set $s {result})", write, "(local.get $s)"])
        return f"(func $f{self.index} (param $p i32) (param $c i32) (result i32) (local $i i32) (local $s i32) {names}\n    {starts}\n    {body})"


def module(dice):
    functions = [Function(dice, i).text() for i in range(dice.randrange(4, 9))]
    places = [dice.choice([SIZE - dice.randrange(1, 24), SIZE - dice.randrange(1, 24), 4096, SIZE + dice.randrange(16), 0xffffffff - dice.randrange(12)]) for _ in range(6)]
    cells = "".join("".join(f"\\{byte:02x}" for byte in place.to_bytes(4, "little")) for place in places)
    noise = "".join(f"\\{dice.randrange(256):02x}" for _ in range(64))
    calls = "\n".join(
        f'  (func (export "f{f} at {at}: {place}, {c}") (result i32) (call $f{f} (i32.load (i32.const {CELLS + 4 * at})) (i32.load8_u (i32.const {CELLS + 64 + c}))))'
        for f in range(len(functions)) for at, place in enumerate(places) for c in (0, 1, 2))
    body = "\n  ".join(functions)
    return f"""(module
  (memory (export "memory") 1 1)
  (data (i32.const {CELLS}) "{cells}")
  (data (i32.const {CELLS + 64}) "\\00\\01\\02")
  (data (i32.const 4096) "{noise}")
  (data (i32.const {SIZE - 64}) "{noise}")
  (func $ignores (param i32 i32) (result i32) (local.get 1))
  (func $same (param i32 i32) (result i32) (i32.xor (local.get 0) (local.get 0)))
  (func $maybe (param i32 i32) (result i32) (if (result i32) (local.get 1) (then (i32.mul (local.get 0) (i32.const 7))) (else (i32.const 1))))
  (func $first (param i32 i32) (result i32) (local.get 0))
  {body}
{calls})
"""
