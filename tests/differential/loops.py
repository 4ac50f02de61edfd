"""Random loops over arrays, as text: what compilers make of `for (...) d[i] = d[i] + s[i]`, unrolled or not, counted in every usual
way, with arrays that are apart, touch, overlap, lie across each other's elements or wrap around. Arguments come from memory, so that
no compiler knows them.
"""

MEMORY = 131072
ARGUMENTS = 130560  # where the arguments lie; arrays stay below

TYPES = {  # load, store, bytes, type
    "i8": ("i32.load8_u", "i32.store8", 1, "i32"),
    "i16": ("i32.load16_s", "i32.store16", 2, "i32"),
    "i32": ("i32.load", "i32.store", 4, "i32"),
    "i64": ("i64.load", "i64.store", 8, "i64"),
    "u32": ("i64.load32_u", "i64.store32", 4, "i64"),
    "f32": ("f32.load", "f32.store", 4, "f32"),
    "f64": ("f64.load", "f64.store", 8, "f64"),
}
OPERATIONS = {"i32": ["add", "sub", "mul", "xor", "and", "shl", "lt_s"], "i64": ["add", "sub", "mul", "or", "shr_u"], "f32": ["add", "sub", "mul"], "f64": ["add", "sub", "mul"]}


class Loop:
    """One function: $a, $b, $c are the arrays' places, $n the number of iterations."""

    def __init__(self, dice, index):
        self.dice = dice
        self.index = index
        self.type = dice.choice(list(TYPES))
        self.load, self.store, self.bytes, self.value = TYPES[self.type]
        self.unrolled = dice.choice([1, 1, 2, 2, 3, 4, 8])
        self.falls = dice.random() < 0.25
        self.counter = dice.choice(["ne", "ne", "ne", "lt_u", "lt_s", "zero", "pointer"])
        self.scaled = dice.random() < 0.3  # the counter counts elements
        self.offsets = {array: dice.choice([0, 0, 0, 4, 1024]) for array in "abc"}

    @property
    def step(self):
        step = self.unrolled * (1 if self.scaled else self.bytes)
        return -step if self.falls else step

    def address(self, array):
        if array in self.pointers:
            return f"(local.get ${array})"
        counter = "(local.get $i)"
        if self.scaled:
            counter = f"(i32.mul {counter} (i32.const {self.bytes}))"
        return f"(i32.add (local.get ${array}) {counter})"

    def place(self, array, element):
        """Address and offset of an element of this iteration; the distance is in the offset or in a sum."""
        distance = element * self.bytes
        if self.offsets[array] + distance >= 0 and self.dice.random() < 0.5:
            return f"offset={self.offsets[array] + distance} {self.address(array)}"
        return f"offset={self.offsets[array]} (i32.add {self.address(array)} (i32.const {distance}))"

    def read(self, array, element):
        return f"({self.load} {self.place(array, element)})"

    def statement(self, element, shape):
        operation = self.operations[shape % len(self.operations)]
        def binary(left, right):
            if operation == "lt_s":
                return f"(select {left} {right} (i32.lt_s {left} {right}))"
            return f"({self.value}.{operation} {left} {right})"
        if shape == 0:
            return f"({self.store} {self.place('a', element)} {binary(self.read('a', element), self.read('b', element))})"
        if shape == 1:
            return f"({self.store} {self.place('a', element)} {binary(self.read('b', element), self.read('c', element))})"
        if shape == 2:
            return f"(local.set $s {binary('(local.get $s)', self.read('b', element))})"
        if shape == 3:
            return f"({self.store} {self.place('a', element)} {binary(self.read('a', element - 1), self.read('b', element + 1))})"
        if shape == 4:
            return f"({self.store} {self.place('c', 0)} {binary(self.read('c', 0), self.read('b', element))})"
        return f"({self.store} {self.place('a', element)} ({self.value}.const {element + 3}))"

    def text(self):
        dice = self.dice
        shape = dice.randrange(6)
        shapes = [shape] * self.unrolled if dice.random() < 0.8 else [dice.randrange(6) for _ in range(self.unrolled)]
        self.operations = dice.sample(OPERATIONS[self.value], 2)
        self.pointers = "abc" if self.counter == "pointer" else "b" if dice.random() < 0.2 else ""
        body = "\n      ".join(self.statement(element, shape) for element, shape in enumerate(shapes))
        moved = -self.unrolled * self.bytes if self.falls else self.unrolled * self.bytes
        for array in self.pointers:
            body += f"\n      (local.set ${array} (i32.add (local.get ${array}) (i32.const {moved})))"
        advance = f"(local.tee $i (i32.add (local.get $i) (i32.const {self.step})))"
        end = f"(i32.mul (local.get $n) (i32.const {self.step}))"
        before = ""
        if self.counter == "zero":  # from -n up, or from n down
            before = f"(local.set $i (i32.sub (i32.const 0) {end})) " + "".join(
                f"(local.set ${array} (i32.add (local.get ${array}) (i32.mul (local.get $n) (i32.const {moved}))))" for array in "abc" if array not in self.pointers)
            condition = advance
        elif self.counter == "pointer":
            before = f"(local.set $e (i32.add (local.get $a) (i32.mul (local.get $n) (i32.const {moved}))))"
            condition = "(i32.ne (local.get $a) (local.get $e))"
        else:
            before = f"(local.set $e {end})"
            test = self.counter if self.counter == "ne" or not self.falls else "gt_s"
            condition = f"(i32.{test} {advance} (local.get $e))"
        arguments = " ".join(f"(local.set ${name} (i32.load (i32.const {ARGUMENTS + self.index * 16 + at})))" for name, at in zip("abcn", range(0, 16, 4)))
        digest = {"i32": "(local.get $s)", "i64": "(i32.wrap_i64 (local.get $s))", "f32": "(i32.reinterpret_f32 (local.get $s))",
                  "f64": "(i32.wrap_i64 (i64.reinterpret_f64 (local.get $s)))"}[self.value]
        return f"""  (func (export "loop {self.index}") (result i32) (local $a i32) (local $b i32) (local $c i32) (local $n i32) (local $i i32) (local $e i32) (local $s {self.value})
    {arguments}
    {before}
    (loop $next
      {body}
      (br_if $next {condition}))
    {digest})"""

    def arguments(self):
        """Places of the arrays and iterations such that nothing leaves memory, but for what wraps."""
        dice = self.dice
        count = dice.choice([1, 2, 3, 4, 7, 8, 9, 16, 31, 64, 100, 257])
        span = count * self.unrolled * self.bytes + 64
        low = 64 + (span if self.falls else 0)
        first = low + dice.randrange(20000)
        near = [0, 0, self.bytes, -self.bytes, 1, 2 * self.bytes, self.unrolled * self.bytes, span, -span, span - 64, 64 - span, dice.randrange(span)]
        places = [first] + [max(low, first + dice.choice(near)) if dice.random() < 0.5 else low + dice.randrange(60000) for _ in range(2)]
        if self.value in ("f32", "f64"):  # a float in the middle of two is a NaN, whose payload is the hardware's
            places = [place // self.bytes * self.bytes for place in places]
        return places + [count]


def module(dice):
    """Text of a module with some loops; memory is filled with small numbers so that floats stay exact."""
    loops = [Loop(dice, index) for index in range(dice.randrange(4, 9))]
    texts = [loop.text() for loop in loops]
    data = b"".join(value.to_bytes(4, "little") for loop in loops for value in loop.arguments())
    escaped = "".join(f"\\{byte:02x}" for byte in data)
    # As words the bytes are floats of moderate size.
    content = "".join(f"\\{dice.randrange(256):02x}\\{dice.randrange(256):02x}\\{dice.randrange(256):02x}\\{dice.choice([0x3f, 0x40, 0xbf]):02x}" for _ in range(64))
    return f"""(module
  (memory (export "memory") 2 2)
  (data (i32.const 0) "{content}")
  (data (i32.const {ARGUMENTS}) "{escaped}")
  (func $fill (memory.copy (i32.const 256) (i32.const 0) (i32.const 256)) (memory.copy (i32.const 512) (i32.const 0) (i32.const 512))
    (memory.copy (i32.const 1024) (i32.const 0) (i32.const 1024)) (memory.copy (i32.const 2048) (i32.const 0) (i32.const 2048))
    (memory.copy (i32.const 4096) (i32.const 0) (i32.const 4096)) (memory.copy (i32.const 8192) (i32.const 0) (i32.const 8192))
    (memory.copy (i32.const 16384) (i32.const 0) (i32.const 16384)) (memory.copy (i32.const 32768) (i32.const 0) (i32.const 32768))
    (memory.copy (i32.const 65536) (i32.const 0) (i32.const 65024)))
  (start $fill)
{chr(10).join(texts)})
"""
