#!/usr/bin/env python3
"""Compiles the samples of an Ocre SDK, which someone brings, and runs them as they are: in containers of a daemon, and with `umber run`.

    ocre_sdk.py BUILD_FOLDER SDK_FOLDER     SDK_FOLDER has ocre-sdk/ocre_api.c, generic/ and testing/, and for the servers its submodule
                                            wasm-micro-runtime
"""

import socket
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
    ("testing/cat", [], [], 0, ""),
    ("generic/messaging/multipublisher-subscriber/subscriber_temp", ["subscribe:temperature/#", "timers"], [], None, "outside"),
    ("generic/messaging/multipublisher-subscriber/publisher_inside", ["publish:temperature/#", "timers"], [], None, "Published"),
    ("generic/messaging/multipublisher-subscriber/publisher_outside", ["publish:temperature/#", "timers"], [], None, "Published"),
    ("generic/shared-filesystem/shared-filesystem-writer", ["dir:SHARED:/shared:rw"], [], 0, "Writer completed successfully"),
]
# Servers: source, grants, what is sent, what comes back.
SERVERS = [
    ("generic/echo-server", ["net:listen:*:8000"], b"hey\n", b"hey\n"),
    ("generic/webserver", ["net:listen:*:8000", "timers", "clock", "random"], b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1."),
    ("generic/webserver-complex", ["net:listen:*:8000", "timers", "clock", "random"], b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1."),
]
PORT = 8000
SOCKETS = "wasm-micro-runtime/core/iwasm/libraries/lib-socket"
# Older C libraries for WASI have errno only.
SHIM = "#include <errno.h>\nint *__errno_location(void) { return &errno; }\n"


def compile_sample(sdk: Path, source: str, folder: Path, with_sockets: bool = False) -> Path:
    wasm = folder / (source.replace("/", "-") + ".wasm")
    sources = sorted((sdk / source).rglob("*.c"))
    if with_sockets:
        (folder / "shim.c").write_text(SHIM)
        sources += [sdk / SOCKETS / "src/wasi/wasi_socket_ext.c", folder / "shim.c", "-I", sdk / SOCKETS / "inc"]
    subprocess.run(["clang-19", *FLAGS, "-I", sdk / "ocre-sdk", *sources, sdk / "ocre-sdk/ocre_api.c", "-o", wasm], check=True)
    return wasm


def words_of(grants: list, data: Path) -> list:
    return [word for grant in grants for word in ("-p", grant.replace("DATA", str(data)).replace("SHARED", str(data)))]


class Sample:
    def __init__(self, build: Path, sdk: Path, folder: Path, daemon: Daemon, row):
        source, grants, arguments, self.code, self.text = row
        self.name, self.daemon = source.replace("/", "-"), daemon
        wasm = compile_sample(sdk, source, folder)
        data = folder / f"{self.name}.data"
        data.mkdir()
        subprocess.run([build / "umber", "load", "--socket", daemon.socket, wasm], check=True, stdout=subprocess.DEVNULL)
        permissions = words_of(grants, data)
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


def run_alone(build: Path, sdk: Path, folder: Path, row) -> str:
    """The same with `umber run`; what is wrong, or nothing. One that goes on is ended when it has said what it should."""
    source, grants, arguments, code, text = row
    data = folder / (source.replace("/", "-") + ".alone")
    data.mkdir()
    command = [build / "umber", "run", *words_of(grants, data), compile_sample(sdk, source, folder), *arguments]
    if text in ("payload=Test message 1", "outside", "Published", "Published: Test message 1"):
        text = "initialized"  # alone there is nobody to talk to
    with tempfile.TemporaryFile() as output, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT) as process:
        deadline = time.monotonic() + 30
        said = ""
        while time.monotonic() < deadline and (process.poll() is None if code is not None else text not in said):
            time.sleep(0.1)
            output.seek(0)
            said = output.read().decode(errors="replace")
            if process.poll() is not None and code is None:
                break
        got = process.poll()
        process.kill()
        output.seek(0)
        said = output.read().decode(errors="replace")
    return "" if got == code and text in said else f"exit code {got}, said {said[-200:]!r}"


def serve(build: Path, sdk: Path, folder: Path, row) -> str:
    source, grants, question, answer = row
    command = [build / "umber", "run", *words_of(grants, folder), compile_sample(sdk, source, folder, True)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        got, deadline = b"", time.monotonic() + 30
        while answer not in got and time.monotonic() < deadline and process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", PORT), timeout=2) as connection:
                    connection.sendall(question)
                    while answer not in got and (more := connection.recv(1000)):
                        got += more
            except OSError:
                time.sleep(0.1)
        process.kill()
    return "" if answer in got else f"answered {got[:80]!r}"


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
        alone = [(row[0], run_alone(build, sdk, Path(name), row)) for row in SAMPLES]
        has_sockets = (sdk / SOCKETS).is_dir()
        alone += [(row[0], serve(build, sdk, Path(name), row)) for row in SERVERS if has_sockets]
        for source, reason in alone:
            failed += bool(reason)
            print(f"umber run: {source}", reason or "ok")
    count = len(SAMPLES) + len(alone)
    print(f"{count - failed} passed, {failed} failed, {0 if has_sockets else len(SERVERS)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
