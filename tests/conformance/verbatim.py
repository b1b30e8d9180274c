"""The recorded JavaScript as it is, character for character, in a JavaScript cell. What a recording only names is written out here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from scopebox.errors import ManifestError, ScopeboxError

from tests.conformance.cases import Json
from tests.conformance.stage import Stage, Untold, Wrong

HEAD: Final = "import { log, sleep, request } from 'directus:api';\nconst U = 'http://server.test/server/ping';\n"

ECHO: Final = """(...args) => ({ status: 200, body: {
  n: args.length, keys: Object.keys(args[0]).sort(), url: args[0].url, body: args[0].body, header_x: args[0].headers['x-recorded'],
} })"""

CALL: Final = """async () => {
  const result = await (%s);
  return { status: 200, body: result === undefined ? 'undefined' : result };
}"""
CAUGHT: Final = """async () => {
  try {
    const result = await (%s);
    return { status: 200, body: { ok: result === undefined ? 'undefined' : result } };
  } catch (e) {
    const body = { caught: String(e), name: e?.name, message: e?.message, isError: e instanceof Error, keys: Object.keys(e) };
    return { status: 200, body };
  }
}"""

HOOKS: Final = """
export default ({ filter, action }) => {
  filter('articles.items.create', async (payload) => { %s });
  filter('articles.items.update', (payload) => ({ ...payload, body: 'sbx:' + JSON.stringify(payload) }));
  for (const name of ['delete', 'query', 'read'])
    filter(`articles.items.${name}`, (payload) => { log(`sbx filter ${name} ` + JSON.stringify(payload)); });
  for (const name of ['create', 'update', 'delete'])
    action(`articles.items.${name}`, (...args) => { log(`sbx action ${name} ` + JSON.stringify(args)); });
};
"""

LIMITS: Final = {
    "loop": "while (true) {}",
    "recursion": "const deeper = () => deeper() + 1; deeper();",
    "rangeerror": "throw new RangeError('out of range');",
    "membuf": "const kept = []; while (true) kept.push(new Uint8Array(1e7).fill(1));",
    "memory": "const kept = []; while (true) kept.push(new Array(1e5).fill(kept));",
}

OPERATIONS: Final = {
    "echo": "return { n: args.length, options: args[0] };",
    "undefined": "",
    "null": "return null;",
    "number": "return 5;",
    "string": "return 'text';",
    "throw": "throw new Error('operation boom');",
    "throwstr": "throw 'a string';",
    "throwobj": "throw { message: 'obj' };",
    "sleep": "await sleep(1);",
    "log": "log('x');",
    "loop": "while (true) {}",
    "fn": "return () => 1;",
}

REGISTRATIONS: Final = {
    "throw new Error('register boom') while registering": "throw new Error('register boom');",
    "endless loop while registering": "while (true) {}",
}
EXPORTS: Final = {
    "endpoint": "export default (router) => {{ {code}\n}};\n",
    "hook": "export default ({{ filter, action, init, schedule }}) => {{ {code}\n}};\n",
    "operation": "export default {code};\n",
}
BAD: Final = {
    "bad-throw": "export default (router) => { throw new Error('register boom'); };\n",
    "bad-handler": "export default (router) => { router.get('/x', 5); };\n",
    "bad-export": "export const x = 1;\n",
}


def _endpoint(stage: Stage, path: str, handler: str, *, method: str = "GET", scopes: object = "full") -> None:
    """Load an extension with one route."""
    name, _, rest = path.removeprefix("/").partition("/")
    route = "/" + rest.partition("?")[0]
    source = f"export default (router) => {{ router.{method.lower()}({route!r}, {handler}); }};\n"
    stage.load(name, "endpoint", source, scopes)


def play_endpoint(stage: Stage) -> None:
    """A route of an extension."""
    case = stage.case
    path, method = str(case["path"]), str(case["method"])
    name, _, rest = path.removeprefix("/").partition("/")
    if name == "bad-scope":
        _refused(stage, name, {"no-such-scope": {}})
        return
    if name in BAD:
        _unregistered(stage, name)
    elif "handler" in case:
        _endpoint(stage, path, str(case["handler"]), method=method, scopes=case["scopes"])
    elif rest.startswith("echo"):
        _endpoint(stage, path, ECHO, method=method, scopes=case["scopes"])
    elif str(case["expect"]).find("ROUTE_NOT_FOUND") >= 0:
        _endpoint(stage, f"/{name}/ok", "() => ({ status: 200, body: 'ok' })")
    else:
        raise Untold(path)
    stage.check_answer(stage.request(path, method))


def _refused(stage: Stage, name: str, scopes: Json) -> None:
    """A manifest that a Directus takes in part, or that stops all extensions there, is refused here, by decision."""
    try:
        stage.load(name, "endpoint", "export default () => {};\n", scopes)
    except ManifestError:
        return
    raise Wrong(f"{name} was loaded")


def _unregistered(stage: Stage, name: str) -> None:
    """Load an extension that cannot be registered; nothing of it may answer."""
    try:
        stage.load(name, "endpoint", BAD[name])
    except ScopeboxError:
        return
    raise Wrong(f"{name} was loaded")


def play_sdk(stage: Stage) -> None:
    """A call of a function of ``directus:api``, caught by the handler or not."""
    if any("sbx action" in line for line in cast("list[str]", stage.case.get("log") or [])):
        stage.load("sbx-hook", "hook", HOOKS % "")
    body = CAUGHT if stage.case["caught_by_handler"] else CALL
    path = str(stage.case["path"])
    _endpoint(stage, path, body % stage.case["call"], scopes=stage.case["scopes"])
    stage.check_answer(stage.request(path))


def play_hook(stage: Stage) -> None:
    """A filter on ``articles.items.create``, beside hooks that only note what they see."""
    stage.load("sbx-hook", "hook", HOOKS % stage.case.get("handler", ""))
    stage.check_step(stage.play_step())


def play_operation(stage: Stage) -> None:
    """An operation in a flow: its result, or that it was rejected."""
    mode = str(stage.case["mode"])
    if mode not in OPERATIONS:
        raise Untold(f"the operation {mode}")
    source = f"export default {{ id: 'sbx', handler: async (...args) => {{ {OPERATIONS[mode]} }} }};\n"
    stage.load("sbx-operation", "operation", source, stage.case["scopes"])
    stage.check_operation("sbx", {"mode": mode, "x": [1, {"y": None}]})


def play_limits(stage: Stage) -> None:
    """A handler that runs into a limit."""
    path = str(stage.case["path"])
    what = path.rpartition("/")[2]
    if what not in LIMITS:
        raise Untold(path)
    _endpoint(stage, path, f"() => {{ {LIMITS[what]} }}")
    stage.check_answer(stage.request(path))


def play_register(stage: Stage) -> None:
    """Code that cannot be registered: the message, and a host that goes on."""
    code, kind = str(stage.case["code"]), str(stage.case["extension_type"])
    if code == "manifest asks for request method HEAD":
        _refused(stage, "sbx-register", {"request": {"methods": ["HEAD"], "urls": ["https://*"]}})
        return
    try:
        stage.load("sbx-register", kind, _registering(code, kind))
    except ScopeboxError as error:
        stage.check_registering(error.message)
        return
    raise Wrong("it was registered")


def _registering(code: str, kind: str) -> str:
    if code == "no default export":
        return "export const x = 1;\n"
    if code.startswith("export "):
        return f"{code}\n"
    if code.startswith("import "):
        return code + "\n" + EXPORTS[kind].format(code="{ id: 'x', handler: () => 1 }" if kind == "operation" else "")
    return EXPORTS[kind].format(code=REGISTRATIONS.get(code, code))


PLAYS: Final[Mapping[str, Callable[[Stage], None]]] = {
    "sandbox_endpoint": play_endpoint,
    "sandbox_sdk": play_sdk,
    "sandbox_hook": play_hook,
    "sandbox_operation": play_operation,
    "sandbox_limits": play_limits,
    "sandbox_register": play_register,
}
