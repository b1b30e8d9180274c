"""Running one attack: the sandbox with an honest extension in it, the cell, the trigger, and what came of them."""

from __future__ import annotations

import builtins
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from scopebox.errors import ExtensionError, ScopeboxError
from scopebox.sandbox import LoadOptions, Sandbox

from tests.security import fixture, notebook, rendering, triggers
from tests.security.corpus import Attack
from tests.security.evidence import Evidence
from tests.security.watch import watching
from tests.security.world import EXTENSION, HONEST, LIMITS, OPERATION, Elsewhere, World

RAW = ("confinement", "rpc")
REAL_NETWORK = frozenset({"canary_http", "server_script", "resolver", "resolver_sequence", "host_env", "host_netrc"})
HONEST_CELL = """
def answer(data):
    return {"honest": data}
async def speak(data):
    await exec("log", "honest words")
    return await exec("request", "%s/honest")
async def ping(request):
    return {"status": 200, "body": "pong"}
await exec("register-operation", {"id": "%s", "handler": answer})
await exec("register-operation", {"id": "honest-speak", "handler": speak})
await exec("register-endpoint", {"path": "/ping", "method": "GET", "handler": ping})
"""


def run(world: World, attack: Attack) -> Iterator[Evidence]:
    """Run ``attack`` and yield what came of it, once; the sandbox closes behind it."""
    world.begin(attack)
    with _environment(world, attack), _sandbox(world, attack) as (box, transport):
        own = str(attack.setup.get("extension_name") or EXTENSION)
        served = box.serve().url if attack.mentions("{SELF_URL}") else ""
        evidence = Evidence(attack, world, box, fixture.dump(box.store), own)
        evidence.source = _source(world, attack, own, served)
        _honest(evidence)
        pools = [world.pool, world.raw_pool] if attack.layer in RAW else [world.pool]
        for pool in pools:
            pool.run(pool.refill())
        with watching(pools, attack.must) as watch:
            evidence.watch = watch
            evidence.started = time.monotonic()
            _attack(evidence, _options(world, attack, own, served))
            evidence.running = _running(evidence)
            evidence.trivial = _trivial(evidence)
            evidence.answered = time.monotonic() - evidence.started
            rendering.render(evidence)
            if transport is not None:
                evidence.contacted = [request.url.host for request in transport.requests]
        if notebook.wanted(attack):
            notebook.run(evidence, _options(world, attack, own, served))
        evidence.after = fixture.dump(box.store)
        yield evidence


@contextmanager
def _environment(world: World, attack: Attack) -> Iterator[None]:
    """Set the host's environment as the attack wants it."""
    wanted = dict(attack.setup.get("host_env") or {}) | dict(attack.setup.get("env") or {})  # type: ignore[call-overload]
    changed = {world.fill(str(name)): world.secret(str(value)) for name, value in wanted.items()}
    if netrc := attack.setup.get("host_netrc"):
        file = world.folder / ".netrc"
        file.write_text(world.secret(str(netrc)))
        changed |= {"HOME": str(world.folder), "NETRC": str(file)}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@contextmanager
def _sandbox(world: World, attack: Attack) -> Iterator[tuple[Sandbox, Elsewhere | None]]:
    real = bool(REAL_NETWORK & set(attack.setup)) or attack.mentions("{SELF_URL}")
    transport = None if real else Elsewhere()
    pool = world.pool
    if attack.layer in RAW:
        pool = world.early_pool(attack.code) if "before_handshake" in attack.code else world.raw_pool
    with world.store.fork() as store:
        box = Sandbox(store, transport=transport, settings=LIMITS, pool=pool, allow_private_network=True)
        try:
            yield box, transport
        finally:
            box.close()
            if pool not in (world.pool, world.raw_pool):
                pool.close()


def _honest(evidence: Evidence) -> None:
    """Load the extension that nobody may disturb."""
    setup, world = evidence.attack.setup, evidence.world
    name = str(setup.get("existing_extension") or HONEST)
    operation = str(setup.get("second_extension_operation") or OPERATION)
    manifest = [{"permission": "request", "allowedUrls": [f"{world.allowed_server.url}/*"]}]
    source = HONEST_CELL % (world.allowed_server.url, operation)
    if evidence.box.pool not in (world.pool, world.raw_pool):
        return  # its guests attack before anything can be loaded into them
    evidence.box.load(source, name=name, manifest=manifest)
    if setup.get("same_cell_as_second_extension"):
        second = _options(world, evidence.attack, evidence.own, "")
        second["name"] = "directus-extension-second"
        try:
            evidence.box.load(evidence.source, **second)
        except ScopeboxError as error:
            evidence.failures.append(error)


def _source(world: World, attack: Attack, own: str, served: str) -> str:
    code = str(builtins.eval(attack.code_expr)) if attack.code_expr else attack.code
    operation = str(attack.setup.get("second_extension_operation") or OPERATION)
    code = world.fill(code, own, served).replace("{OTHER_OPERATION}", operation)
    if attack.extra_calls:
        call, _, values = world.fill(attack.extra_calls).partition(" for v in ")
        code += f"\nfor v in {values}:\n    try:\n        await {call}\n        await exec('log', 'REACHED ' + str(v))\n    except Exception:\n        pass\n"
    if attack.setup.get("host_memory_secret"):
        code = code.replace("b'HOSTSECRET-' + b'7c1'", "b'HOSTSECRET-' + b'7c1'")
    return code


def _options(world: World, attack: Attack, own: str, served: str) -> LoadOptions:
    setup = attack.setup
    options: LoadOptions = {"name": own, "manifest": _manifest(world, attack, own, served)}
    deny = setup.get("deny")
    if isinstance(deny, list):
        options["deny"] = [str(name) for name in deny]
    return options


def _manifest(world: World, attack: Attack, own: str, served: str) -> object:
    setup = attack.setup
    if "manifest_text" in setup:
        return world.fill(str(setup["manifest_text"]))
    if isinstance(repeated := setup.get("manifest_text_repeat"), list):
        return str(repeated[0]) * int(repeated[1])
    if isinstance(meta := setup.get("extension_meta"), dict):
        sandbox = {"enabled": True, "requestedScopes": {"log": {}}}
        entry = {
            "type": "hook",
            "path": "dist/index.js",
            "source": "src/index.js",
            "host": "^11.0.0",
            "sandbox": sandbox,
        }
        return {"name": own, **meta, "directus:extension": entry}
    entries = world.replaced(attack.manifest, own, served)
    if not isinstance(entries, list):
        return {"permissions": entries} if entries is not None else None
    extra = world.replaced(setup.get("extra_manifest") or [], own, served)
    assert isinstance(extra, list)
    entries = [*entries, *extra]
    if setup.get("optional"):
        entries = [{**entry, "optional": True} for entry in entries]
    if attack.repeat_entries > 1:
        entries = [{**entry, "allowedUrls": entry["allowedUrls"] * attack.repeat_entries} for entry in entries]
    return {"permissions": entries}


def _attack(evidence: Evidence, options: LoadOptions) -> None:
    """Run the cell, then what is to follow."""
    during = "wait_invocation" in evidence.attack.code
    try:
        if during:
            with triggers.meanwhile(evidence):
                _load(evidence, options)
        else:
            _load(evidence, options)
            if evidence.attack.trigger and not evidence.rejected:
                triggers.pull(evidence, options)
    except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        evidence.interrupted = type(error).__name__


def _load(evidence: Evidence, options: LoadOptions) -> None:
    box = evidence.box
    try:
        evidence.extension = box.load(evidence.source, **options)
        evidence.result = evidence.extension.result
    except ScopeboxError as error:
        evidence.error, evidence.result = error, error.result
        evidence.rejected = error.result is None and not isinstance(error, ExtensionError)
    evidence.ended = time.time()


def _running(evidence: Evidence) -> int:
    """Return how many cells and handlers of the attack still run, a moment after it ended."""
    for _ in range(40):
        left = sum(
            len(isolate.invocations) for isolate in tuple(evidence.box.pool._parts.isolates) if isolate.peer is not None
        )
        if not left:
            return 0
        time.sleep(0.05)
    return left


def _trivial(evidence: Evidence) -> object:
    """Return what a trivial cell gives: in the same sandbox, unless all of its guests attack at their birth."""
    world, box = evidence.world, evidence.box
    if box.pool in (world.pool, world.raw_pool):
        return _two(box)
    with Sandbox(evidence.box.store, pool=world.pool) as other:
        return _two(other)


def _two(box: Sandbox) -> object:
    try:
        extension = box.load("1 + 1", name="directus-extension-trivial")
    except ScopeboxError as error:
        return error
    value = extension.result.value
    extension.unload()
    return value
