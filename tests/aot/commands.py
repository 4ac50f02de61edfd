#!/usr/bin/env python3
"""Images on the command line: tests/aot/commands.py BUILD_FOLDER

What `umberc` writes and `umber` runs, refuses or interprets instead, with the sentences that say so. The last line is
`N passed, N failed, 0 skipped`.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MODULE = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (type $box (struct (field (mut i32))))
  (memory (export "memory") 1)
  (func $add (param i32) (result i32)
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get 0))) (i32.load (i32.const 8)))
  (func (export "_start")
    (drop (call $add (i32.const 40)))
    (call $exit (call $add (struct.get $box 0 (struct.new $box (i32.const 2))))))
  (func (export "trap") unreachable))"""

# Four threads add 100,000 each; the exit code is a ten-thousandth of the sum.
THREADS = """(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (import "env" "memory") 1 1 shared) (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param i32 i32) (local $i i32)
    (local.set $i (i32.const 100000))
    (loop $l
      (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
      (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (loop $endless (br_if $endless (local.get 1)))
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))
  (func (export "_start") (local $n i32)
    (loop $s
      (if (i32.lt_s (call $spawn (i32.const ARGUMENT)) (i32.const 0)) (then unreachable))
      (br_if $s (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 4))))
    (loop $w
      (local.set $n (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $n) (i32.const 4))
        (then (drop (memory.atomic.wait32 (i32.const 0) (local.get $n) (i64.const -1))) (br $w))))
    (call $exit (i32.div_u (i32.load (i32.const 8)) (i32.const 10000)))))"""

# Adds with what another module exports, in the memory of that.
PRELOADED = """(module (memory (export "memory") 1) (data (i32.const 0) "\\28")
  (func (export "_initialize") (i32.store8 (i32.const 1) (i32.const 2)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"""
PRELOADING = """(module
  (import "library" "memory" (memory 1)) (import "library" "add" (func $add (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "_start") (call $exit (call $add (i32.load8_u (i32.const 0)) (i32.load8_u (i32.const 1))))))"""


class Commands:
    def __init__(self, build, folder):
        self.build = Path(build).resolve()
        self.folder = Path(folder)
        self.counts = [0, 0]

    def run(self, *command, code=0, says=""):
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        done = subprocess.run([str(self.build / command[0]), *command[1:]], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        output = done.stdout.decode(errors="replace")
        self.check(done.returncode == code and says in output, f"{' '.join(command)}: exit code {done.returncode}, expected {code} and {says!r}:\n{output[:2000]}")
        return output

    def check(self, is_true, message):
        self.counts[0 if is_true else 1] += 1
        if not is_true:
            print(message)


def images(commands, folder):
    commands.run("umberc", "m.wat", "-o", "m.umb")
    commands.run("umber", "run", "m.umb", code=42)
    commands.run("umber", "run", "--invoke", "trap", "m.umb", code=134, says="unreachable")
    commands.run("umber", "dump", "m.umb", says="heartbeat")
    image = (folder / "m.umb").read_bytes()
    for name, content, says in (
        ("cut.umb", image[:-1], "image"),
        ("flipped.umb", image[:4000] + bytes([image[4000] ^ 1]) + image[4001:], "digest"),
        ("version.umb", image[:8] + b"\x63" + image[9:], "version"),
    ):
        (folder / name).write_bytes(content)
        commands.run("umber", "run", name, code=1, says=says)


def other_machines(commands):
    commands.run("umberc", "m.wat", "--target", "aarch64", "-o", "other.umb")
    commands.run("umber", "run", "other.umb", code=1, says="AArch64")
    commands.run("umberc", "m.wat", "--target", "aarch64", "--embed-module", "-o", "whole.umb")
    commands.run("umber", "run", "whole.umb", code=42, says="it is interpreted instead")


def outputs(commands, folder):
    for emit, extension in (("obj", "o"), ("asm", "s"), ("ll", "ll")):
        commands.run("umberc", "m.wat", f"--emit={emit}", "-o", f"out.{extension}")
        commands.check((folder / f"out.{extension}").stat().st_size > 100, f"--emit={emit} writes nothing")
    commands.run("umberc", "m.wat", "--emit=ir", "-o", "-", says="i32.store")
    commands.run("umberc", "m.wat", "--debug", "-o", "debug.umb")
    commands.run("umber", "run", "debug.umb", code=42)
    commands.check((folder / "debug.umb.debug").read_bytes()[:4] == b"\x7fELF", "--debug writes no ELF file")
    commands.run("umberc", "--list-targets", says="cortex-m4f")
    commands.run("umberc", "missing.wasm", code=1, says="missing.wasm")


def names_for_perf(commands):
    """The map of a run: its lines name the functions, at the addresses where they run."""
    before = set(Path("/tmp").glob("perf-*.map"))
    commands.run("umberc", "m.wat", "-o", "named.umb")
    commands.run("umber", "run", "--perf-map", "named.umb", code=42)
    written = set(Path("/tmp").glob("perf-*.map")) - before
    commands.check(any(re.search(r"^[0-9a-f]+ [0-9a-f]+ add$", path.read_text(), re.M) for path in written), "no map names the function")
    for path in written:
        path.unlink()


def cache(commands, folder):
    commands.run("umber", "run", "--aot", "m.wat", code=42)
    kept = list((folder / "cache").rglob("*.umb"))
    commands.check(len(kept) == 1, f"the cache holds {len(kept)} images")
    before = kept[0].stat().st_mtime_ns if kept else 0
    commands.run("umber", "run", "--aot", "m.wat", code=42)
    commands.check(bool(kept) and kept[0].stat().st_mtime_ns == before, "the second run compiled again")


def threads(commands, folder):
    """They run, and a deadline ends all of them."""
    (folder / "threads.wat").write_text(THREADS.replace("ARGUMENT", "0"))
    (folder / "endless.wat").write_text(THREADS.replace("ARGUMENT", "1"))
    for tier in ([], ["--aot"]):
        commands.run("umber", "run", "-S", "threads", *tier, "threads.wat", code=40)
        commands.run("umber", "run", "-S", "threads", *tier, "--timeout", "200ms", "endless.wat", code=134, says="deadline exceeded")


def preloads(commands, folder):
    (folder / "library.wat").write_text(PRELOADED)
    (folder / "main.wat").write_text(PRELOADING)
    for tier in ([], ["--aot"]):
        commands.run("umber", "run", *tier, "--preload", "library=library.wat", "main.wat", code=42)
    commands.run("umber", "run", "main.wat", code=1, says='unknown import: memory "library" "memory"')
    commands.run("umber", "run", "--preload", "library", "main.wat", code=1, says="expected NAME=FILE")
    commands.run("umber", "run", "--preload", "library=missing.wat", "main.wat", code=1, says="missing.wat")


def main():
    with tempfile.TemporaryDirectory() as folder:
        commands = Commands(sys.argv[1] if len(sys.argv) > 1 else "build/release", folder)
        (Path(folder) / "m.wat").write_text(MODULE)
        images(commands, Path(folder))
        other_machines(commands)
        outputs(commands, Path(folder))
        names_for_perf(commands)
        cache(commands, Path(folder))
        threads(commands, Path(folder))
        preloads(commands, Path(folder))
    print(f"{commands.counts[0]} passed, {commands.counts[1]} failed, 0 skipped")
    return 1 if commands.counts[1] else 0


sys.exit(main())
