"""The kernels: read the manifest, build each source twice (native and wasm32-wasi), rebuild only what changed."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
SOURCES = BENCH / "kernels"
MANIFEST = BENCH / "kernels.txt"

# No contraction: the compiler may fuse a multiply and an add when it folds constants, for one target and not the other.
NATIVE_FLAGS = ["-O3", "-ffp-contract=off"]
WASM_FLAGS = ["--target=wasm32-wasi", "-O3", "-ffp-contract=off", "-Wl,--strip-debug"]


@dataclass(frozen=True)
class Kernel:
    name: str
    set: str  # "tuning" or "checking"
    kind: str  # "integer", "float", ...: the class in the manifest
    wasm_flags: tuple[str, ...]
    source: Path
    native: Path
    wasm: Path


def read_manifest(out: Path) -> list[Kernel]:
    kernels = []
    for number, line in enumerate(MANIFEST.read_text().splitlines(), 1):
        fields = line.split("#")[0].split()
        if not fields:
            continue
        if len(fields) < 3 or fields[1] not in ("tuning", "checking"):
            raise SystemExit(f"{MANIFEST.name}:{number}: expected NAME tuning|checking CLASS [FLAGS…], got: {line}")
        name, which, kind, *flags = fields
        kernels.append(
            Kernel(name, which, kind, tuple(flags), SOURCES / f"{name}.c", out / "native" / name, out / "wasm" / f"{name}.wasm")
        )
    return kernels


def select(kernels: list[Kernel], words: list[str], which: str | None) -> list[Kernel]:
    """Kernels whose name or class is one of the words (all when there are none), of one set or of both."""
    known = {kernel.name for kernel in kernels} | {kernel.kind for kernel in kernels}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise SystemExit(f"no kernel or class is called {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    chosen = [kernel for kernel in kernels if not words or kernel.name in words or kernel.kind in words]
    return [kernel for kernel in chosen if which is None or kernel.set == which]


def build(kernels: list[Kernel], compiler: str, jobs: int) -> None:
    """Compiles what is missing or older than a source, a header or the manifest."""
    shared = [MANIFEST, Path(__file__), *SOURCES.glob("*.h")]
    commands = []
    for kernel in kernels:
        newest = max(path.stat().st_mtime for path in [kernel.source, *shared])
        if not is_current(kernel.native, newest):
            commands.append([compiler, *NATIVE_FLAGS, str(kernel.source), "-o", str(kernel.native), "-lm"])
        if not is_current(kernel.wasm, newest):
            commands.append([compiler, *WASM_FLAGS, *kernel.wasm_flags, str(kernel.source), "-o", str(kernel.wasm)])
    for folder in {path.parent for kernel in kernels for path in (kernel.native, kernel.wasm)}:
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run_compiler, commands))


def is_current(output: Path, newest_input: float) -> bool:
    return output.exists() and output.stat().st_mtime >= newest_input


def run_compiler(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}\n{done.stderr}")
