#!/usr/bin/env python3
"""Every word of `umber` that talks to umberd, as a user types it, against a daemon of the test's own; exit codes, texts and JSON. Each answer
of the HTTP interface that is asked for directly is held against daemon/openapi.json, and the file against the routes in daemon/api.cc.

    commands.py BUILD_FOLDER [WORD…]        only the tests whose name contains a word
"""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import traceback
from pathlib import Path

from harness import OPENAPI, ROOT, Daemon, Description

GUESTS = {
    "hello": """(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 64) "hello\\nworld\\n") (data (i32.const 96) "oops\\n")
        (func (export "_start")
          (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 12))
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
          (i32.store (i32.const 0) (i32.const 96)) (i32.store (i32.const 4) (i32.const 5))
          (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 32)))))""",
    "exit7": """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
        (func (export "_start") (call $exit (i32.const 7))))""",
    "spin": '(module (memory 1) (func (export "_start") (loop $l (br $l))))',
    # Copies a file below its first directory to its output; what that directory is called it says first.
    "cat": """(module
        (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (data (i32.const 64) "data/model.bin")
        (func $say (param i32 i32) (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
        (func (export "_start")
          (if (call $name (i32.const 3) (i32.const 128) (i32.const 6)) (then (call $exit (i32.const 1))))
          (call $say (i32.const 128) (i32.const 6))
          (if (i32.ne (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 14) (i32.const 9) (i64.const 0x42) (i64.const 0) (i32.const 0) (i32.const 20)) (i32.const 69))
            (then (call $exit (i32.const 2))))
          (if (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 14) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 20)) (then (call $exit (i32.const 3))))
          (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 60000))
          (if (call $read (i32.load (i32.const 20)) (i32.const 0) (i32.const 1) (i32.const 16)) (then (call $exit (i32.const 4))))
          (call $say (i32.const 1024) (i32.load (i32.const 16)))))""",
    # Writes 64 KiB blocks to a file of its directory until that fails, and exits with the error.
    "fill": """(module
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 2) (data (i32.const 0) "f") (data (i32.const 16) "\\00\\00\\01\\00\\00\\00\\01\\00")
        (func (export "_start") (local $error i32)
          (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1) (i64.const 0x40) (i64.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 99))))
          (loop $l (br_if $l (i32.eqz (local.tee $error (call $write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 32))))))
          (call $exit (local.get $error))))""",
    "spin2": '(module (memory 2) (func (export "_start") (loop $l (br $l))))',
    "trap": '(module (func $inner unreachable) (func (export "_start") (call $inner)))',
    "grow": """(module (memory 1 2) (func (export "_start") (drop (memory.grow (i32.const 1))) (loop $l (br $l))))""",
    # Waits for events and writes each one's payload; ends at a stop.
    "listener": """(module
        (import "umber" "events_open" (func $open (param i32) (result i32)))
        (import "umber" "subscribe" (func $subscribe (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 32) "news/#") (data (i32.const 40) "ready\\n") (data (i32.const 56) "bye\\n")
        (func $say (param i32 i32) (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
        (func (export "_start")
          (if (call $open (i32.const 24)) (then unreachable))
          (if (call $subscribe (i32.const 32) (i32.const 6)) (then unreachable))
          (call $say (i32.const 40) (i32.const 6))
          (loop $next
            (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
            (if (call $read (i32.load (i32.const 24)) (i32.const 0) (i32.const 1) (i32.const 16)) (then unreachable))
            (if (i32.eq (i32.load16_u (i32.const 1028)) (i32.const 5)) (then (call $say (i32.const 56) (i32.const 4)) (return)))
            (if (i32.eq (i32.load16_u (i32.const 1028)) (i32.const 3)) (then
              (call $say (i32.sub (i32.add (i32.const 1024) (i32.load (i32.const 1024))) (i32.load (i32.const 1052))) (i32.load (i32.const 1052)))
              (call $say (i32.const 45) (i32.const 1))))
            (br $next))))""",
    # Writes its arguments and variables, a line each.
    "echo": """(module
        (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func $lines (param $size i32) (local $i i32)
          (loop $l (if (i32.eqz (i32.load8_u (i32.add (i32.const 1024) (local.get $i))))
              (then (i32.store8 (i32.add (i32.const 1024) (local.get $i)) (i32.const 10))))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $size))))
          (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (local.get $size))
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
        (func (export "_start")
          (drop (call $sizes (i32.const 20) (i32.const 24))) (drop (call $args (i32.const 128) (i32.const 1024)))
          (call $lines (i32.load (i32.const 24)))
          (drop (call $env_sizes (i32.const 20) (i32.const 24))) (drop (call $env (i32.const 128) (i32.const 1024)))
          (if (i32.load (i32.const 24)) (then (call $lines (i32.load (i32.const 24)))))))""",
    "timed": """(module (import "env" "ocre_timer_create" (func (param i32) (result i32)))
                (func (export "_start") (loop $l (br $l))))""",
    "needy": """(module (import "env" "ocre_timer_create" (func (param i32) (result i32)))
        (import "env" "ocre_publish_message" (func (param i32 i32 i32 i32) (result i32))) (func (export "_start")))""",
}


class Tests:
    def __init__(self, build: Path, folder: Path):
        self.build, self.folder = build, folder
        self.description = Description()
        self.daemon = Daemon(build / "umberd", folder, self.description)
        self.daemon.start()
        for name, text in GUESTS.items():
            (folder / f"{name}.wat").write_text(text)
            self.umber("load", str(folder / f"{name}.wat"))

    # -- Tools ------------------------------------------------------------------------------------------------------------

    def run(self, *words, timeout=30):
        environment = {**os.environ, "UMBER_SOCKET": self.daemon.socket}
        done = subprocess.run([self.build / "umber", *words], env=environment, capture_output=True, text=True, timeout=timeout)
        return done.returncode, done.stdout, done.stderr

    def umber(self, *words, code=0):
        """Runs a command that must exit with `code`; its output."""
        got, out, err = self.run(*words)
        assert got == code, f"umber {' '.join(words)}: exit {got} instead of {code}: {err}"
        return out

    def refused(self, *words, says, code=1):
        got, _, err = self.run(*words)
        assert got == code and says in err, f"umber {' '.join(words)}: exit {got}, {err!r} lacks {says!r}"

    def json(self, *words):
        return json.loads(self.umber(*words))

    def create(self, *words):
        return self.umber("create", *words).strip()

    def started(self, *words):
        name = self.create(*words)
        self.umber("start", name)
        return name

    def state(self, name):
        return self.json("inspect", name)["state"]

    def eventually(self, condition, what):
        for _ in range(500):
            if condition():
                return
            time.sleep(0.02)
        raise AssertionError(f"not within 10 s: {what}")

    def clean(self):
        for each in self.json("ps", "--all", "--format", "json"):
            self.umber("rm", "--force", each["id"])

    def call(self, method, path, body=None, status=200):
        got, content = self.daemon.call(method, path, body)
        assert got == status, f"{method} {path}: {got} {content}"
        return content

    # -- Images -----------------------------------------------------------------------------------------------------------

    def test_load_images_rmi(self):
        wasm = self.folder / "tiny.wasm"
        wasm.write_bytes(b"\0asm\1\0\0\0")
        out = self.umber("load", str(wasm))
        assert re.fullmatch(r"tiny sha256:[0-9a-f]{64}\n", out), out
        self.umber("load", str(wasm), "--name", "registry.example/a/tiny:1.0")
        names = [line.split()[0] for line in self.umber("images").splitlines()]
        assert names[0] == "NAME" and {"tiny", "registry.example/a/tiny:1.0"} <= set(names), names
        images = {each["name"]: each for each in self.json("images", "--format", "json")}
        assert images["tiny"]["size"] == 8 and images["tiny"]["module"] == images["registry.example/a/tiny:1.0"]["module"]
        blob = self.folder / "root/blobs/sha256" / images["tiny"]["module"][7:]
        self.umber("rmi", "tiny")
        assert blob.exists()  # the other name needs it
        self.umber("rmi", "registry.example/a/tiny:1.0")
        assert not blob.exists()
        self.refused("rmi", "tiny", says="no such image: tiny")
        self.refused("load", str(self.folder / "nothing.wasm"), says="cannot be read")
        wasm.write_bytes(b"neither")
        self.refused("load", str(wasm), says="neither a WebAssembly module nor a tar archive")
        (self.folder / "bad.wat").write_text("(module (func (i32.frob)))")
        self.refused("load", str(self.folder / "bad.wat"), says="i32.frob")

    def test_rmi_of_a_used_image(self):
        name = self.create("spin")
        self.refused("rmi", "spin", says="the image spin is used by the container")
        self.umber("rm", name)

    def test_save_load_and_damage(self):
        tar = self.folder / "saved.tar"
        self.umber("save", "hello", "-o", str(tar))
        with tarfile.open(tar) as archive:
            files = {member.name: archive.extractfile(member).read() for member in archive}
        assert json.loads(files["oci-layout"])["imageLayoutVersion"] == "1.0.0"
        self.umber("load", str(tar), "--name", "again")
        digests = {each["name"]: each["digest"] for each in self.json("images", "--format", "json")}
        assert digests["again"] == digests["hello"]
        self.umber("rmi", "again")
        module = next(name for name, content in files.items() if content[:4] == b"\0asm")
        files[module] = files[module][:-1] + b"\xff"
        layout = self.folder / "layout"
        for name, content in files.items():
            (layout / name).parent.mkdir(parents=True, exist_ok=True)
            (layout / name).write_bytes(content)
        self.refused("load", str(layout), "--name", "damaged", says="it is damaged")
        self.refused("save", "nothing", "-o", str(tar), says="no such image: nothing")

    def test_build(self):
        folder = self.folder / "recipe"
        folder.mkdir()
        recipe = {"name": "built", "module": "m.wasm", "args": ["built", "from-recipe"], "env": ["A=b"], "permissions": ["timers", "random"]}
        (folder / "umber.json").write_text(json.dumps(recipe))
        self.refused("build", str(folder), says="the build lacks the file m.wasm")
        saved = self.call("GET", "/v1/images/inspect?name=echo")["module"]
        shutil.copy(self.folder / "root/blobs/sha256" / saved[7:], folder / "m.wasm")
        self.umber("build", str(folder))
        name = self.create("built")
        details = self.json("inspect", name)
        assert details["permissions_asked"] == ["timers", "random"] and details["permissions"] == [], details
        self.umber("start", name)
        self.umber("wait", name)
        assert self.umber("logs", name) == "built\nfrom-recipe\nA=b\n"
        self.umber("rm", name)
        (folder / "umber.json").write_text(json.dumps({**recipe, "permision": []}))
        self.refused("build", str(folder), says='unknown field "permision"')
        self.umber("rmi", "built")

    def blob_recipe(self, name):
        folder = self.folder / name
        (folder / "data").mkdir(parents=True)
        (folder / "data/model.bin").write_bytes(b"weights\n")
        digest = self.call("GET", "/v1/images/inspect?name=cat")["module"]
        shutil.copy(self.folder / "root/blobs/sha256" / digest[7:], folder / "module.wasm")
        (folder / "umber.json").write_text(json.dumps({"name": name, "blobs": ["data/model.bin"]}))
        self.umber("build", str(folder))
        return self.call("GET", f"/v1/images/inspect?name={name}")

    def expect_blob(self, image):
        name = self.started(image)
        self.umber("wait", name)
        assert self.umber("logs", name) == "/blobsweights\n"
        assert [each["path"] for each in self.json("inspect", name)["blobs"]] == ["data/model.bin"]
        return name

    def test_blobs_are_files(self):
        image = self.blob_recipe("withblob")
        assert image["blobs"] == [{"path": "data/model.bin", "digest": "sha256:" + hashlib.sha256(b"weights\n").hexdigest(), "size": 8}], image
        assert image["manifest"]["layers"][1]["annotations"] == {"org.opencontainers.image.title": "data/model.bin"}
        name = self.expect_blob("withblob")
        blob = self.folder / "root/blobs/sha256" / image["blobs"][0]["digest"][7:]
        self.daemon.kill()
        self.daemon.start()
        self.umber("start", name)
        self.umber("wait", name)
        # Damaged meanwhile: not used, and said so.
        blob.write_bytes(b"Weights\n")
        self.umber("rm", name)
        self.refused("create", "withblob", says="is damaged")
        blob.write_bytes(b"weights\n")
        self.umber("rmi", "withblob")
        assert not blob.exists()

    def test_blobs_with_strange_titles_are_named_by_digest(self):
        image = self.blob_recipe("strange")
        layout = self.folder / "strange-layout"
        layout.mkdir()
        tar = self.folder / "strange.tar"
        self.umber("save", "strange", "-o", str(tar))
        with tarfile.open(tar) as archive:
            archive.extractall(layout)
        manifest = image["manifest"]
        model = manifest["layers"][1]
        for title in ("../up", "/etc/passwd", "", ".", "a/../b", "a//b", "a/", "x" * 256, "data/model.bin"):
            manifest["layers"] = [manifest["layers"][0], model, {**model, "digest": image["module"], "size": manifest["layers"][0]["size"], "annotations": {"org.opencontainers.image.title": title}}]
            content = json.dumps(manifest).encode()
            digest = hashlib.sha256(content).hexdigest()
            (layout / "blobs/sha256" / digest).write_bytes(content)
            (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [{"mediaType": manifest["mediaType"], "digest": "sha256:" + digest, "size": len(content)}]}))
            self.umber("load", str(layout), "--name", "strange")
            blobs = self.call("GET", "/v1/images/inspect?name=strange")["blobs"]
            assert [each["path"] for each in blobs] == ["data/model.bin", image["module"][7:]], (title, blobs)
        self.umber("rmi", "strange")

    def compiled_recipe(self, name, guest, *options):
        """A folder to build an image from, with the module and its compiled form."""
        folder = self.folder / name
        folder.mkdir()
        subprocess.run([self.build / "umberc", self.folder / f"{guest}.wat", "-o", folder / "m.umb", *options], check=True)
        digest = self.call("GET", f"/v1/images/inspect?name={guest}")["module"]
        shutil.copy(self.folder / "root/blobs/sha256" / digest[7:], folder / "m.wasm")
        (folder / "umber.json").write_text(json.dumps({"name": name, "module": "m.wasm", "compiled": ["m.umb"], "permissions": ["random"]}))
        return folder

    def test_compiled_forms(self):
        if not (self.build / "umberc").exists():
            return "skipped: no compiler"
        self.umber("build", str(self.compiled_recipe("both", "hello")))
        image = self.call("GET", "/v1/images/inspect?name=both")
        assert len(image["variants"]) == 1 and image["module"] != image["variants"][0]["digest"], image
        name = self.started("both")
        self.umber("wait", name)
        details = self.json("inspect", name)
        assert self.umber("logs", name).startswith("hello\n") and details["runs"] == details["compiled"] == image["variants"][0]["digest"]
        assert details["permissions_asked"] == ["random"]
        # The whole comes back from a file, and runs after the daemon has come up again.
        tar = self.folder / "both.tar"
        self.umber("save", "both", "-o", str(tar))
        self.umber("load", str(tar), "--name", "both-again")
        assert self.call("GET", "/v1/images/inspect?name=both-again")["digest"] == image["digest"]
        self.daemon.kill()
        self.daemon.start()
        self.umber("start", name)
        self.umber("wait", name)
        assert self.umber("logs", name).count("hello") == 2
        self.umber("rm", name)
        self.umber("rmi", "both-again")
        self.umber("rmi", "both")
        assert not (self.folder / "root/blobs/sha256" / image["variants"][0]["digest"][7:]).exists()

    def test_compiled_for_another_machine_is_interpreted(self):
        if not (self.build / "umberc").exists():
            return "skipped: no compiler"
        folder = self.compiled_recipe("foreign", "hello", "--target", "aarch64-linux-gnu" if os.uname().machine == "x86_64" else "x86_64-linux-gnu")
        self.umber("build", str(folder))
        name = self.started("foreign")
        self.umber("wait", name)
        details = self.json("inspect", name)
        assert details["compiled"] == "" and details["runs"] == details["module"], details
        self.umber("rm", name)
        self.umber("rmi", "foreign")
        other = self.folder / "other"
        shutil.copytree(folder, other)
        (other / "m.wasm").write_bytes(b"\0asm\1\0\0\0")
        self.refused("build", str(other), says="was compiled from another module")

    def test_bare_compiled_image_is_killed_in_its_loop(self):
        if not (self.build / "umberc").exists():
            return "skipped: no compiler"
        subprocess.run([self.build / "umberc", self.folder / "spin.wat", "-o", self.folder / "native.umb"], check=True)
        self.umber("load", str(self.folder / "native.umb"))
        name = self.started("native")
        time.sleep(0.05)
        self.umber("kill", name)
        assert self.umber("wait", name, code=137) == "killed\n"
        limited = self.started("--fuel", "1000", "native")
        self.umber("wait", limited, code=125)
        assert "fuel" in self.json("inspect", limited)["exit"]["message"]
        self.umber("rm", name, limited)
        damaged = bytearray((self.folder / "native.umb").read_bytes())
        damaged[-20] ^= 1
        (self.folder / "damaged.umb").write_bytes(damaged)
        self.refused("load", str(self.folder / "damaged.umb"), says="a compiled image: ")

    def test_skopeo_reads_what_we_save_and_we_load_what_it_copies(self):
        if shutil.which("skopeo") is None:
            return "skipped: no skopeo"
        tar, copied = self.folder / "out.tar", self.folder / "copied.tar"
        self.umber("save", "hello", "-o", str(tar))
        raw = subprocess.run(["skopeo", "inspect", "--raw", f"oci-archive:{tar}"], capture_output=True, text=True, check=True).stdout
        assert json.loads(raw)["layers"][0]["mediaType"] == "application/wasm"
        policy = self.folder / "policy.json"
        policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        subprocess.run(["skopeo", "--policy", str(policy), "copy", "--quiet", f"oci-archive:{tar}", f"oci-archive:{copied}"], check=True)
        self.umber("load", str(copied), "--name", "skopeod")
        name = self.started("skopeod")
        self.umber("wait", name)
        assert "hello\nworld\n" in self.umber("logs", name)
        self.umber("rm", name)
        self.umber("rmi", "skopeod")
        # Blobs and their names make the way there and back.
        digest = self.blob_recipe("traveller")["blobs"][0]["digest"]
        self.umber("save", "traveller", "-o", str(tar))
        copied.unlink()
        subprocess.run(["skopeo", "--policy", str(policy), "copy", "--quiet", f"oci-archive:{tar}", f"oci-archive:{copied}"], check=True)
        self.umber("rmi", "traveller")
        assert not (self.folder / "root/blobs/sha256" / digest[7:]).exists()
        self.umber("load", str(copied), "--name", "back")
        self.umber("rm", self.expect_blob("back"))
        self.umber("rmi", "back")

    # -- Life -------------------------------------------------------------------------------------------------------------

    def test_create_start_wait_logs(self):
        name = self.create("--name", "greeter", "hello")
        assert re.fullmatch("[0-9a-f]{12}", name)
        assert self.state("greeter") == "created"
        self.umber("start", "greeter")
        assert self.umber("wait", "greeter") == "exited\n"
        code, out, err = self.run("logs", name[:4])
        assert (code, out, err) == (0, "hello\nworld\n", "oops\n")
        lines = [json.loads(line) for line in self.umber("logs", "--format", "json", "greeter").splitlines()]
        assert [(each["stream"], each["text"]) for each in lines] == [("stdout", "hello"), ("stdout", "world"), ("stderr", "oops")]
        for line in lines:
            self.description.validate(line, {"$ref": "#/components/schemas/LogLine"}, "logs")
        self.refused("create", "--name", "greeter", "hello", says="there is a container greeter already")
        self.refused("create", "nothing", says="no such image: nothing")
        self.refused("create", says="no image given", code=2)
        self.refused("create", "--frob", "hello", says="unknown option --frob", code=2)
        self.refused("create", "--name", "../x", "hello", says="not a name for a container")

    def test_exit_codes(self):
        for image, kind, code in [("hello", "exited", 0), ("exit7", "exited", 7), ("trap", "trapped", 134), ("needy", "refused", 125)]:
            name = self.started(image)
            got, out, _ = self.run("wait", name)
            assert (got, out) == (code, kind + "\n"), (image, got, out)
        name = self.create("--fuel", "100000", "spin")
        self.umber("start", name)
        assert self.umber("wait", name, code=124) == "out-of-fuel\n"
        name = self.create("--timeout", "50ms", "spin")
        self.umber("start", name)
        self.umber("wait", name, code=134)
        name = self.started("spin")
        self.umber("kill", name)
        assert json.loads(self.umber("wait", "--format", "json", name, code=137))["kind"] == "killed"

    def test_trap_has_a_backtrace(self):
        name = self.started("trap")
        self.umber("wait", name, code=134)
        end = self.json("inspect", name)["exit"]
        assert end["kind"] == "trapped" and "unreachable" in end["message"] and "wasm backtrace:" in end["backtrace"], end

    def test_arguments_and_environment(self):
        name = self.create("--name", "args", "--env", "COLOUR=blue", "--env", "EMPTY=", "echo", "one", "--two", "three four")
        self.umber("start", name)
        self.umber("wait", name)
        assert self.umber("logs", name) == "echo\none\n--two\nthree four\nCOLOUR=blue\nEMPTY=\n"

    def test_variables_are_passed_on(self):
        os.environ["UMBER_TEST_COLOUR"] = "green"
        name = self.started("--env", "UMBER_TEST_COLOUR", "-p", "timers", "-p", "random", "echo")
        self.umber("wait", name)
        assert self.umber("logs", name).endswith("\nUMBER_TEST_COLOUR=green\n")
        assert self.json("inspect", name)["permissions"] == ["timers", "random"]

    def test_ps(self):
        running, ended = self.started("--name", "runs", "spin"), self.started("--name", "ends", "exit7")
        self.umber("wait", ended, code=7)
        table = self.umber("ps")
        assert table.splitlines()[0].split() == ["ID", "NAME", "IMAGE", "STATE"]
        assert running in table and ended not in table
        assert re.search(r"ends +exit7 +exited \(7\)", self.umber("ps", "-a"))
        states = {each["name"]: each["state"] for each in self.json("ps", "--format", "json")}
        assert states == {"runs": "running"}, states
        states = {each["name"]: each["state"] for each in self.json("ps", "--all", "--format", "json")}
        assert states == {"runs": "running", "ends": "exited"}, states

    def test_pause_unpause(self):
        name = self.started("spin")
        self.umber("pause", name)
        assert self.state(name) == "paused"
        fuel = self.json("stats", "--format", "json", name)[0]["usage"]["fuel"]
        time.sleep(0.05)
        assert self.json("stats", "--format", "json", name)[0]["usage"]["fuel"] == fuel
        self.umber("unpause", name)
        self.eventually(lambda: self.json("stats", "--format", "json", name)[0]["usage"]["fuel"] > fuel, "fuel grows again")
        self.umber("kill", name)
        self.umber("wait", name, code=137)
        self.refused("pause", name, says="cannot pause a container that is exited")
        self.refused("unpause", name, says="cannot unpause a container that is exited")

    def test_stop_asks_and_kills(self):
        polite = self.started("-p", "subscribe:news/#", "listener")
        self.eventually(lambda: "ready" in self.umber("logs", polite), "the listener is ready")
        self.umber("stop", polite)
        assert self.umber("logs", polite).endswith("bye\n")
        assert self.json("inspect", polite)["exit"] == {"kind": "exited", "code": 0}
        deaf = self.started("spin")
        before = time.monotonic()
        self.umber("stop", "-t", "200ms", deaf)
        assert time.monotonic() - before >= 0.2
        assert self.json("inspect", deaf)["exit"]["kind"] == "killed"
        self.refused("stop", "-t", "soon", deaf, says="expected a duration", code=2)

    def test_restart(self):
        name = self.started("hello")
        self.umber("wait", name)
        self.umber("restart", name)
        self.umber("wait", name)
        assert self.umber("logs", name).count("hello") == 2

    def test_restart_policies(self):
        failing = self.started("--restart", "on-failure:2", "exit7")
        self.umber("wait", failing, code=7)
        assert self.json("inspect", failing)["restarts"] == 2
        always = self.started("--restart", "always", "hello")
        self.eventually(lambda: self.json("inspect", always)["restarts"] >= 2, "it is restarted")
        self.umber("stop", always)
        assert not self.json("inspect", always)["restart_pending"]
        self.refused("create", "--restart", "sometimes", "hello", says="unknown restart policy")

    def test_rm(self):
        name = self.started("spin")
        self.refused("rm", name, says="cannot remove a container that is running")
        log = self.folder / "root/logs" / f"{name}.log"
        assert log.exists()
        self.umber("rm", "-f", name)
        assert not log.exists() and not (self.folder / "root/containers" / f"{name}.json").exists()
        for words in (["start", name], ["stop", name], ["kill", name], ["inspect", name], ["logs", name], ["wait", name], ["rm", name], ["stats", name]):
            self.refused(*words, says=f"no such container: {name}")

    def test_several_names_at_once(self):
        names = [self.create("spin") for _ in range(3)]
        self.umber("start", *names)
        got, out, err = self.run("kill", names[0], "nobody", names[1])
        assert got == 1 and out.split() == names[:2] and "nobody" in err
        self.umber("rm", "-f", *names)

    def test_wrong_states(self):
        name = self.started("spin")
        self.refused("start", name, says="cannot start a container that is running")
        self.umber("kill", name)

    # -- Views ------------------------------------------------------------------------------------------------------------

    def test_logs_follow_and_since(self):
        name = self.started("-p", "subscribe:news/#", "listener")
        follower = subprocess.Popen(
            [self.build / "umber", "logs", "--follow", name], env={**os.environ, "UMBER_SOCKET": self.daemon.socket}, stdout=subprocess.PIPE, text=True
        )
        assert follower.stdout.readline() == "ready\n"
        assert self.call("POST", "/v1/world", {"topic": "news/a", "payload": "first"}) == {"delivered": 1, "full": 0}
        assert follower.stdout.readline() == "first\n"  # as it happens: the container still runs
        middle = json.loads(self.umber("logs", "--format", "json", name).splitlines()[-1])["time"]
        self.call("POST", "/v1/world", {"topic": "news/b/c", "payload": "second"})
        assert follower.stdout.readline() == "second\n"
        assert self.call("POST", "/v1/world", {"topic": "other", "payload": "unheard"}) == {"delivered": 0, "full": 0}
        self.umber("stop", name)
        assert follower.stdout.read() == "bye\n" and follower.wait(10) == 0
        assert self.umber("logs", "--since", middle, name) == "second\nbye\n"
        assert self.umber("logs", "--since", "1h", name) == "ready\nfirst\nsecond\nbye\n"
        assert self.umber("logs", "--since", "2999-01-01T00:00:00", name) == ""

    def test_logs_are_bounded(self):
        text = """(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 64) "0123456789012345678901234567890123456789\\n")
          (func (export "_start") (local $i i32) (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 41))
            (loop $l (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))))"""
        (self.folder / "chatty.wat").write_text(text)
        self.umber("load", str(self.folder / "chatty.wat"))
        created = self.call("POST", "/v1/containers", {"image": "chatty", "limits": {"log_bytes": 20000}})
        self.umber("start", created["id"])
        self.umber("wait", created["id"])
        size = sum(file.stat().st_size for file in (self.folder / "root/logs").glob(created["id"] + "*"))
        assert 5000 < size <= 20000, size
        assert len(self.umber("logs", created["id"]).splitlines()) > 50

    def test_limits(self):
        name = self.create("--limit", "open_files=8", "--limit", "log_bytes=64KiB", "--stack", "64KiB", "--cpu-weight", "200", "--priority", "low", "hello")
        limits = self.json("inspect", name)["limits"]
        assert limits == {"open_files": 8, "log_bytes": 65536, "stack_bytes": 65536, "cpu_weight": 200, "priority": "low"}, limits
        self.refused("create", "--limit", "open_file=8", "hello", says='did you mean "open_files"')
        self.refused("create", "--limit", "open_files", "hello", says="expected NAME=NUMBER", code=2)
        self.refused("create", "--cpu-weight", "5000", "hello", says="the weight must be 10 to 1000")
        self.refused("create", "--memory", "much", "hello", says="expected a size", code=2)

    def test_events(self):
        environment = {**os.environ, "UMBER_SOCKET": self.daemon.socket}
        follower = subprocess.Popen([self.build / "umber", "events", "--format", "json"], env=environment, stdout=subprocess.PIPE, text=True)
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(follower.stdout))
        reader.start()
        time.sleep(0.3)
        name = self.started("--name", "eventful", "spin")
        self.umber("pause", name)
        self.umber("unpause", name)
        self.umber("kill", name)
        self.umber("wait", name, code=137)
        self.umber("rm", name)
        time.sleep(0.5)
        follower.send_signal(signal.SIGTERM)
        follower.wait(10)
        reader.join()
        events = [json.loads(line) for line in lines]
        for event in events:
            self.description.validate(event, {"$ref": "#/components/schemas/Event"}, "events")
        mine = [each["event"] for each in events if each.get("name") == "eventful"]
        assert mine == ["created", "running", "paused", "running", "exited", "removed"], mine
        assert next(each for each in events if each["event"] == "exited")["exit"]["kind"] == "killed"
        text = self.umber("events", "--all", "--no-follow")
        assert re.search(r"^\S+Z exited eventful .*killed", text, re.M), text

    def test_stats(self):
        name = self.started("--name", "counted", "--memory", "128KiB", "grow")
        self.eventually(lambda: self.json("stats", "--format", "json", name)[0]["usage"]["memory_bytes"] == 131072, "memory has grown")
        usage = self.json("stats", "--format", "json", name)[0]["usage"]
        assert usage["fuel"] > 0 and usage["host_bytes"] > 0 and usage["host_bytes_peak"] >= usage["host_bytes"], usage
        table = self.umber("stats").splitlines()
        assert table[0].split()[:3] == ["NAME", "STATE", "MEMORY"] and table[1].split()[:3] == ["counted", "running", "131072"], table
        self.umber("kill", name)
        ended = self.started("hello")
        self.umber("wait", ended)
        assert self.json("stats", "--format", "json", ended)[0]["usage"]["host_calls"] == 2

    def test_inspect_shows_asked_and_got(self):
        name = self.create("-p", "timers:4", "needy")
        details = self.json("inspect", name)
        assert details["permissions"] == ["timers:4"] and details["image"] == "needy" and details["permissions_asked"] == []
        granted = {each["name"]: (each["needs"], each["granted"]) for each in details["imports"]}
        assert granted == {"ocre_timer_create": ("timers[:COUNT]", True), "ocre_publish_message": ("publish:PATTERN", False)}, granted
        self.umber("start", name)
        self.umber("wait", name, code=125)
        end = self.json("inspect", name)["exit"]
        assert end["message"] == 'import "env" "ocre_publish_message" is not granted; it needs publish:PATTERN', end

    def test_permissions_are_checked_at_creation(self):
        self.refused("create", "-p", "timer", "hello", says='did you mean "timers"')
        self.refused("create", "-p", "gpio:0", "hello", says="gpio:PORT/PIN")
        self.call("POST", "/v1/containers", {"image": "hello", "permision": []}, status=400)
        self.call("POST", "/v1/containers", {"image": "hello", "limits": {"memory": 1}}, status=400)

    def test_volumes_keep_what_is_in_them(self):
        name = self.create("-p", "volume:data:/data:rw", "hello")
        self.umber("start", name)
        self.umber("wait", name)
        assert (self.folder / "root/volumes/data").is_dir()
        self.umber("rm", name)
        assert (self.folder / "root/volumes/data").is_dir()

    def test_volumes_have_a_quota(self):
        edquot = 19
        name = self.started("-p", "volume:small:/data:rw", "--limit", "volume_bytes=1MiB", "fill")
        self.umber("wait", name, code=edquot)
        assert (self.folder / "root/volumes/small/f").stat().st_size == 1 << 20
        usage = self.json("inspect", name)["usage"]
        assert (usage["volume_bytes"], usage["volume_files"]) == (1 << 20, 1), usage
        assert self.umber("stats", name).splitlines()[1].split()[-1] == str(1 << 20)
        self.daemon.kill()
        self.daemon.start()
        usage = self.json("inspect", name)["usage"]
        assert (usage["volume_bytes"], usage["volume_files"]) == (1 << 20, 1), usage
        self.umber("start", name)
        self.umber("wait", name, code=edquot)
        roomier = self.started("-p", "volume:small:/data:rw", "--limit", "volume_bytes=2MiB", "fill")
        self.umber("wait", roomier, code=edquot)
        assert self.json("inspect", name)["usage"]["volume_bytes"] == 2 << 20

    def test_words_of_docker_in_short(self):
        talker = self.create("echo", "one", "two", "three")
        assert talker in self.umber("ps", "-aq").split() and talker not in self.umber("ps", "-q").split()
        assert self.umber("ps", "--all", "--quiet") == "".join(each["id"] + "\n" for each in self.json("ps", "-a", "--format", "json"))
        self.refused("wiat", "x", says='unknown command; did you mean "wait"?', code=2)
        self.umber("start", talker)
        self.umber("wait", talker)
        everything = self.umber("logs", talker).splitlines()
        assert len(everything) > 3 and self.umber("logs", "--tail", "1", talker).splitlines() == everything[-1:]
        assert self.umber("logs", "-n", "0", talker) == "" and self.umber("logs", "-n", "2", "--follow", talker).splitlines() == everything[-2:]
        assert self.umber("logs", "-n", "1000", talker).splitlines() == everything
        self.refused("logs", "-n", "many", talker, says="a number of lines")

    # -- Without a daemon ---------------------------------------------------------------------------------------------------

    def test_run_as_a_container(self):
        path = str(self.folder / "needy.wat")
        self.refused("run", path, says='"ocre_timer_create" is not granted; it needs timers[:COUNT]', code=125)
        self.refused("run", "-p", "timers", path, says='"ocre_publish_message" is not granted', code=125)
        self.refused("run", "-p", "timer", path, says='did you mean "timers"')
        self.umber("run", "-p", "timers", "-p", "publish:#", path)
        self.refused("run", "-p", "timers", "--timeout", "50ms", str(self.folder / "timed.wat"), says="deadline", code=134)
        self.refused("run", "-p", "timers", str(self.folder / "trap.wat"), says="wasm backtrace:", code=134)
        # With a permission it is a container, which may do nothing else.
        assert self.umber("run", "-p", "timers", str(self.folder / "hello.wat")) == self.umber("run", str(self.folder / "hello.wat"))
        (self.folder / "now.wat").write_text('''(module (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
            (func (export "_start")))''')
        self.umber("run", str(self.folder / "now.wat"))
        self.refused("run", "-p", "timers", str(self.folder / "now.wat"), says="needs clock", code=125)

    def test_run_as_a_container_reads_standard_input(self):
        path = self.folder / "upper.wat"
        path.write_text('''(module (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start") (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 64))
              (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
              (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))''')
        command = [self.build / "umber", "run", "-p", "timers", path]
        for words in (b"from a pipe\n", b""):
            assert subprocess.run(command, input=words, stdout=subprocess.PIPE, check=True).stdout == words
        # Waiting for input it is killed by its time like any other wait.
        with subprocess.Popen([*command[:4], "--timeout", "50ms", path], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as waiting:
            assert waiting.wait(timeout=60) == 134 and b"deadline" in waiting.stderr.read()

    def test_run_makes_an_imported_memory(self):
        (self.folder / "memory.wat").write_text('''(module (import "env" "memory" (memory 2 4)) (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (func (export "_start") (call $exit (memory.size))))''')
        self.umber("run", str(self.folder / "memory.wat"), code=2)

    # -- Updates ----------------------------------------------------------------------------------------------------------

    def update_of(self, name):
        return self.json("inspect", name)["update"]

    def test_update_proves_itself(self):
        name = self.started("--name", "service", "spin")
        assert self.update_of(name) is None
        self.refused("update", name, "nothing", says="no such image: nothing")
        self.refused("rollback", name, says="nothing to go back to")
        assert self.umber("update", "--probation", "100ms", "-t", "0s", name, "spin2") == "proven\n"
        details = self.json("inspect", name)
        assert details["image"] == "spin2" and details["state"] == "running" and details["update"]["previous"] == "spin", details
        self.refused("rmi", "spin2", says="used by the container")
        # What it ran before stays, although nothing names it any more, and comes back when asked for.
        module = self.call("GET", "/v1/images/inspect?name=spin")["module"]
        self.umber("rollback", "-t", "0s", name)
        details = self.json("inspect", name)
        assert details["image"] == "spin" and details["module"] == module and details["state"] == "running", details
        assert details["update"]["state"] == "rolled-back" and details["update"]["message"] == "asked for"
        self.refused("rollback", name, says="nothing to go back to")

    def test_update_keeps_the_old_blobs(self):
        (self.folder / "once.wat").write_text('(module (func (export "_start") (loop $l (br $l))) (func (export "once")))')
        self.umber("load", str(self.folder / "once.wat"))
        module = self.call("GET", "/v1/images/inspect?name=once")["module"]
        blob = self.folder / "root/blobs/sha256" / module[7:]
        name = self.started("once")
        self.umber("update", "--detach", "-t", "0s", name, "spin")
        self.umber("rmi", "once")
        assert blob.exists()
        self.umber("rollback", "-t", "0s", name)
        details = self.json("inspect", name)
        assert details["module"] == module and details["state"] == "running"
        self.umber("update", "--probation", "0s", "-t", "0s", name, "spin")
        self.umber("update", "--probation", "0s", "-t", "0s", name, "spin2")
        self.umber("load", str(self.folder / "once.wat"), "--name", "other")
        self.umber("rmi", "other")
        assert not blob.exists()  # two updates later nobody can go back to it

    def test_bad_updates_are_rolled_back(self):
        name = self.started("--name", "patient", "--restart", "always", "spin")
        for bad, why in (("trap", "unreachable"), ("exit7", "exited with code 7"), ("needy", "is not granted")):
            self.refused("update", "-t", "0s", name, bad, says=why)
            details = self.json("inspect", name)
            assert details["image"] == "spin" and details["state"] == "running", details
            assert details["update"]["state"] == "rolled-back" and details["update"]["image"] == bad
        events = [json.loads(line) for line in self.daemon.call("GET", "/v1/events?all=1&follow=0")[1].splitlines()]
        mine = [each["event"] for each in events if each.get("name") == "patient"]
        assert mine.count("updated") == 3 and mine.count("rolled-back") == 3, mine

    def test_update_changes_terms(self):
        name = self.create("-p", "timers", "-p", "random", "--memory", "1MiB", "--limit", "open_files=8", "spin")
        self.umber("start", name)
        before = self.json("inspect", name)
        self.refused("update", name, says="names an image, or permissions")
        self.refused("update", "--revoke", "timer", name, says='did you mean "timers"?')
        self.refused("update", "-p", "gpoi:0/1", name, says='did you mean "gpio"')
        self.refused("update", "--limit", "open_file=9", name, says='did you mean "open_files"?')
        self.refused("update", "--limit", "open_file=default", name, says='did you mean "open_files"?')
        self.refused("update", "--restart", "sometimes", name, says="unknown restart policy")
        assert self.json("inspect", name)["permissions"] == before["permissions"]
        self.umber("update", "--probation", "100ms", "-t", "0s", "--revoke", "random", "-p", "clock", "-p", "timers", "--memory", "2MiB", "--limit", "open_files=default",
                   "--limit", "log_bytes=64KiB", "--priority", "low", "--restart", "always", name)
        details = self.json("inspect", name)
        assert details["image"] == "spin" and details["state"] == "running" and details["update"]["state"] == "proven", details
        assert details["permissions"] == ["timers", "clock"] and details["restart"] == "always", details
        assert details["limits"] == {"memory_bytes": 2 << 20, "log_bytes": 64 << 10, "priority": "low"}, details
        self.umber("rollback", "-t", "0s", name)
        details = self.json("inspect", name)
        assert all(details[key] == before[key] for key in ("permissions", "limits", "restart", "image")), details

    def test_bad_terms_are_rolled_back(self):
        name = self.started("-p", "timers", "--restart", "on-failure", "timed")
        self.refused("update", "-t", "0s", "--revoke", "timers", name, says="is not granted")
        details = self.json("inspect", name)
        assert details["permissions"] == ["timers"] and details["update"]["state"] == "rolled-back" and details["state"] == "running", details
        # Also across a crash: the record that comes up has the new terms, and the old ones beside them.
        self.umber("update", "--detach", "--probation", "60s", "-t", "0s", "--limit", "open_files=9", name)
        self.daemon.kill()
        self.daemon.start()
        details = self.json("inspect", name)
        assert details["limits"] == {"open_files": 9} and details["state"] == "running" and details["update"]["state"] == "probation", details
        self.umber("rollback", "-t", "0s", name)
        assert self.json("inspect", name)["limits"] == {}

    def test_update_of_one_that_stands_still(self):
        name = self.create("spin")
        self.umber("update", name, "exit7")
        assert self.json("inspect", name)["image"] == "exit7" and self.state(name) == "created"
        self.umber("start", name)  # now it has to prove itself, and does not
        self.eventually(lambda: self.json("inspect", name)["image"] == "spin" and self.state(name) == "running", "rolled back")

    def test_what_a_stop_ends_is_no_failed_update(self):
        name = self.started("spin")
        self.umber("update", "--detach", "-t", "0s", name, "spin2")
        self.umber("kill", name)
        self.umber("wait", name, code=137)
        details = self.json("inspect", name)
        assert details["image"] == "spin2" and details["update"]["state"] == "probation", details

    def test_update_survives_the_daemon(self):
        name = self.started("spin")
        self.umber("update", "--detach", "--probation", "60s", "-t", "0s", name, "spin2")
        self.daemon.kill()
        self.daemon.start()
        details = self.json("inspect", name)
        assert details["image"] == "spin2" and details["update"]["state"] == "probation" and details["state"] == "running", details
        # A new image whose blob does not survive the night is no reason to stand still.
        self.daemon.kill()
        blob = self.folder / "root/blobs/sha256" / details["module"][7:]
        content = blob.read_bytes()
        blob.write_bytes(content[:-1] + b"x")
        self.daemon.start()
        blob.write_bytes(content)
        details = self.json("inspect", name)
        assert details["image"] == "spin" and details["state"] == "running" and "damaged" in details["update"]["message"], details

    # -- The interface itself ---------------------------------------------------------------------------------------------

    def test_every_fault_has_its_tests(self):
        text = (ROOT / "docs/faults.md").read_text()
        assert re.findall(r"^\| (\d+) \|", text, re.M) == [str(number) for number in range(1, 29)]
        sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*_test.cc"))
        known = {f"{suite}.{name}" for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", sources, re.M)}
        named = set(re.findall(r"`([A-Z]\w+\.\w+)`", text))
        assert len(named) > 25 and named <= known, named - known
        for path in re.findall(r"`([\w./-]+/[\w./-]+)`", text):
            assert (ROOT / path).exists(), path
        for test in re.findall(r"`(test_\w+)`", text):
            assert hasattr(self, test), test

    def test_openapi_describes_the_routes(self):
        source = (ROOT / "daemon/api.cc").read_text()
        routes = set()
        for method, raw, plain in re.findall(r'\b(Get|Post|Delete)\((?:R"\((.*?)\)"|"(.*?)"),', source):
            path = (raw or plain).replace("([^/]+)", "{container}")
            verbs = re.search(r"\((\w+(?:\|\w+)+)\)", path)
            for verb in verbs.group(1).split("|") if verbs else [""]:
                routes.add((method.upper(), path.replace(verbs.group(0), verb) if verbs else path))
        assert len(routes) > 15 and routes == self.description.operations(), routes ^ self.description.operations()

    def test_every_operation_answers_as_described(self):
        created = self.call("POST", "/v1/containers", {"image": "listener", "name": "described", "permissions": ["subscribe:news/#"]})
        self.call("GET", "/v1/version")
        self.call("GET", "/v1/images")
        self.call("POST", "/v1/images/load?name=described", b"\0asm\1\0\0\0")
        self.call("GET", "/v1/images/inspect?name=described")
        self.call("GET", "/v1/images/save?name=described")
        self.call("DELETE", "/v1/images?name=described")
        self.call("POST", "/v1/images/build?name=described", b"", status=400)
        base = f"/v1/containers/{created['id']}"
        for verb in ("start", "pause", "unpause", "restart", "stop", "start", "kill"):
            self.call("POST", f"{base}/{verb}")
        self.call("POST", f"{base}/update", {"image": "spin", "probation_ms": 1000})
        self.call("POST", f"{base}/update", {"image": "spin", "probation": 1000}, status=400)
        self.call("GET", base)
        self.call("POST", f"{base}/rollback?grace_ms=0")
        self.call("POST", f"{base}/wait?timeout_ms=5000")
        self.call("GET", base)
        self.call("GET", f"{base}/stats")
        self.call("GET", f"{base}/logs")
        self.call("GET", f"{base}/logs?follow=1")
        self.call("GET", "/v1/containers")
        self.call("GET", "/v1/events?all=1&follow=0")
        self.call("POST", "/v1/world", {"gpio": "1/2", "level": True})
        self.call("POST", "/v1/world", {"sensor": "nothing", "value": 1}, status=404)
        self.call("POST", f"{base}/wait?timeout_ms=x", status=400)
        self.call("DELETE", base)
        self.call("GET", base, status=404)
        patterns = [(method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$")) for method, path in self.description.operations()]
        unasked = [(m, p.pattern) for m, p in patterns if not any(m == method and p.match(path) for method, path in self.daemon.called)]
        assert not unasked, f"described and never asked: {unasked}"

    def test_hostile_requests(self):
        for body in (b"", b"{", b"[]", b"null", b'{"image":1}', b'{"image":"hello","args":"x"}', b'{"image":"hello","args":[1]}', b'{"image":"\xff"}'):
            self.call("POST", "/v1/containers", body, status=400)
        for body in (b"[]", b"7", b"{}", b'{"gpio":3}', b'{"gpio":"1/99999"}', b'{"topic":5}', b'{"sensor":"temperature","value":"hot"}'):
            status, _ = self.daemon.call("POST", "/v1/world", body)
            assert 400 <= status < 500, (body, status)
        for name in ("..", "a/../b", "%2e%2e", "x" * 300, "a%00b"):
            status, _ = self.daemon.call("GET", f"/v1/images/inspect?name={name}")
            assert status in (400, 404), (name, status)
        status, _ = self.daemon.call("POST", "/v1/images/load?name=bomb", b"\x1f\x8b\x08" + bytes(100))
        assert status == 400
        self.call("GET", "/v1/version")

    def test_no_daemon_is_a_sentence(self):
        self.refused("ps", "--socket", str(self.folder / "nothing"), says="cannot reach umberd: No such file or directory")

    def test_socket_is_for_owner_and_group(self):
        assert (os.stat(self.daemon.socket).st_mode & 0o777) == 0o660

    def test_second_daemon_on_the_same_folder_is_refused(self):
        second = subprocess.run([self.build / "umberd", "--root", str(self.folder / "root"), "--socket", str(self.folder / "other")], capture_output=True, text=True, timeout=30)
        assert second.returncode == 1 and "another umberd uses" in second.stderr, second.stderr

    def test_what_should_run_comes_up_again(self):
        runs, ends = self.started("--name", "runs", "spin"), self.started("--name", "ends", "exit7")
        self.umber("wait", ends, code=7)
        stopped = self.started("--name", "stopped", "spin")
        self.umber("stop", "-t", "0s", stopped)
        for number in (signal.SIGKILL, signal.SIGTERM):
            self.daemon.kill(number)
            self.daemon.start()
            states = {each["name"]: (each["state"], each.get("exit", {}).get("kind")) for each in self.json("ps", "-a", "--format", "json")}
            assert states["runs"][0] == "running" and states["ends"] == ("exited", "exited") and states["stopped"] == ("exited", "killed"), states
        self.umber("rm", "-f", runs, ends, stopped)

    def test_help_has_an_example_for_every_word(self):
        words = "run create start stop kill pause unpause restart rm ps logs inspect stats events wait images rmi load save build".split()
        for word in words:
            out = self.umber(word, "--help")
            assert "Example" in out and f"umber {word}" in out or word == "build", f"{word} --help: {out}"


    # -- Guests in C ------------------------------------------------------------------------------------------------------

    def compile(self, name):
        """An example, as its folder's README says; loaded under its name."""
        wasm = self.folder / f"{name}.wasm"
        source = ROOT / "examples/containers" / f"{name}.c"
        flags = ["--target=wasm32-wasi", "-O2", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "container/guest"]
        subprocess.run(["clang-19", *flags, source, "-o", wasm], check=True)
        self.umber("load", str(wasm))

    def test_example_blinky(self):
        self.compile("blinky")
        name = self.started("-p", "timers", "-p", "gpio:0/5:out", "blinky")
        self.eventually(lambda: self.umber("logs", name).count("led on") >= 2, "it blinks")
        self.umber("stop", name)
        log = self.umber("logs", name).splitlines()
        assert log[:3] == ["blinking", "led on", "led off"] and log[-1] == "stopped", log
        assert self.json("inspect", name)["exit"] == {"kind": "exited", "code": 0}
        refused = self.started("-p", "timers", "-p", "gpio:0/4:out", "blinky")
        self.umber("wait", refused, code=1)

    def test_example_messaging(self):
        self.compile("messaging")
        server = self.started("-p", "subscribe:sum/#", "-p", "publish:sum/#", "messaging", "answer")
        self.eventually(lambda: "ready" in self.umber("logs", server), "the server is ready")
        client = self.create("-p", "publish:sum/#", "-p", "subscribe:sum/#", "messaging", "ask", "20", "22")
        self.umber("start", client)
        self.umber("wait", client)
        assert self.umber("logs", client) == "20 + 22 = 42\n"
        self.umber("stop", server)
        assert self.umber("logs", server) == "ready\nanswered 42\n"

    def test_example_filesystem(self):
        self.compile("filesystem")
        name = self.create("-p", "volume:count:/data:rw", "filesystem")
        for number in (1, 2, 3):
            self.umber("start", name)
            self.umber("wait", name)
            assert self.umber("logs", name).endswith(f"run number {number}\n")
        self.umber("rm", name)
        other = self.started("-p", "volume:count:/data:rw", "filesystem")
        self.umber("wait", other)
        assert self.umber("logs", other) == "run number 4\n"
        reader = self.started("-p", "volume:count:/data:ro", "filesystem")
        self.umber("wait", reader, code=2)

    def test_example_echo_server(self):
        self.compile("echo-server")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        name = self.started("-p", f"listen:tcp:127.0.0.1:{port}", "echo-server")
        for size in (1, 1000, 100000):
            data = os.urandom(size)

            def connected():
                try:
                    return socket.create_connection(("127.0.0.1", port), timeout=10)
                except OSError:
                    return None

            self.eventually(lambda: connected() is not None, "it listens") if size == 1 else None
            with connected() as connection:
                sender = threading.Thread(target=lambda: (connection.sendall(data), connection.shutdown(socket.SHUT_WR)))
                sender.start()
                got = b""
                while piece := connection.recv(65536):
                    got += piece
                sender.join()
            assert got == data, (len(got), size)
        self.eventually(lambda: "echoed 100000 bytes" in self.umber("logs", name), "the server has told of it")
        self.umber("kill", name)

    def test_example_in_c(self):
        program = self.build / "examples/containers-in-c/umber_containers_in_c"
        files = []
        for guest in ("hello", "spin"):
            digest = self.call("GET", f"/v1/images/inspect?name={guest}")["module"]
            shutil.copy(self.folder / "root/blobs/sha256" / digest[7:], self.folder / f"c-{guest}")
            files.append(f"c-{guest}")
        done = subprocess.run([program, *files], cwd=self.folder, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0 and done.stdout.startswith("c-hello: hello\nworld\n"), done
        assert done.stdout.endswith("c-hello: exited, code 0\nc-spin: killed, code 137\n"), done.stdout
        assert subprocess.run([program, "nothing"], cwd=self.folder, capture_output=True).returncode == 1

    def complete(self, *words):
        line = " ".join(f"'{word}'" for word in ("umber", *words))
        script = f"umber() {{ {self.build}/umber \"$@\"; }}; source <(umber completion bash); COMP_WORDS=({line}); COMP_CWORD={len(words)}; _umber; echo ${{COMPREPLY[@]}}"
        environment = {**os.environ, "UMBER_SOCKET": self.daemon.socket}
        return subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True).stdout.split()

    def test_installed_files(self):
        prefix = self.folder / "installed"
        subprocess.run(["cmake", "--install", str(self.build), "--prefix", str(prefix), "--component", "containers"], check=True, capture_output=True)
        unit = (prefix / "lib/systemd/system/umberd.service").read_text()
        command = re.search(r"^ExecStart=(\S+)", unit, re.M).group(1)
        assert command.endswith("/bin/umberd") and "@" not in unit, unit
        if shutil.which("systemd-analyze"):
            checked = subprocess.run(["systemd-analyze", "verify", str(prefix / "lib/systemd/system/umberd.service")], capture_output=True, text=True)
            assert "Unknown" not in checked.stderr, checked.stderr
        assert json.loads((prefix / "share/umber/openapi.json").read_text()) == self.description.document
        assert "_umber" in (prefix / "share/bash-completion/completions/umber").read_text()
        assert (prefix / "share/zsh/site-functions/_umber").exists() and (prefix / "include/umber/guest/umber.h").exists()
        for manual, word in (("man1/umber.1", '.SH "umber update"'), ("man8/umberd.8", "\\-\\-root")):
            assert word in (prefix / "share/man" / manual).read_text(), manual
        for tool in ("umber", "umberd"):
            assert subprocess.run([prefix / "bin" / tool, "--help"], capture_output=True).returncode == 0

    def test_completion(self):
        self.create("--name", "completed", "hello")
        assert sorted(self.complete("st")) == ["start", "stats", "stop"]
        assert self.complete("create", "--mem") == ["--memory"]
        assert sorted(self.complete("logs", "--f")) == ["--follow", "--format"]
        assert self.complete("start", "comp") == ["completed"]
        assert self.complete("rmi", "hel") == ["hello"]
        assert self.complete("create", "hel") == ["hello"]
        self.refused("completion", "fish", says="fish", code=2)

    def test_completion_zsh(self):
        script = self.folder / "_umber"
        script.write_text(self.umber("completion", "zsh"))
        assert script.read_text().startswith("#compdef umber\n")
        if shutil.which("zsh") is None:
            return "skipped: no zsh"
        subprocess.run(["zsh", "-n", script], check=True)
        setup = f"autoload -U compinit; compinit -D -u; source {script}; (( $+functions[_umber] )) && print $_comps[umber]"
        assert subprocess.run(["zsh", "-fc", setup], capture_output=True, text=True).stdout.strip() == "_umber"


def main():
    build, words = Path(sys.argv[1]).resolve(), sys.argv[2:]
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory() as folder:
        tests = Tests(build, Path(folder))
        for name in [each for each in dir(Tests) if each.startswith("test_")]:
            if words and not any(word in name for word in words):
                continue
            try:
                outcome = getattr(tests, name)()
                skipped += outcome is not None
                passed += outcome is None
                print(name.removeprefix("test_"), outcome or "ok", flush=True)
            except Exception:
                failed += 1
                print(f"{name.removeprefix('test_')} FAILED\n{traceback.format_exc()}", flush=True)
            tests.clean()
        tests.daemon.kill(signal.SIGTERM)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
