"""How each engine is started. An engine is a name and a command in which {wasm} stands for the module."""

from __future__ import annotations

import argparse
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_UMBER = ROOT / "build" / "release" / "umber"
NODE_HOST = Path(__file__).resolve().parent / "node-wasi.mjs"

# Deep recursion is part of the kernels, so engines with a small default stack get a larger one.
COMMANDS = {
    "wasm3": "{path} --stack-size 4000000 {wasm}",
    "iwasm": "{path} --stack-size=4000000 {wasm}",
    "wasmtime": "{path} run {wasm}",
    "node": "{path} --no-warnings {host} {wasm}",
}


@dataclass(frozen=True)
class Engine:
    name: str
    words: tuple[str, ...]

    def command(self, wasm: Path, arguments: list[str]) -> list[str]:
        return [word.replace("{wasm}", str(wasm)) for word in self.words] + arguments


def make(name: str, template: str) -> Engine:
    words = shlex.split(template)
    if not any("{wasm}" in word for word in words):
        words.append("{wasm}")
    return Engine(name, tuple(words))


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("engines")
    group.add_argument("--umber", metavar="PATH", default=str(DEFAULT_UMBER), help="our engine (default: build/release/umber)")
    group.add_argument("--no-umber", action="store_true", help="leave our engine out")
    for name in COMMANDS:
        group.add_argument(f"--{name}", metavar="PATH", help=f"compare with this {name}")
    group.add_argument(
        "--engine",
        metavar="NAME=CMD",
        action="append",
        default=[],
        help="any other engine; {wasm} in CMD is the module, appended when absent; may be repeated",
    )


def from_options(options: argparse.Namespace) -> list[Engine]:
    engines = []
    if not options.no_umber:
        if shutil.which(options.umber):
            engines.append(make("umber", f"{shlex.quote(options.umber)} run {{wasm}}"))
        else:
            print(f"note: {options.umber} does not exist, umber is left out")
    for name, template in COMMANDS.items():
        path = getattr(options, name)
        if path is None:
            continue
        if not shutil.which(path):
            raise SystemExit(f"--{name} {path}: not an executable")
        words = template.replace("{path}", shlex.quote(path)).replace("{host}", shlex.quote(str(NODE_HOST)))
        engines.append(make(name, words))
    for text in options.engine:
        name, equals, command = text.partition("=")
        if not equals or not name or not command:
            raise SystemExit(f"--engine {text}: expected NAME=CMD")
        engines.append(make(name, command))
    return engines
