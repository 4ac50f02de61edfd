#!/usr/bin/env python3
"""gdb in compiled code, as docs/aot.md describes it: a C program's own lines, its functions' names and a backtrace.

  tests/aot/debugger.py [BUILD-FOLDER]      # build/release if none is given

The last line is `N passed, N failed, N skipped`.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """\
#include <stdio.h>

volatile int sink;

__attribute__((noinline)) int square(int n) {
  int result = n * n;
  sink = result;
  return result;
}

int main(void) {
  int sum = 0;
  for (int i = 1; i <= 3; i++)
    sum += square(i);
  printf("%d\\n", sum);
  return 0;
}
"""
COMMANDS = ["set pagination off", "set breakpoint pending on", "set confirm off", "break program.c:7", "run", "info line", "backtrace 2", "next", "delete", "continue"]
# What must be said, in this order.
EXPECTED = ["7\t  sink = result;", "Line 7 of", "#0  square", "program.c:7", "#1  ", "main", "program.c:1", "14\n", "exited normally"]


def gdb(*words: str | Path, folder: Path = ROOT) -> str:
    """What gdb prints."""
    return subprocess.run(["gdb", "-nx", "-batch", *words], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=300).stdout


def main() -> int:
    build = Path(sys.argv[1] if len(sys.argv) > 1 else "build/release").resolve()
    if shutil.which("gdb") is None:
        print("gdb is not installed\n0 passed, 0 failed, 1 skipped")
        return 0
    if "exited normally" not in gdb("-ex", "run", "--args", "/bin/true"):
        print("gdb may not trace processes on this machine\n0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program.c").write_text(PROGRAM)
        # In two steps: told to optimise while linking, clang runs wasm-opt if there is one, and that drops line tables.
        subprocess.run(["clang-19", "--target=wasm32-wasi", "-g", "-O1", "-c", "program.c"], cwd=folder, check=True)
        subprocess.run(["clang-19", "--target=wasm32-wasi", "program.o", "-o", "program.wasm"], cwd=folder, check=True)
        subprocess.run([build / "umberc", "program.wasm", "--debug", "-O1"], cwd=folder, check=True)
        options = [word for command in COMMANDS for word in ("-ex", command)]
        printed = gdb(*options, "--args", build / "umber", "run", "--debug", "program.umb", folder=folder)
    at = 0
    for text in EXPECTED:
        found = printed.find(text, at)
        if found < 0:
            print(f"gdb does not say {text!r} where it should:\n{printed}")
            print("0 passed, 1 failed, 0 skipped")
            return 1
        at = found + len(text)
    print("1 passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
