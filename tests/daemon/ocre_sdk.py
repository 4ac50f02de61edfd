#!/usr/bin/env python3
"""Compiles the samples of an Ocre SDK, which someone brings, and runs them in containers as they are.

    ocre_sdk.py BUILD_FOLDER SDK_FOLDER     SDK_FOLDER has ocre-sdk/ocre_api.c, generic/ and testing/
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Daemon

# As the SDK's ocre.cmake links: the memory is the host's.
FLAGS = "--target=wasm32-wasi -O2 -w -Wl,--import-memory -Wl,--export-memory -Wl,--strip-all -Wl,--allow-undefined -Wl,--max-memory=4194304".split()
# Source, grants, arguments, exit code (None: it goes on), a text that its log must have.
SAMPLES = [
    ("generic/hello-world", [], [], 0, "powered by Ocre"),
    ("generic/blinky", ["timers"], [], None, "blink (count: 2"),
    ("generic/blinky-board-generic", ["timers", "gpio:*/*"], [], None, ""),
    ("generic/messaging/subscriber", ["subscribe:test/#", "timers"], [], None, "payload=Test message 1"),
    ("generic/messaging/publisher", ["publish:test/#", "timers"], [], None, "Published: Test message 1"),
    ("generic/filesystem", ["dir:DATA:/:rw"], [], 0, "buffer read = Hello, World!"),
    ("generic/filesystem-full", ["dir:DATA:/:rw"], [], 0, "fread: Hello, World!"),
    ("generic/sensor-rng", ["sensor:*", "timers"], [], None, "Random value ="),
    ("generic/big-sample", [], [], None, "ITERATION 1/"),
    ("testing/print_args", [], ["one", "two words"], 0, "two words"),
    ("testing/return0", [], [], 0, ""),
    ("testing/return1", [], [], 1, ""),
    ("testing/sleep5_return0", [], [], 0, ""),
]


class Sample:
    def __init__(self, build: Path, sdk: Path, folder: Path, daemon: Daemon, row):
        source, grants, arguments, self.code, self.text = row
        self.name, self.daemon = source.replace("/", "-"), daemon
        wasm = folder / f"{self.name}.wasm"
        subprocess.run(["clang-19", *FLAGS, "-I", sdk / "ocre-sdk", sdk / source / "main.c", sdk / "ocre-sdk/ocre_api.c", "-o", wasm], check=True)
        data = folder / f"{self.name}.data"
        data.mkdir()
        subprocess.run([build / "umber", "load", "--socket", daemon.socket, wasm], check=True, stdout=subprocess.DEVNULL)
        permissions = [word for grant in grants for word in ("-p", grant.replace("DATA", str(data)))]
        command = [build / "umber", "create", "--socket", daemon.socket, "--start", "--name", self.name, *permissions, self.name, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def failure(self) -> str:
        """Why it is not as it should be; empty if it is."""
        _, log = self.daemon.call("GET", f"/v1/containers/{self.name}/logs")
        _, now = self.daemon.call("GET", f"/v1/containers/{self.name}")
        if self.text not in log.decode():
            return f"the log lacks {self.text!r}"
        if self.code is None:
            return "" if now["state"] == "running" else f"ended: {now.get('exit')}"
        return "" if now.get("exit", {}) == {"kind": "exited", "code": self.code} else f"{now['state']} {now.get('exit')}"


def main() -> int:
    build, sdk = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        daemon = Daemon(build / "umberd", Path(name))
        daemon.start()
        samples = [Sample(build, sdk, Path(name), daemon, row) for row in SAMPLES]
        deadline = time.monotonic() + 30
        while any(sample.failure() for sample in samples) and time.monotonic() < deadline:
            time.sleep(0.5)
        for sample in samples:
            reason = sample.failure()
            failed += bool(reason)
            print(sample.name, reason or "ok")
        daemon.kill()
    print(f"{len(SAMPLES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
