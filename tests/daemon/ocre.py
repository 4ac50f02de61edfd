#!/usr/bin/env python3
"""Guests as the Ocre SDK makes them, one for each family of its functions (tests/daemon/ocre/*.c, which check results, layouts and error
codes themselves), compiled, loaded and run under umberd; and that together they import every function that container/ocre.cc has.

    ocre.py BUILD_FOLDER        ocre_sdk.py runs the SDK's own samples, when somebody brings them
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import ROOT, Daemon

# Linked as the SDK links its samples: the memory is the host's.
FLAGS = "--target=wasm32-wasi -O1 -Wall -Wextra -Werror -Wl,--import-memory -Wl,--export-memory -Wl,--max-memory=4194304".split()
SOURCES = Path(__file__).resolve().parent / "ocre"


class Guests:
    def __init__(self, build: Path, folder: Path):
        self.folder, self.daemon = folder, Daemon(build / "umberd", folder)
        self.daemon.start()

    def start(self, name: str, permissions=(), limits=None):
        wasm = self.folder / f"{name}.wasm"
        subprocess.run(["clang-19", *FLAGS, SOURCES / f"{name}.c", "-o", wasm], check=True)
        self.call("POST", f"/v1/images/load?name={name}", wasm.read_bytes())
        self.call("POST", "/v1/containers", {"name": f"ocre-{name}", "image": name, "permissions": list(permissions), "limits": limits or {}})
        self.call("POST", f"/v1/containers/ocre-{name}/start")

    def call(self, method: str, path: str, body=None):
        status, answer = self.daemon.call(method, path, body)
        assert status == 200, f"{method} {path}: {status} {answer}"
        return answer

    def log(self, name: str) -> str:
        return self.call("GET", f"/v1/containers/ocre-{name}/logs").decode()

    def await_line(self, name: str, line: str):
        for _ in range(1000):
            if line in self.log(name):
                return
            time.sleep(0.02)
        raise AssertionError(f"{name} does not say {line!r}: {self.log(name)}")

    def expect_success(self, name: str):
        end = self.call("POST", f"/v1/containers/ocre-{name}/wait?timeout_ms=60000")
        assert end == {"kind": "exited", "code": 0}, f"{end}\n{self.log(name)}"


def test_system(guests: Guests):
    guests.start("system")
    guests.expect_success("system")


def test_timers(guests: Guests):
    guests.start("timers", ["timers:3"])
    guests.expect_success("timers")


def test_messages(guests: Guests):
    guests.start("messages", ["publish:t/#", "subscribe:t/#"], {"queue_events": 4})
    guests.expect_success("messages")


def test_gpio(guests: Guests):
    guests.start("gpio", ["gpio:0/*:out", "gpio:1/2:in"])
    guests.await_line("gpio", "ready")
    guests.call("POST", "/v1/world", {"gpio": "1/2", "level": True})
    guests.await_line("gpio", "again")
    guests.call("POST", "/v1/world", {"gpio": "1/2", "level": False})
    guests.expect_success("gpio")


def test_sensors(guests: Guests):
    guests.call("POST", "/v1/world", {"sensor": "temperature", "value": 36.6})
    guests.start("sensors", ["sensor:temperature"])
    guests.expect_success("sensors")


def test_every_function_is_used(guests: Guests):
    defined = set(re.findall(r'\{"(\w+)", make<', (ROOT / "container/ocre.cc").read_text()))
    imported = set()
    for wasm in guests.folder.glob("*.wasm"):
        content = wasm.read_bytes()
        imported |= {name for name in defined if b"\x03env" + bytes([len(name)]) + name.encode() in content}
    assert len(defined) > 35 and imported == defined, defined - imported


def main() -> int:
    tests = [test_system, test_timers, test_messages, test_gpio, test_sensors, test_every_function_is_used]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        guests = Guests(Path(sys.argv[1]).resolve(), Path(folder))
        for test in tests:
            try:
                test(guests)
                print(test.__name__, "ok", flush=True)
            except AssertionError as error:
                failed += 1
                print(test.__name__, "FAILED:", error, flush=True)
        guests.daemon.kill()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
