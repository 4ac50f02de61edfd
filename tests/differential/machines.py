"""Random state machines, as text: a loop around br_table whose cases set the state to constants, to one of two constants, or to what they
compute, directly or over common exits, with values that live across states and machines within machines.
"""


class Machine:
    def __init__(self, dice, depth=0):
        self.dice = dice
        self.depth = depth
        self.states = dice.randrange(3, 9)
        self.state = f"$state{depth}"
        self.shared = dice.random() < 0.5  # cases meet before the state is looked at

    def value(self):
        dice = self.dice
        kind = dice.randrange(6)
        if kind == 0:
            return f"(i32.const {dice.randrange(-3, 200)})"
        if kind == 1:
            return f"(i32.load8_u offset={dice.randrange(64)} (i32.and (local.get $x) (i32.const 63)))"
        if kind == 2:
            return f"(i32.add (local.get $y) (local.get $x))"
        return f"(local.get ${dice.choice('xyz')})"

    def change(self):
        dice = self.dice
        target = dice.choice("xyz")
        operation = dice.choice(["add", "sub", "xor", "mul", "rotl"])
        if dice.random() < 0.15:
            return f"(i32.store8 offset={dice.randrange(64)} (i32.and (local.get $y) (i32.const 63)) (local.get $x))"
        return f"(local.set ${target} (i32.{operation} (local.get ${target}) {self.value()}))"

    def condition(self):
        dice = self.dice
        return dice.choice([f"(i32.and (local.get $x) (i32.const {1 << dice.randrange(6)}))", f"(i32.lt_u (local.get $y) {self.value()})", "(i32.eqz (local.get $z))",
                            f"(i32.eq {self.value()} {self.value()})"])

    def next(self):
        """Sets the state."""
        dice = self.dice
        def constant():
            return f"(i32.const {dice.randrange(self.states + 1)})"
        kind = dice.randrange(8)
        if kind < 4:
            return f"(local.set {self.state} {constant()})"
        if kind == 4:
            return f"(local.set {self.state} (select {constant()} {constant()} {self.condition()}))"
        if kind == 5:
            return f"(if {self.condition()} (then (local.set {self.state} {constant()})) (else {self.change()} (local.set {self.state} {constant()})))"
        if kind == 6:
            return f"(local.set {self.state} (i32.and {self.value()} (i32.const 7)))"
        return f"(if {self.condition()} (then {self.change()} (local.set {self.state} {constant()})))"

    def case(self):
        dice = self.dice
        lines = [self.change() for _ in range(dice.randrange(4))]
        if self.depth < 1 and dice.random() < 0.1:
            lines.append(Machine(dice, self.depth + 1).text())
        lines.append(self.next())
        if dice.random() < 0.3:
            lines.append(f"(if {self.condition()} (then {self.change()} (br $again{self.depth})))")
        if dice.random() < 0.2:
            lines.append(f"(br_if $out{self.depth} {self.condition()})")
        lines.append(f"(br ${'join' if self.shared and dice.random() < 0.8 else 'again'}{self.depth})")
        return "\n      ".join(lines)

    def text(self):
        depth = self.depth
        labels = [f"$case{depth}_{i}" for i in range(self.states)]
        body = f"(br_table {' '.join(labels)} $out{depth} (local.get {self.state}))"
        for label in labels:
            body = f"(block {label} {body})\n      {self.case()}"
        if self.shared:
            body = f"(block $join{depth} {body})\n      {self.change()} (br $again{depth})"
        return f"""(local.set {self.state} (i32.const {self.dice.randrange(self.states)}))
    (block $out{depth} (loop $again{depth}
      (br_if $out{depth} (i32.le_s (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1))) (i32.const 0)))
      {body}))"""


def module(dice):
    functions = "\n".join(
        f"""  (func (export "machine {i}") (param $x i32) (param $y i32) (result i32) (local $z i32) (local $state0 i32) (local $state1 i32) (local $rounds i32)
    (local.set $rounds (i32.const {dice.choice([50, 1000, 5000])}))
    {Machine(dice).text()}
    (i32.xor (i32.mul (local.get $x) (i32.const 31)) (i32.add (local.get $y) (i32.rotl (local.get $z) (i32.const 7)))))"""
        for i in range(dice.randrange(3, 7)))
    data = ''.join(chr(92) + f'{dice.randrange(256):02x}' for _ in range(128))
    return f"""(module
  (memory (export "memory") 1 1)
  (data (i32.const 0) "{data}")
{functions})
"""
