"""The interpreter on microcontrollers: how many instructions it executes beside native code, how large its code is beside the
WebAssembly it comes from, and how large its handlers are. Parts of `bench/device interpreter`."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = ROOT / "build/compact/umber"
FUNCTION_HEADER = 24
PROFILES = ("compact", "large")
# Kernels that need no more than 64 KiB of memory.
KERNELS = ["coremix", "crc32", "queens", "fib", "vm"]
GROUPS_OFF = ["UMBER_GC", "UMBER_EXCEPTIONS", "UMBER_SIMD", "UMBER_THREADS", "UMBER_MEMORY64"]
# Handlers, and functions that they call, of proposals behind MVP, bulk memory, sign extension and saturating conversions.
OTHER_PROPOSALS = {
    "tail calls": r"ReturnCall|tail_call",
    "reference types": r"Table(Get|Set|Size|Grow|Fill)\b|RefFunc|RefAsNonNull|CallRef|table_(get|set|size|grow|fill)",
    "several memories": r"(Load|Store)Any",
    "wide arithmetic": r"Add128|Sub128|MulWide|::wide<|mul_wide",
    "64-bit tables": r"CallIndirect<unsigned long long",
    "vectors": r"Vector\b",
    "absent groups": r"\bThrow|Unsupported|AtomicFence",
}


def run(command: list) -> str:
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def code_of(module: Path) -> int:
    """Bytes that all functions of a module are encoded to. The host's compact build writes the same layout as a board's."""
    listing = run([HOST, "dump", "--code", module])
    return sum(FUNCTION_HEADER + int(size) for size in re.findall(r"^func .*?(\d+) bytes$", listing, re.MULTILINE))


def bodies_of(module: Path) -> int:
    """Bytes of a module's function bodies."""
    data = module.read_bytes()

    def number(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value, at

    at = 8
    while at < len(data):
        section = data[at]
        size, at = number(at + 1)
        if section == 10:
            count, body = number(at)
            total = 0
            for _ in range(count):
                length, body = number(body)
                total, body = total + length, body + length
            return total
        at += size
    return 0


def report_code(modules: list[Path]) -> None:
    if not HOST.is_file():
        sys.exit("first: scripts/build compact umber")
    print("code units, bytes per byte of function bodies (compact)", flush=True)
    for module in modules:
        code, bodies = code_of(module), bodies_of(module)
        print(f"  {code / bodies:5.2f}  {module.stem}: {code:,} of {bodies:,}", flush=True)


def group_of(name: str) -> str:
    for group, pattern in OTHER_PROPOSALS.items():
        if re.search(pattern, name):
            return group
    return ""


def handlers_of(firmware: Path) -> tuple[Counter, Counter]:
    """Bytes by group: of handlers, and of the functions of interp/handlers that they call out of line. "" is MVP, bulk memory, sign
    extension and saturating conversions."""
    symbols = []
    edges = {}
    for line in run(["llvm-nm-19", "-S", "-C", "--defined-only", firmware]).splitlines():
        words = line.split(maxsplit=3)
        if words[-1].startswith(("__start_umber_handlers", "__stop_umber_handlers")):
            edges[words[-1]] = int(words[0], 16)
        elif len(words) == 4 and words[2] in "tTwW":
            symbols.append((int(words[0], 16), int(words[1], 16), words[3]))
    first, end = edges["__start_umber_handlers"], edges["__stop_umber_handlers"]
    called = re.compile(r"umber::interp::(single::\w+::run|\(anonymous namespace\)::\w+.*::run|call_\w+|tail_call_func|return_across|"
                        r"\(anonymous namespace\)::(call_across|call_native|target_of|enter_checked)|leave_by|step_out)\b|.* umber::sem::round_bits")
    inside, outside = Counter(), Counter()
    for address, size, name in symbols:
        if first <= (address & ~1) < end:
            inside[group_of(name)] += size
        elif called.match(name):
            outside[group_of(name)] += size
    return inside, outside


def report_handlers(board: str, profile: str, jobs: str) -> None:
    folder = ROOT / "build/bench/handlers" / f"{board}-{profile}"
    options = [f"-D{group}=OFF" for group in GROUPS_OFF] + ([] if profile == "compact" else [f"-DUMBER_INTERP={profile}"])
    run(["cmake", "-G", "Ninja", "-S", ROOT / "boards", "-B", folder, f"-DUMBER_BOARD={board}", *options])
    run(["cmake", "--build", folder, "--target", "run", "--parallel", jobs, "--", "--quiet"])
    inside, outside = handlers_of(folder / "run")
    print(f"{board}, {profile}: bytes of handlers; of functions they call out of line", flush=True)
    print(f"  {inside['']:7,} {outside['']:7,}  MVP, bulk memory, sign extension, saturating conversions: {inside[''] + outside['']:,}")
    for group in OTHER_PROPOSALS:
        print(f"  {inside[group]:7,} {outside[group]:7,}  {group}")
