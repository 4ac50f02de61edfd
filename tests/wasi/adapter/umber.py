"""Lets the runner of WebAssembly/wasi-testsuite run its tests with umber.

From a checkout of the suite (branch prod/testsuite-base has the tests as binaries):

    UMBER=/path/to/umber python3 test-runner/wasi_test_runner.py \
        -r /path/to/tests/wasi/adapter/umber.py \
        -t tests/c/testsuite/wasm32-wasip1 tests/rust/testsuite/wasm32-wasip1 tests/assemblyscript/testsuite/wasm32-wasip1

Branch prod/testsuite-all has wasi-threads, too: -t tests/proposals/wasi-threads
"""

import os
import pathlib
import shlex
import subprocess
from typing import Dict, List, Tuple, Union

UMBER = shlex.split(os.getenv("UMBER", "umber"))


def get_name() -> str:
    return "umber"


def get_version() -> str:
    output = subprocess.run(UMBER[:1] + ["--version"], encoding="UTF-8", capture_output=True, check=True).stdout
    return output.split()[-1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def compute_argv(
    test_path: str,
    args_env_root: Tuple[List[str], Dict[str, str], Union[None, str, List[Tuple[pathlib.Path, str]]]],
    proposals: List[str],
    wasi_world: str,
    wasi_version: str,
) -> List[str]:
    args, env, directories = args_env_root
    argv = UMBER + ["run"]
    if "wasi-threads" in pathlib.Path(test_path).parts:  # the suite's folder of that name; its files don't say it
        argv += ["--wasi", "threads"]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    # The runner's first version has one directory, which is the root; later ones have pairs of host path and guest name.
    if isinstance(directories, (str, pathlib.PurePath)):
        argv += ["--dir", f"{directories}::/"]
    elif directories:
        for host, guest in directories:
            argv += ["--dir", f"{host}::{guest}"]
    return argv + [test_path] + args
