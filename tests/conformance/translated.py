"""Sandboxed extensions: the recorded JavaScript, translated to Python, in a real isolate, against the recorded answers.

``None`` from a filter leaves the payload as it is, by decision. Cases that read the globals of a JavaScript engine are left out,
and counted as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, cast

from scopebox.errors import ScopeboxError

from tests.conformance import translator
from tests.conformance.stage import Stage, Wrong
from tests.conformance.translator import PRELUDE, Untranslatable

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


def _endpoint(stage: Stage, path: str, function: str, *, method: str = "GET", scopes: object = "full") -> None:
    """Load an extension with one route, whose handler ``function`` defines as ``handler``."""
    name, _, rest = path.removeprefix("/").partition("/")
    route = "/" + rest.partition("?")[0]
    source = f"{function}\ndef default(router):\n    router.{method.lower()}({route!r}, handler)\n"
    stage.load(name, "endpoint", source, scopes)


def play_endpoint(stage: Stage) -> None:
    """A route of an extension."""
    case = stage.case
    path, method = str(case["path"]), str(case["method"])
    name, _, rest = path.removeprefix("/").partition("/")
    if name.startswith("bad-"):
        _load_bad(stage, name)
    elif "handler" in case:
        _endpoint(
            stage, path, translator.function(str(case["handler"]), "handler"), method=method, scopes=case["scopes"]
        )
    elif rest.startswith("echo"):
        _endpoint(stage, path, f"{ECHO}\nhandler = echo", method=method, scopes=case["scopes"])
    else:
        _endpoint(stage, f"/{name}/ok", "def handler(request):\n    return {'status': 200, 'body': 'ok'}")
    stage.check_answer(stage.request(path, method))


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
    call = translator.expression(str(stage.case["call"]))
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
    _endpoint(stage, str(stage.case["path"]), f"async def handler(incoming):\n{body}", scopes=stage.case["scopes"])
    stage.check_answer(stage.request(str(stage.case["path"])))


def play_hook(stage: Stage) -> None:
    """A filter on ``articles.items.create``, beside hooks that only note what they see."""
    body = str(stage.case.get("handler", "return;"))
    stage.load("sbx-hook", "hook", translator.statements(body, "async def created(payload):") + HOOKS)
    answer = stage.play_step()
    if body.strip() != "return null;":
        stage.check_step(answer)
    elif "data" not in answer:  # None means unchanged, by decision
        raise Wrong(f"{answer} instead of an unchanged item")


def play_operation(stage: Stage) -> None:
    """An operation in a flow: its result, or that it was rejected."""
    mode = str(stage.case["mode"])
    if mode not in OPERATIONS:
        raise Untranslatable(f"the operation {mode}")
    source = f"async def handler(*args):\n    {OPERATIONS[mode]}\ndefault = {{'id': 'sbx', 'handler': handler}}\n"
    stage.load("sbx-operation", "operation", source, stage.case["scopes"])
    stage.check_operation("sbx", {"mode": mode, "x": [1, {"y": None}]})


def play_limits(stage: Stage) -> None:
    """A handler that runs into a limit."""
    path = str(stage.case["path"])
    what = path.rpartition("/")[2]
    if what not in LIMITS:
        raise Untranslatable(path)
    _endpoint(stage, path, f"def handler(request):\n{LIMITS[what]}")
    stage.check_answer(stage.request(path))


def play_register(stage: Stage) -> None:
    """Code that cannot be registered: the message, and a host that goes on."""
    code, kind = str(stage.case["code"]), str(stage.case["extension_type"])
    try:
        if code == "manifest asks for request method HEAD":
            stage.load("sbx-register", kind, "", {"request": {"methods": ["HEAD"], "urls": ["https://*"]}})
        else:
            stage.load("sbx-register", kind, _registering(code, kind))
    except ScopeboxError as error:
        if code.startswith("manifest"):
            return
        stage.check_registering(error.message)
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
    return translator.statements(re.sub(r"router\.(\w+)\(", r"router_\1(", code), head).replace("router_", "router.")


PLAYS: Final[Mapping[str, Callable[[Stage], None]]] = {
    "sandbox_endpoint": play_endpoint,
    "sandbox_sdk": play_sdk,
    "sandbox_hook": play_hook,
    "sandbox_operation": play_operation,
    "sandbox_limits": play_limits,
    "sandbox_register": play_register,
}
