"""What the daemon's tests share: an umberd of their own in a temporary folder, requests over its socket, `umber` commands against it,
and a checker that holds every answer against daemon/openapi.json.
"""

import http.client
import json
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OPENAPI = ROOT / "daemon/openapi.json"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("umber", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


class Description:
    """daemon/openapi.json, and whether an answer is as it says."""

    def __init__(self):
        self.document = json.loads(OPENAPI.read_text())
        self.paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in self.document["paths"]]

    def operations(self) -> set:
        return {(method.upper(), path) for path, item in self.document["paths"].items() for method in item if method != "parameters"}

    def check(self, method: str, target: str, status: int, content_type: str, body: bytes) -> None:
        path = target.split("?")[0]
        template = next((name for pattern, name in self.paths if pattern.match(path)), None)
        assert template is not None, f"openapi.json has no path for {path}"
        operation = self.document["paths"][template].get(method.lower())
        assert operation is not None, f"openapi.json has no {method} {template}"
        response = operation["responses"].get(str(status)) or operation["responses"].get("default" if status >= 400 else "")
        assert response is not None, f"openapi.json: {method} {template} has no answer {status}"
        response = self.resolve(response)
        kind = content_type.split(";")[0]
        assert kind in response["content"], f"openapi.json: {method} {template}: {kind} is not among {list(response['content'])}"
        schema = response["content"][kind].get("schema", {})
        if kind == "application/json":
            self.validate(json.loads(body), schema, f"{method} {template}")
        if kind == "application/x-ndjson":
            for line in body.splitlines():
                self.validate(json.loads(line), schema, f"{method} {template}")

    def resolve(self, node: dict) -> dict:
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def validate(self, value, schema: dict, where: str) -> None:
        """The part of JSON Schema that the file uses."""
        schema = self.resolve(schema)
        if "oneOf" in schema:
            for each in schema["oneOf"]:
                try:
                    return self.validate(value, each, where)
                except AssertionError:
                    pass
            raise AssertionError(f"{where}: {value!r} is none of the alternatives")
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
        wanted = schema.get("type")
        if wanted is not None:
            wanted = wanted if isinstance(wanted, list) else [wanted]
            fits = any(isinstance(value, kinds[kind]) and not (kind == "integer" and isinstance(value, bool)) for kind in wanted)
            assert fits, f"{where}: {value!r} is not of type {wanted}"
        if "enum" in schema:
            assert value in schema["enum"], f"{where}: {value!r} is not in {schema['enum']}"
        if isinstance(value, dict):
            for name in schema.get("required", []):
                assert name in value, f"{where}: {name} is missing in {value}"
            properties = schema.get("properties", {})
            for name, each in value.items():
                assert name in properties or schema.get("additionalProperties", True), f"{where}: {name} is not described"
                if name in properties:
                    self.validate(each, properties[name], f"{where}.{name}")
        if isinstance(value, list) and "items" in schema:
            for each in value:
                self.validate(each, schema["items"], f"{where}[]")


class Daemon:
    """umberd in a folder. `description`: hold its answers against that."""

    def __init__(self, binary, folder: Path, description: Description | None = None):
        self.binary, self.folder, self.socket = str(binary), folder, str(folder / "socket")
        self.description = description
        self.process = None
        self.called = set()

    def start(self):
        self.process = subprocess.Popen([self.binary, "--root", str(self.folder / "root"), "--socket", self.socket])
        for _ in range(2000):
            try:
                return self.call("GET", "/v1/version")
            except OSError:
                time.sleep(0.005)
        raise SystemExit("the daemon does not come up")

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait()

    def call(self, method: str, path: str, body=None):
        """Status, and what the JSON says (bytes for anything else)."""
        connection = UnixConnection(self.socket)
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        connection.request(method, path, body=data)
        reply = connection.getresponse()
        content, kind = reply.read(), reply.headers.get("Content-Type", "")
        connection.close()
        if self.description is not None:
            self.description.check(method, path, reply.status, kind, content)
            self.called.add((method, path.split("?")[0]))
        return reply.status, json.loads(content or b"null") if kind.startswith("application/json") else content
