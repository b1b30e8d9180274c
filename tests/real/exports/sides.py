"""The two sides: extensions in the sandbox here, and their exports in a real Directus."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import httpx
from scopebox import Sandbox, Store
from scopebox.errors import ScopeboxError

from tests.real.exports.cells import COLLECTION, OTHER, Cell
from tests.real.exports.requests import Request

FIELDS: Final = {
    COLLECTION: {"title": "string", "body": "text", "status": "string", "price": "integer"},
    OTHER: {"name": "string"},
}
SERVED: Final = ("exported-mark", "exported-mixed")  # operations that take address and token as options
SETTLED: Final = 1.0  # seconds until actions have ended
_LOGGED: Final = re.compile(r"^\[[\d:.]+\] INFO: (.*)$", re.MULTILINE)
_COLOURS: Final = re.compile("\x1b\\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body, JSON where it is."""

    status: int
    body: object


class Side(Protocol):
    """Where requests are answered."""

    def ask(self, request: Request) -> Answer:
        """Send a request, or run an operation."""


def answer_of(response: httpx.Response) -> Answer:
    """Return what a response says, but for what only one side can say."""
    try:
        body: object = json.loads(response.text)
    except ValueError:
        body = response.text
    return Answer(response.status_code, body)


class Here:
    """The sandbox."""

    def __init__(self, cells: Iterable[Cell], foreign: str) -> None:
        store = Store.sample()
        for name, fields in FIELDS.items():
            store.create_collection(name, fields)
        self._token = next(
            user.token
            for user in store.access.users.values()
            if user.token and store.access.for_token(user.token).admin
        )
        self.box = Sandbox(store, allow_private_network=True)
        for cell in cells:
            self.box.load(cell.source.replace("FOREIGN", foreign), name=cell.name, language=cell.language)

    def ask(self, request: Request) -> Answer:
        if request.stated is not None:
            return Answer(*request.stated)
        if request.operation:
            try:
                return Answer(200, self.box.run_operation(request.operation, request.body))
            except ScopeboxError:
                return Answer(200, {})  # what a flow that failed answers
        headers = {"Authorization": f"Bearer {self._token}", **request.headers}
        return answer_of(self.box.request(request.method, request.path, json=request.body, headers=headers))

    @property
    def logged(self) -> list[tuple[str, str]]:
        """The lines that extensions logged, each behind the name of its extension."""
        return [(record.extension, record.message) for record in self.box.log if record.level == "info"]

    def close(self) -> None:
        self.box.close()
        self.box.store.close()


class There:
    """A real Directus, whose administrator has ``token``, and which writes its log to the file ``log``.

    The collections are made anew and taken away in the end.
    """

    def __init__(self, url: str, token: str, log: Path | None) -> None:
        self._log = log
        self._log_bytes = 0  # before anything was asked
        self._server: dict[str, object] = {"directus_url": url, "directus_token": token}
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def prepare(self) -> None:
        """Make the collections."""
        self.clear()
        for name, fields in FIELDS.items():
            made = [{"field": "id", "type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}]
            made += [{"field": field, "type": kind, "schema": {}} for field, kind in fields.items()]
            self._client.post("/collections", json={"collection": name, "fields": made, "schema": {}, "meta": {}}).raise_for_status()  # fmt: skip
        self._log_bytes = self._log.stat().st_size if self._log is not None else 0

    def clear(self) -> None:
        """Take away what this made."""
        for name in FIELDS:
            self._client.delete(f"/collections/{name}")

    def wait(self, seconds: float = 60) -> None:
        """Wait until it answers."""
        end = time.monotonic() + seconds
        while True:
            try:
                if self._client.get("/server/ping").text == "pong":
                    return
            except httpx.TransportError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.5)

    def ask(self, request: Request) -> Answer:
        if request.operation:
            return self._run(request)
        path = request.there or request.path
        return answer_of(self._client.request(request.method, path, json=request.body, headers=request.headers))

    @property
    def logged(self) -> list[str] | None:
        """The lines that extensions logged since it was prepared: those that are no line of the server itself. None where nobody said where."""
        if self._log is None:
            return None
        text = self._log.read_bytes()[self._log_bytes :].decode("utf-8", "replace")
        return _LOGGED.findall(_COLOURS.sub("", text))

    def _run(self, request: Request) -> Answer:
        """Run an operation by a flow that a request triggers."""
        own = self._server if request.operation in SERVED else {}
        options = {**(request.body if isinstance(request.body, dict) else {}), **own}
        flow = self._client.post(
            "/flows",
            json={
                "name": request.operation, "status": "active", "trigger": "webhook",
                "options": {"method": "POST", "async": False, "return": "$last"},
            },
        ).raise_for_status().json()["data"]["id"]  # fmt: skip
        operation = {
            "flow": flow,
            "key": "run",
            "name": "run",
            "type": request.operation,
            "position_x": 1,
            "position_y": 1,
        }
        made = (
            self._client.post("/operations", json={**operation, "options": options})
            .raise_for_status()
            .json()["data"]["id"]
        )
        self._client.patch(f"/flows/{flow}", json={"operation": made}).raise_for_status()
        response = self._client.post(f"/flows/trigger/{flow}", json={})
        self._client.delete(f"/flows/{flow}")
        return answer_of(response)


def export(box: Sandbox, cells: Iterable[Cell], folder: Path, url: str, token: str) -> list[Path]:
    """Export extensions into the folder that a Directus loads them from, and give those that ask for one the token."""
    written = []
    for cell in cells:
        report = box.export(cell.name, folder if cell.split else folder / cell.name, force=True, url=url)
        if report.stubs:  # what it does here is not what it does there
            box.unload(cell.name)
        for package in report.packages:
            written.append(package.folder)
            for path in (package.folder / "dist").glob("*.js"):
                text = path.read_text("utf-8")
                path.write_text(text.replace("\ttoken: '',\n}", f"\ttoken: {json.dumps(token)},\n}}"), "utf-8")
    return written
