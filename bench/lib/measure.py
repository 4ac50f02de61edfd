"""Runs a command once and tells what it cost, from the kernel's own accounting of the child (wait4)."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    output: bytes
    status: int  # exit code, or minus the signal
    user: float  # seconds of CPU in user mode
    system: float  # seconds of CPU in the kernel
    wall: float  # seconds from start to end
    peak_rss: int  # bytes
    timed_out: bool
    error: bytes  # the last part of stderr


def run(command: list[str], timeout: float, cwd: str | None = None, keep_output: bool = True) -> Run:
    timed_out = threading.Event()
    start = time.perf_counter()
    sink = subprocess.PIPE if keep_output else subprocess.DEVNULL
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=cwd)

    def stop() -> None:
        timed_out.set()
        child.kill()

    timer = threading.Timer(timeout, stop)
    timer.start()
    errors: list[bytes] = []
    try:
        output = b""
        if child.stdout and child.stderr:
            # A thread drains stderr, so that a child which fills one pipe never waits for the other.
            pipe = child.stderr
            drain = threading.Thread(target=lambda: errors.append(pipe.read()))
            drain.start()
            output = child.stdout.read()
            drain.join()
            child.stdout.close()
            child.stderr.close()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    finally:
        timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        output=output,
        status=child.returncode,
        user=usage.ru_utime,
        system=usage.ru_stime,
        wall=wall,
        peak_rss=usage.ru_maxrss * 1024,
        timed_out=timed_out.is_set(),
        error=b"".join(errors)[-500:],
    )
