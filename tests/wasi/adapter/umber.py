"""Lets the runner of WebAssembly/wasi-testsuite run its tests with umber.

From a checkout of the suite (branch prod/testsuite-base has the tests as binaries):

    UMBER=/path/to/umber python3 test-runner/wasi_test_runner.py \
        -r /path/to/tests/wasi/adapter/umber.py \
        -t tests/c/testsuite/wasm32-wasip1 tests/rust/testsuite/wasm32-wasip1 tests/assemblyscript/testsuite/wasm32-wasip1
"""

import os
import pathlib
import shlex
import subprocess
from typing import Dict, List, Optional, Tuple

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
    args_env_root: Tuple[List[str], Dict[str, str], Optional[str]],
    proposals: List[str],
    wasi_world: str,
    wasi_version: str,
) -> List[str]:
    args, env, root = args_env_root
    argv = UMBER + ["run"]
    if "wasi-threads" in pathlib.Path(test_path).parts:  # the suite's folder of that name; its files don't say it
        argv += ["--wasi", "threads"]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path] + args
