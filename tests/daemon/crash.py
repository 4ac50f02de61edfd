#!/usr/bin/env python3
"""Kills umberd at random moments of load, create, start, stop, update, rollback and rm, and checks that after each restart the old or the new state
is there, complete: every record and image can be read, every blob has its digest, and what should run does.

    crash.py PATH/TO/umberd [ROUNDS]        the seed is printed; UMBER_SEED repeats a run
"""

import hashlib
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness import Daemon


def module(size: int) -> bytes:
    """A module whose _start loops for ever, with a custom section of that size to give it a digest of its own."""
    spin = bytes.fromhex("0061736d01000000010401600000030201000" "70a01065f73746172740000" "0a09010700" "03400c000b0b")
    content = b"\x01x" + random.randbytes(size)
    length = len(content)
    return spin + b"\0" + bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14]) + content


def work(daemon: Daemon, stop: threading.Event):
    """Random requests until the daemon is gone."""
    while not stop.is_set():
        name = f"c{random.randrange(6)}"
        image = f"i{random.randrange(4)}"
        request = random.choice(
            [
                ("POST", f"/v1/images/load?name={image}", module(random.randrange(1, 60000))),
                ("POST", "/v1/containers", {"name": name, "image": image}),
                ("POST", f"/v1/containers/{name}/start", None),
                ("POST", f"/v1/containers/{name}/stop?grace_ms=0", None),
                ("POST", f"/v1/containers/{name}/update", {"image": image, "grace_ms": 0, "probation_ms": random.choice([0, 20, 60000])}),
                ("POST", f"/v1/containers/{name}/update", {"limits": {"open_files": random.randrange(8, 64)}, "permit": ["timers"], "grace_ms": 0, "probation_ms": 60000}),
                ("POST", f"/v1/containers/{name}/rollback?grace_ms=0", None),
                ("DELETE", f"/v1/containers/{name}?force=1", None),
                ("DELETE", f"/v1/images?name={image}", None),
            ]
        )
        try:
            daemon.call(*request)
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return


def check(daemon: Daemon, before: dict):
    """What is on disk and what the daemon says of it."""
    root = daemon.folder / "root"
    for blob in (root / "blobs/sha256").iterdir():
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name, f"damaged blob {blob}"
    status, images = daemon.call("GET", "/v1/images")
    assert status == 200, images
    for image in images:
        assert (root / "blobs/sha256" / image["module"][7:]).exists(), f"image without its module: {image}"
    status, containers = daemon.call("GET", "/v1/containers")
    assert status == 200
    known = {each["id"]: each for each in containers}
    assert set(known) == set(before), f"records and containers differ: {set(known) ^ set(before)}"
    for identity, record in before.items():
        state = known[identity]["state"]
        assert (state == "running") == record["running"], f"{identity} should {'' if record['running'] else 'not '}run: {state}"
        for each in (record, record.get("previous", record)):
            assert (root / "blobs/sha256" / each["module"][7:]).exists(), f"{identity} lacks {each['image']}"
        status, details = daemon.call("GET", f"/v1/containers/{identity}")
        assert status == 200 and details["module"] == details["runs"] == record["module"], f"{identity} runs {details} instead of {record}"
        for each in ("permissions", "limits", "restart"):
            assert details[each] == record[each], f"{identity} has {details[each]} instead of {record[each]}"


def main():
    binary, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50
    seed = int(os.environ.get("UMBER_SEED", random.randrange(1 << 32)))
    random.seed(seed)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(binary, Path(folder))
        daemon.start()
        for number in range(rounds):
            stop = threading.Event()
            workers = [threading.Thread(target=work, args=(daemon, stop)) for _ in range(3)]
            for worker in workers:
                worker.start()
            time.sleep(random.uniform(0, 0.25))
            daemon.kill()
            stop.set()
            for worker in workers:
                worker.join()
            records = {}
            for file in (Path(folder) / "root/containers").glob("*.json"):
                record = json.loads(file.read_text())
                records[record["id"]] = record
            daemon.start()
            check(daemon, records)
        daemon.kill()
    print(f"{rounds} passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    main()
