"""Runs a command once and tells what it cost, from the kernel's accounting of the process (launch.c, wait4)."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "launch.c"


@dataclass(frozen=True)
class Run:
    output: bytes
    error: bytes
    status: int  # exit code, or minus the signal
    timed_out: bool
    wall: float  # seconds from fork to end
    user: float  # seconds of CPU in user mode
    system: float  # seconds of CPU in the kernel
    peak_rss: int  # bytes


class Launcher:
    """The compiled launch.c; built when it is older than its source."""

    def __init__(self, out: Path, compiler: str) -> None:
        self.path = out / "launch"
        if not self.path.exists() or self.path.stat().st_mtime < SOURCE.stat().st_mtime:
            out.mkdir(parents=True, exist_ok=True)
            done = subprocess.run([compiler, "-O2", "-static", str(SOURCE), "-o", str(self.path)], check=False)
            if done.returncode != 0:
                raise SystemExit(f"{compiler} could not build {SOURCE}")

    def run(self, command: list[str], timeout: float) -> Run:
        read_end, write_end = os.pipe()
        try:
            launched = [str(self.path), str(write_end), str(int(timeout * 1000)), *command]
            done = subprocess.run(
                launched, stdin=subprocess.DEVNULL, capture_output=True, pass_fds=[write_end], check=False
            )
        finally:
            os.close(write_end)
        with os.fdopen(read_end) as report:
            fields = [int(field) for field in report.read().split()]
        if done.returncode != 0 or len(fields) != 6:
            raise SystemExit(f"{self.path} itself failed with {done.returncode} on {' '.join(command)}")
        status, timed_out, wall_ns, user_us, system_us, peak_kb = fields
        return Run(
            output=done.stdout,
            error=done.stderr,
            status=os.waitstatus_to_exitcode(status),
            timed_out=bool(timed_out),
            wall=wall_ns / 1e9,
            user=user_us / 1e6,
            system=system_us / 1e6,
            peak_rss=peak_kb * 1024,
        )
