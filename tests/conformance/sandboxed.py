"""Sandboxed extensions: the recorded JavaScript, translated, in a real isolate, against the recorded answers.

Three things differ by decision, and are checked as decided: nothing that an extension does takes the host down (a 500 where
the recording says that the server died), ``None`` from a filter leaves the payload as it is, and a manifest with a scope that
does not exist is refused. Cases that read the globals of a JavaScript engine are left out, and counted as such.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, cast

import httpx
from scopebox.errors import ScopeboxError
from scopebox.isolate.pool import IsolatePool
from scopebox.network.requester import Requester
from scopebox.sandbox.sandbox import Sandbox
from scopebox.store.store import Store

from tests.conformance import javascript, sequences
from tests.conformance.cases import Json, cases
from tests.conformance.javascript import PRELUDE, Untranslatable
from tests.conformance.report import Report
from tests.isolates import until

SCOPES: Final[Json] = {
    "log": {},
    "sleep": {},
    "request": {
        "methods": ["GET", "POST"],
        "urls": ["http://server.test/*", "http://closed.test/*", "http://example.invalid/*"],
    },
}
HEAD: Final = (
    "from directus.api import log, sleep, request\nimport json\nU = 'http://server.test/server/ping'\n" + PRELUDE
)

ECHO: Final = """
def echo(*args):
    request, *_ = args
    return {"status": 200, "body": {
        "n": len(args), "keys": sorted(request), "url": request["url"], "body": request["body"],
        "header_x": request["headers"].get("x-recorded"),
    }}
"""

LIMITS: Final = {
    "loop": "    while True:\n        pass",
    "recursion": "    def deeper():\n        return deeper() + 1\n    deeper()",
    "rangeerror": "    raise ValueError('out of range')",
    "membuf": "    kept = []\n    while True:\n        kept.append(bytes(10 ** 7))",
    "memory": "    kept = []\n    while True:\n        kept.append('x' * 10 ** 6)",
}

OPERATIONS: Final = {
    "echo": "return {'n': len(args), 'options': args[0]}",
    "undefined": "return",
    "null": "return None",
    "number": "return 5",
    "string": "return 'text'",
    "throw": "raise ValueError('operation boom')",
    "throwstr": "raise Exception('a string')",
    "throwobj": "raise js_thrown({'message': 'obj'})",
    "sleep": "await sleep(1)",
    "log": "log('x')",
    "loop": "\n    while True:\n        pass",
    "fn": "return lambda: 1",
}

REGISTRATIONS: Final = {
    "throw new Error('register boom') while registering": "    raise js_error('register boom')",
    "endless loop while registering": "    while True:\n        pass",
}

HOOKS: Final = """
def noted(what):
    def handler(value):
        log(f"sbx {what} {js_json([value] if what.startswith('action') else value)}")
    return handler

def changed(payload):
    return {**payload, "body": "sbx:" + js_json(payload)}

def default(filter, action):
    filter("articles.items.create", created)
    filter("articles.items.update", changed)
    filter("articles.items.delete", noted("filter delete"))
    filter("articles.items.query", noted("filter query"))
    filter("articles.items.read", noted("filter read"))
    for event in ("create", "update", "delete"):
        action("articles.items." + event, noted("action " + event))
"""

# Python says some things in other words than JavaScript.
SAME_MEANING: Final = (
    (re.compile(r"^name '(\w+)' is not defined.*", re.DOTALL), r"\1 is not defined"),
    (re.compile(r"^.* could not be cloned\.$", re.DOTALL), "<value> could not be cloned."),
    (re.compile(r'^Requested domain "[^"]*"'), 'Requested domain "<host>"'),
)
KNOWN: Final = {
    "id", "category", "scopes", "role", "method", "path", "body", "handler", "call", "caught_by_handler", "code", "extension_type",
    "step", "mode", "expect", "log", "seconds", "state_after", "denied_addresses",
}  # fmt: skip


class Wrong(Exception):  # noqa: N818 - says what a case came to
    """An answer that is not the recorded one."""


def meaning(message: object) -> str:
    """Return a message in words that both languages share."""
    text = str(message)
    for pattern, words in SAME_MEANING:
        text = pattern.sub(words, text)
    return text


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
    """A sandbox for one case, and what asks it."""

    store: Store
    pool: IsolatePool
    case: Json
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
        self.box.load(HEAD + source, name=name, manifest=manifest)

    def endpoint(self, path: str, function: str, *, method: str = "GET", scopes: object = "full") -> None:
        """Load an extension with one route, whose handler ``function`` defines as ``handler``."""
        name, _, rest = path.removeprefix("/").partition("/")
        route = "/" + rest.partition("?")[0]
        source = f"{function}\ndef default(router):\n    router.{method.lower()}({route!r}, handler)\n"
        self.load(name, "endpoint", source, scopes)

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


async def _nowhere(host: str, port: int) -> list[str]:
    raise OSError("no such name")


async def _loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def check_answer(response: httpx.Response, expect: Json) -> None:
    """Raise Wrong unless ``response`` is what was recorded."""
    if expect.get("connection_closed"):
        if response.status_code != 500:
            raise Wrong(f"status {response.status_code} instead of a 500 from a host that lives on")
        return
    if response.status_code != expect["status"]:
        raise Wrong(f"status {response.status_code} instead of {expect['status']}: {response.text[:300]}")
    wanted = expect["body"]
    if isinstance(wanted, dict) and set(wanted) == {"text"}:
        found: object = {"text": response.text}
    else:
        found = response.json()
    if not same(wanted, found):
        raise Wrong(f"{json.dumps(found)[:500]} instead of {json.dumps(wanted)[:500]}")


def same(wanted: object, found: object) -> bool:
    """Whether two answers mean the same."""
    if isinstance(wanted, str) and wanted.startswith("<header names"):
        return isinstance(found, dict) and all(isinstance(value, str) for value in found.values())
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(same(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(same, wanted, found))
    if isinstance(wanted, str) and isinstance(found, str):
        return any(meaning(cut(wanted)) == meaning(cut(text)) for text in (found,))
    return sequences.same(wanted, found)


def cut(text: str) -> str:
    """Return a caught error without the name that JavaScript puts before it."""
    return text.removeprefix("Error: ").removeprefix("TypeError: ")


def check_log(stage: Stage) -> None:
    """Raise Wrong unless everything that was logged is in the log, in that order."""
    lines = iter([f"{record.level.upper()}: {meaning(record.message)}" for record in stage.box.log])
    for wanted in cast("list[str]", stage.case.get("log") or []):
        level, _, message = wanted.partition(": ")
        text = f"{level}: {meaning(message)}"
        if not any(_logged(text, line) for line in lines):
            there = [f"{record.level}: {record.message[:200]}" for record in stage.box.log]
            raise Wrong(f"{wanted[:300]!r} is not in the log, or out of order: {there}")


def _logged(wanted: str, line: str) -> bool:
    """Whether ``line`` is what was recorded: JSON by value, and what the recording cut by its beginning."""
    head, space, data = wanted.partition(" [" if " [" in wanted else " {")
    if not head.startswith("INFO: sbx ") or not line.startswith(head):
        return line == wanted
    try:
        return sequences.same(json.loads(space[1:] + data), json.loads(line.removeprefix(head)))
    except ValueError:
        return line.startswith(wanted)


def play_endpoint(stage: Stage) -> None:
    """A route of an extension."""
    case = stage.case
    path, method = str(case["path"]), str(case["method"])
    name, _, rest = path.removeprefix("/").partition("/")
    if name.startswith("bad-"):
        _load_bad(stage, name)
    elif "handler" in case:
        stage.endpoint(path, javascript.function(str(case["handler"]), "handler"), method=method, scopes=case["scopes"])
    elif rest.startswith("echo"):
        stage.endpoint(path, f"{ECHO}\nhandler = echo", method=method, scopes=case["scopes"])
    else:
        stage.endpoint(f"/{name}/ok", "def handler(request):\n    return {'status': 200, 'body': 'ok'}")
    check_answer(stage.request(path, method), cast("Json", case["expect"]))


def _load_bad(stage: Stage, name: str) -> None:
    """Load an extension that cannot be registered; nothing of it may answer."""
    sources = {
        "bad-throw": "def default(router):\n    raise js_error('register boom')\n",
        "bad-handler": "def default(router):\n    router.get('/x', 5)\n",
        "bad-export": "x = 1\n",
    }
    if name not in sources:
        raise Untranslatable(name)
    try:
        stage.load(name, "endpoint", sources[name])
    except ScopeboxError:
        return
    raise Wrong(f"{name} was loaded")


def play_sdk(stage: Stage) -> None:
    """A call of a function of ``directus:api``, caught by the handler or not."""
    if any("sbx action" in line for line in cast("list[str]", stage.case.get("log") or [])):
        stage.load("sbx-hook", "hook", "def created(payload):\n    return None\n" + HOOKS)
    call = javascript.expression(str(stage.case["call"]))
    result = f"    result = await {call}\n    result = 'undefined' if result is None else result\n"
    if stage.case["caught_by_handler"]:
        inner = result.replace("    result", "        result")
        body = (
            f"    try:\n{inner}        return {{'status': 200, 'body': {{'ok': result}}}}\n"
            "    except Exception as e:\n"
            "        return {'status': 200, 'body': {'caught': js_string(e), 'name': js_name(e), 'message': str(e),"
            " 'isError': False, 'keys': []}}\n"
        )
    else:
        body = f"{result}    return {{'status': 200, 'body': result}}\n"
    stage.endpoint(str(stage.case["path"]), f"async def handler(incoming):\n{body}", scopes=stage.case["scopes"])
    check_answer(stage.request(str(stage.case["path"])), cast("Json", stage.case["expect"]))


def play_hook(stage: Stage) -> None:
    """A filter on ``articles.items.create``, beside hooks that only note what they see."""
    body = str(stage.case.get("handler", "return;"))
    stage.load("sbx-hook", "hook", javascript.statements(body, "async def created(payload):") + HOOKS)
    step = cast("Json", stage.case["step"])

    async def send() -> Json:
        transport = httpx.ASGITransport(stage.box.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=None) as client:
            answer = await sequences.send(client, stage.store, step, str(stage.case["role"]))
            await stage.settle()  # the actions that it caused
            return sequences.answer_of(answer)

    answer = asyncio.run(send())
    expect = cast("Json", stage.case["expect"])
    state = cast("list[Json] | None", stage.case.get("state_after"))
    if body.strip() == "return null;":  # None means unchanged, by decision
        if "data" not in answer:
            raise Wrong(f"{answer} instead of an unchanged item")
        return
    if not same(_short(expect), _short(answer)):
        raise Wrong(f"{json.dumps(answer)[:500]} instead of {json.dumps(expect)[:500]}")
    if state is not None:
        fields = ["id", "title", "body", "published_at"]
        query = {"fields": fields, "filter": {"id": {"_gt": 60}}, "limit": -1}
        rows = Sandbox(stage.store, pool=stage.pool).items("articles", role=None).read(query)
        if not same(state, rows):
            raise Wrong(f"{rows} stands in the store instead of {state}")


def _short(answer: Json) -> Json:
    """Return an answer without the extensions of an error."""
    error = answer.get("error")
    return (
        {"error": {name: error[name] for name in ("status", "code", "message")}} if isinstance(error, dict) else answer
    )


def play_operation(stage: Stage) -> None:
    """An operation in a flow: its result, or that it was rejected."""
    mode = str(stage.case["mode"])
    if mode not in OPERATIONS:
        raise Untranslatable(f"the operation {mode}")
    source = f"async def handler(*args):\n    {OPERATIONS[mode]}\ndefault = {{'id': 'sbx', 'handler': handler}}\n"
    stage.load("sbx-operation", "operation", source, stage.case["scopes"])
    body = cast("Json", cast("Json", stage.case["expect"])["body"])
    try:
        result = stage.box.run_operation("sbx", {"mode": mode, "x": [1, {"y": None}]})
    except ScopeboxError as error:
        if "rejected" not in body:
            raise Wrong(f"{error} instead of {body}") from error
        return
    if "rejected" in body or not same(body["sbx"], result):
        raise Wrong(f"{result} instead of {body}")


def play_limits(stage: Stage) -> None:
    """A handler that runs into a limit."""
    path = str(stage.case["path"])
    what = path.rpartition("/")[2]
    if what not in LIMITS:
        raise Untranslatable(path)
    stage.endpoint(path, f"def handler(request):\n{LIMITS[what]}")
    check_answer(stage.request(path), cast("Json", stage.case["expect"]))


def play_register(stage: Stage) -> None:
    """Code that cannot be registered: the message, and a host that goes on."""
    code, kind = str(stage.case["code"]), str(stage.case["extension_type"])
    wanted = cast("list[str]", cast("Json", stage.case["expect"])["log"])[1].removeprefix("WARN: ")
    try:
        if code == "manifest asks for request method HEAD":
            stage.load("sbx-register", kind, "", {"request": {"methods": ["HEAD"], "urls": ["https://*"]}})
        else:
            stage.load("sbx-register", kind, _registering(code, kind))
    except ScopeboxError as error:
        if code.startswith("manifest"):
            return
        if meaning(error.message).partition(". It used")[0].rstrip(".") != meaning(wanted).rstrip("."):
            raise Wrong(f"{error.message!r} instead of {wanted!r}") from error
        return
    raise Wrong("it was registered")


def _registering(code: str, kind: str) -> str:
    head = {"endpoint": "def default(router):", "hook": "def default(filter, action):"}.get(kind, "")
    if code == "no default export":
        return "x = 1\n"
    if code in REGISTRATIONS:
        return f"{head}\n{REGISTRATIONS[code]}\n"
    name = code.partition("(")[0]
    if kind == "hook" and name not in ("filter", "action"):
        head = f"def default(filter, action, {name}):"
    return javascript.statements(re.sub(r"router\.(\w+)\(", r"router_\1(", code), head).replace("router_", "router.")


PLAYS: Final = {
    "sandbox_endpoint": play_endpoint,
    "sandbox_sdk": play_sdk,
    "sandbox_hook": play_hook,
    "sandbox_operation": play_operation,
    "sandbox_limits": play_limits,
    "sandbox_register": play_register,
}


def play(store: Store, pool: IsolatePool, case: Json) -> str:
    """Play one case on ``store``; return what was wrong, empty if nothing was. Raises Untranslatable."""
    unknown = sorted(set(case) - KNOWN)
    if unknown:
        raise ValueError(f"{case['id']} has the unknown key {unknown[0]!r}")
    stage = Stage(store, pool, case)
    try:
        PLAYS[str(case["category"])](stage)
        check_log(stage)
        stage.box.load("1 + 1", name="still-alive")
    except Wrong as wrong:
        return str(wrong)
    finally:
        stage.box.close()
    return ""


def run(store: Store, folder: Path, report: Report) -> None:
    """Play all sandboxed cases of ``folder``."""
    pool = IsolatePool()
    try:
        for case in cases(folder, "sandbox"):
            with store.fork() as copy:
                try:
                    wrong = play(copy, pool, case)
                except Untranslatable as reason:
                    report.leave_out(case, f"no Python for {reason}")
                    continue
            report.add("sandbox", case, [], wrong)
    finally:
        pool.close()
