"""Running one attack: the sandbox with an honest extension in it, the cell, the trigger, and what came of them."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from scopebox.errors import ExtensionError, ScopeboxError
from scopebox.extension.result import RunResult
from scopebox.journal.records import CallRecord, LogRecord
from scopebox.languages import LanguageName
from scopebox.sandbox.options import LoadOptions
from scopebox.sandbox.sandbox import Sandbox

from tests.security import fixture, forms, hand_over, notebook, preparation, rendering, steps, triggers
from tests.security.corpus import Attack, CorpusError
from tests.security.evidence import Evidence
from tests.security.watch import watching
from tests.security.world import EXTENSION, HONEST, SECOND, Elsewhere, World

REAL_NETWORK = frozenset({"canary_http", "server_script", "resolver", "resolver_sequence", "host_env", "host_netrc"})
FIXTURE = "store-v1"
HONEST_CELL = """
def answer(data):
    return {"honest": data}
async def speak(data):
    await exec("log", "honest words")
    return await exec("request", "%s/honest")
async def ping(request):
    return {"status": 200, "body": "pong"}
async def slow(request):
    await exec("sleep", 1000)
    return {"status": 200, "body": "slow pong"}
await exec("register-operation", {"id": "%s", "handler": answer})
await exec("register-operation", {"id": "honest-speak", "handler": speak})
await exec("register-endpoint", {"path": "/ping", "method": "GET", "handler": ping})
await exec("register-endpoint", {"path": "/slow", "method": "GET", "handler": slow})
"""


def run(world: World, attack: Attack) -> Iterator[Evidence]:
    """Run ``attack`` and yield what came of it, once; the sandbox closes behind it."""
    if attack.setup.get("fixture") not in (None, True, FIXTURE):
        raise CorpusError(f"{attack.id}: there is no fixture {attack.setup['fixture']!r:.100}, but {FIXTURE}")
    world.begin(attack)
    with _environment(world, attack), _sandbox(world, attack) as (box, transport, fork):
        own = str(attack.setup.get("extension_name") or EXTENSION) * forms.times(attack, "name_repeat")
        served = box.serve().url if attack.mentions("{SELF_URL}") else ""
        preparation.fill(box.store, attack)
        evidence = Evidence(attack, world, box, fork.before(), own, served, inside=transport is not None)
        evidence.source = hand_over.source(world, attack, own, served)
        evidence.options = options = hand_over.options(world, attack, own, served)
        _honest(evidence)
        preparation.grants(evidence, options)
        pools = list({id(pool): pool for pool in (world.pool, box.pool)}.values())
        if preparation.honest(attack):
            for pool in pools:
                pool.run(pool.refill())
        trigger = triggers.Trigger.of(evidence)
        if trigger.served:
            box.serve()  # which opens what stays open: none of that is the attack's
        steps.take()
        with watching(pools, attack.must) as watch:
            evidence.watch = watch
            evidence.started = time.monotonic()
            with preparation.beside(evidence), preparation.sampled(evidence, box.pool):
                _attack(evidence, options, trigger)
            evidence.running = _running(evidence)
            evidence.checked = time.time()
            asked = time.monotonic()
            evidence.trivial = _trivial(evidence)
            evidence.seconds["next_cell"] = time.monotonic() - asked
            evidence.answered = time.monotonic() - evidence.started
            rendering.render(evidence)
            if transport is not None:
                evidence.contacted = [request.url.host for request in transport.requests]
                evidence.elsewhere = transport.seen
        watch.step = steps.take()
        if notebook.wanted(attack):
            notebook.run(evidence, options)
            watch.step = max(watch.step, steps.take(), key=lambda step: step.seconds)
        evidence.after = fork.after()
        evidence.last = _last(box.log), _last(box.trace)
        yield evidence


def _last(records: Iterable[LogRecord | CallRecord]) -> int:
    return max((record.number for record in records), default=0)


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
def _sandbox(world: World, attack: Attack) -> Iterator[tuple[Sandbox, Elsewhere | None, fixture.Fork]]:
    servers = "server" in attack.setup and attack.mentions("{ALLOWED_URL}")
    real = bool(REAL_NETWORK & set(attack.setup)) or attack.mentions("{SELF_URL}") or servers
    transport = None if real else Elsewhere(world.default_answer(attack))
    with world.forks.lend() as fork, preparation.pool_for(world, attack) as pool:
        private = preparation.on_loopback(attack)
        box = Sandbox(fork.store, transport=transport, settings=pool.settings, pool=pool, allow_private_network=private)
        secrets = attack.setup.get("secrets") or {}
        assert isinstance(secrets, dict)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some can be guessed, on purpose
            for name, value in secrets.items():
                box.secrets[name] = world.secret(str(value))
        try:
            yield box, transport, fork
        finally:
            box.close()


def _honest(evidence: Evidence) -> None:
    """Load the extension that nobody may disturb."""
    setup, world = evidence.attack.setup, evidence.world
    name = str(setup.get("existing_extension") or HONEST)
    manifest = [{"permission": "request", "allowedUrls": [f"{world.allowed_server.url}/*"]}]
    source = HONEST_CELL % (world.allowed_server.url, world.operation)
    if not preparation.honest(evidence.attack):
        return  # its guests attack before anything can be loaded into them, or do not come about
    evidence.box.load(source, name=name, manifest=manifest)
    if setup.get("same_cell_as_second_extension"):
        second = hand_over.options(world, evidence.attack, evidence.own, "")
        second["name"] = SECOND
        try:
            evidence.box.load(evidence.source, **second)
        except ScopeboxError as error:
            evidence.failures.append(error)


def _attack(evidence: Evidence, options: LoadOptions, trigger: triggers.Trigger) -> None:
    """Run the cell, then what is to follow."""
    during = "wait_invocation" in evidence.attack.code
    try:
        if during:
            with triggers.meanwhile(evidence, trigger):
                _load(evidence, options)
            return
        for _ in range(forms.times(evidence.attack, "repeat_cells")):
            _load(evidence, options)
        if evidence.rejected:
            return
        for _ in range(forms.times(evidence.attack, "repeat_calls") if evidence.attack.triggered else 1):
            trigger.pull(evidence, options)
            evidence.ended = time.time()
        if again := evidence.attack.setup.get("rerun_with_code"):
            _rerun(evidence, str(again), options, trigger)
    except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        evidence.interrupted = type(error).__name__


def _load(evidence: Evidence, options: LoadOptions) -> None:
    box, error = evidence.box, None
    try:
        with steps.step("the cell"):
            evidence.extension = box.load(evidence.source, **options)
        evidence.result = evidence.extension.result
    except ScopeboxError as problem:
        error = problem
        evidence.error = error
        evidence.result = error.result if isinstance(error.result, RunResult) else None
        evidence.rejected = error.result is None and not isinstance(error, ExtensionError)
    evidence.cell_errors.append(error)
    evidence.ended = time.time()


def _rerun(evidence: Evidence, source: str, options: LoadOptions, trigger: triggers.Trigger) -> None:
    """Run other code under the name of the attack, and do the same to it."""
    try:
        evidence.extension = evidence.box.load(evidence.world.fill(source, evidence.own), **options)
    except ScopeboxError as error:
        evidence.failures.append(error)
    known = len(evidence.responses)
    trigger.pull(evidence, options)
    if len(evidence.responses) > known:
        evidence.reran = evidence.responses.pop()


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
    if preparation.honest(evidence.attack):
        return _two(box, evidence.attack.language)
    with Sandbox(evidence.box.store, pool=world.pool) as other:
        return _two(other, evidence.attack.language)


def _two(box: Sandbox, language: LanguageName) -> object:
    try:
        with steps.step("a trivial cell"):
            extension = box.load("1 + 1", name="directus-extension-trivial", language=language)
    except ScopeboxError as error:
        return error
    value = extension.result.value
    extension.unload()
    return value
