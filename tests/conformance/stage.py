"""Where sandboxed cases are played: a sandbox, what asks it, and how its answers and its log are compared with the recorded ones."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field, replace
from typing import Final, cast

import httpx
from scopebox.errors import ScopeboxError
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName
from scopebox.network.requester import Requester
from scopebox.sandbox.sandbox import Sandbox
from scopebox.store.store import Store

from tests.conformance import sequences
from tests.conformance.cases import Json
from tests.isolates import until

SCOPES: Final[Json] = {
    "log": {},
    "sleep": {},
    "request": {
        "methods": ["GET", "POST"],
        "urls": ["http://server.test/*", "http://closed.test/*", "http://example.invalid/*"],
    },
}
KNOWN: Final = {
    "id", "category", "scopes", "role", "method", "path", "body", "handler", "call", "caught_by_handler", "code", "extension_type",
    "step", "mode", "expect", "log", "seconds", "state_after", "denied_addresses",
}  # fmt: skip
# What the recording itself leaves out.
MASKED: Final = ((re.compile(r'^((?:Type)?Error: )?Requested domain "[^"]*"'), r'\1Requested domain "<host>"'),)
# Python says some things in other words than JavaScript, and has no name of an error before its message.
SAME_MEANING: Final = (
    (re.compile(r"^(?:Type)?Error: "), ""),
    *MASKED,
    (re.compile(r"^name '(\w+)' is not defined.*", re.DOTALL), r"\1 is not defined"),
    (re.compile(r"^.* could not be cloned\.$", re.DOTALL), "<value> could not be cloned."),
)
WORDS: Final = {"python": SAME_MEANING, "js": MASKED}


class Wrong(Exception):  # noqa: N818 - says what a case came to
    """An answer that is not the recorded one."""


class Untold(Exception):  # noqa: N818 - says what the recording leaves out
    """A case that cannot be played: it does not say what ran, or that cannot be said in the language."""


class Network(httpx.AsyncBaseTransport):
    """Stands for the network of the recording: a server with the items API, and names that lead nowhere."""

    def __init__(self) -> None:
        self.app: httpx.ASGITransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        assert self.app is not None
        if request.url.host != "server.test":
            raise httpx.ConnectError(f"getaddrinfo ENOTFOUND {request.url.host}")
        if request.url.path == "/users/me":
            return httpx.Response(401, json={"errors": []})
        return await self.app.handle_async_request(request)


@dataclass
class Stage:
    """A sandbox for one case. ``head`` stands before the source of every extension."""

    store: Store
    pool: IsolatePool
    case: Json
    language: LanguageName
    head: str
    box: Sandbox = field(init=False)

    def __post_init__(self) -> None:
        network = Network()
        self.box = Sandbox(self.store, pool=self.pool, transport=network)
        network.app = httpx.ASGITransport(self.box.app)
        resolve = _nowhere if "example.invalid" in str(self.case.get("call")) else None
        resolve = _loopback if self.case.get("denied_addresses") == "default" else resolve
        if resolve is not None:
            requester = Requester(self.box.settings, mocks=self.box.mocks, secrets=self.box.secrets, resolve=resolve)
            self.box.services = replace(self.box.services, requester=requester)

    def load(self, name: str, kind: str, source: str, scopes: object = "full") -> None:
        """Load ``source`` as a sandboxed extension."""
        manifest = {
            "name": name,
            "directus:extension": {
                "type": kind,
                "host": "^11.0.0",
                "sandbox": {"enabled": True, "requestedScopes": SCOPES if scopes == "full" else scopes},
            },
        }
        self.box.load(self.head + source, name=name, manifest=manifest, language=self.language)

    async def settle(self) -> None:
        """Wait until nothing runs in any extension."""
        await until(lambda: not any(isolate.invocations for isolate in self.pool.isolates))

    def request(self, path: str, method: str = "GET") -> httpx.Response:
        """Send the request of the case."""
        user = self.store.access.users.get(str(self.case.get("role", "admin")))
        headers = {"x-recorded": "yes"}
        if user is not None and user.token:
            headers["authorization"] = f"Bearer {user.token}"
        body = self.case.get("body")
        if body is None:
            return self.box.request(method, path, headers=headers)
        return self.box.request(method, path, headers=headers, json=body)

    def play_step(self) -> Json:
        """Send the request of the case that changes or reads items; return its answer when all that it caused has ended."""

        async def play() -> Json:
            transport = httpx.ASGITransport(self.box.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=None) as client:
                step, role = cast("Json", self.case["step"]), str(self.case["role"])
                answer = await sequences.send(client, step, sequences.token_of(self.store, role))
                await self.settle()
                return sequences.answer_of(answer)

        return asyncio.run(play())

    # comparing

    def meaning(self, message: object) -> str:
        """Return a message in the words that the recording and the language share."""
        text = str(message)
        for pattern, words in WORDS[self.language]:
            text = pattern.sub(words, text)
        return text

    def same(self, wanted: object, found: object) -> bool:
        """Whether two answers mean the same."""
        if isinstance(wanted, str) and wanted.startswith("<header names"):
            return isinstance(found, dict) and all(isinstance(value, str) for value in found.values())
        if isinstance(wanted, dict) and isinstance(found, dict):
            return wanted.keys() == found.keys() and all(self.same(value, found[key]) for key, value in wanted.items())
        if isinstance(wanted, list) and isinstance(found, list):
            return len(wanted) == len(found) and all(map(self.same, wanted, found))
        if isinstance(wanted, str) and isinstance(found, str):
            return self.meaning(wanted) == self.meaning(found)
        return sequences.same(wanted, found)

    def check_answer(self, response: httpx.Response) -> None:
        """Raise Wrong unless ``response`` is what was recorded."""
        expect = cast("Json", self.case["expect"])
        if expect.get("connection_closed"):
            if response.status_code != 500:
                raise Wrong(f"status {response.status_code} instead of a 500 from a host that lives on")
            return
        if response.status_code != expect["status"]:
            raise Wrong(f"status {response.status_code} instead of {expect['status']}: {response.text[:300]}")
        wanted = expect["body"]
        as_text = not response.text or (isinstance(wanted, dict) and set(wanted) == {"text"})
        found: object = {"text": response.text} if as_text else response.json()
        if not self.same(wanted, found):
            raise Wrong(f"{json.dumps(found)[:500]} instead of {json.dumps(wanted)[:500]}")

    def check_step(self, answer: Json) -> None:
        """Raise Wrong unless ``answer`` and what stands in the store are what was recorded."""
        expect = cast("Json", self.case["expect"])
        if not self.same(_short(expect), _short(answer)):
            raise Wrong(f"{json.dumps(answer)[:500]} instead of {json.dumps(expect)[:500]}")
        state = cast("list[Json] | None", self.case.get("state_after"))
        if state is not None:
            fields = ["id", "title", "body", "published_at"]
            query = {"fields": fields, "filter": {"id": {"_gt": 60}}, "limit": -1}
            rows = Sandbox(self.store, pool=self.pool).items("articles", role=None).read(query)
            if not self.same(state, rows):
                raise Wrong(f"{rows} stands in the store instead of {state}")

    def check_log(self) -> None:
        """Raise Wrong unless everything that was logged is in the log, in that order."""
        lines = iter([f"{record.level.upper()}: {self.meaning(record.message)}" for record in self.box.log])
        for wanted in cast("list[str]", self.case.get("log") or []):
            level, _, message = wanted.partition(": ")
            text = f"{level}: {self.meaning(message)}"
            if not any(_logged(text, line) for line in lines):
                there = [f"{record.level}: {record.message[:200]}" for record in self.box.log]
                raise Wrong(f"{wanted[:300]!r} is not in the log, or out of order: {there}")

    def check_operation(self, name: str, options: Json) -> None:
        """Run an operation; Wrong unless it comes to the recorded result, or is rejected where that was recorded."""
        body = cast("Json", cast("Json", self.case["expect"])["body"])
        try:
            result = self.box.run_operation(name, options)
        except ScopeboxError as error:
            if "rejected" not in body:
                raise Wrong(f"{error} instead of {body}") from error
            return
        if "rejected" in body or not self.same(body[name], result):
            raise Wrong(f"{result} instead of {body}")

    def check_registering(self, message: str) -> None:
        """Raise Wrong unless ``message`` says why an extension could not be registered as was recorded."""
        wanted = cast("list[str]", cast("Json", self.case["expect"])["log"])[1].removeprefix("WARN: ")
        if self.meaning(message).partition(". It used")[0].rstrip(".") != self.meaning(wanted).rstrip("."):
            raise Wrong(f"{message!r} instead of {wanted!r}")


async def _nowhere(host: str, port: int) -> list[str]:
    raise OSError("no such name")


async def _loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def _short(answer: Json) -> Json:
    """Return an answer without the extensions of an error."""
    error = answer.get("error")
    return (
        {"error": {name: error[name] for name in ("status", "code", "message")}} if isinstance(error, dict) else answer
    )


def _logged(wanted: str, line: str) -> bool:
    """Whether ``line`` is what was recorded: JSON by value, and what the recording cut by its beginning."""
    head, space, data = wanted.partition(" [" if " [" in wanted else " {")
    if not head.startswith("INFO: sbx ") or not line.startswith(head):
        return line == wanted
    try:
        return sequences.same(json.loads(space[1:] + data), json.loads(line.removeprefix(head)))
    except ValueError:
        return line.startswith(wanted)
