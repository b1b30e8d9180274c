"""Hooks: every listener of the recording in one sandboxed extension, in a real isolate, behind the items API, in both languages.

Each handler writes what it was told into the log, as JSON through ``exec("log")``, and answers as the case says; the log, parsed,
is compared with the recorded events. What a sandboxed handler cannot answer is answered on the host's side of the call,
after the handler has run and written down what it got: changes in place (payloads are copies), errors with a status of their
own (what a handler raises is a 500, as that of a sandboxed extension in a Directus) and, in Python, ``null`` (``None`` means unchanged).
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import httpx
import msgspec
from scopebox.chains.chain import Cause, Chain
from scopebox.chains.runner import ChainRunner
from scopebox.errors import DirectusError
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName
from scopebox.registry.registrations import HandlerCall, Hook, Returned
from scopebox.sandbox.sandbox import Sandbox
from scopebox.server.app import SandboxApp
from scopebox.settings import Settings
from scopebox.store.store import Store

from tests.conformance.cases import Json, UnknownKeyError, cases, part_name
from tests.conformance.forks import Forks
from tests.conformance.report import Report
from tests.conformance.sequences import Outcome, attempted, client_for, play_step, same

NAME: Final = "directus-extension-recorder"
SCOPED: Final = ("articles", "authors", "categories", "comments", "labels", "articles_labels", "products", "events")
FILTERS: Final = ("items.query", "items.read", "items.create", "items.update", "items.delete")
ACTIONS: Final = ("items.read", "items.create", "items.update", "items.delete")
SECOND: Final = ("items.create", "articles.items.create")
WILD: Final = ("items.*", "articles.*.create", "*.items.create", "*.items.*", "**")
PIECE: Final = 15_000  # characters of a log message
SETTLE: Final = 10.0
SETTINGS: Final = Settings(log_length=64_000, logs_per_second=100_000)

PYTHON: Final = """
import json

def write_down(kind, listener, tag, told, context):
    event = {"type": kind, "listener": listener, **told, "accountability": context["accountability"]}
    text = json.dumps({**event, "tag": tag} if tag else event)
    pieces = [text[at:at + PIECE] for at in range(0, len(text), PIECE)]
    for number, piece in enumerate(pieces):
        exec("log", ("end " if number == len(pieces) - 1 else "more ") + piece)

async def respond(control, payload):
    kind, value = control["kind"], control.get("value")
    if kind == "slow":
        await exec("sleep", 20)
    if kind.startswith("throw") and kind not in thrown_outside:
        raise ValueError("boom")
    if kind == "map":
        return [{**row, **value} for row in payload]
    if kind == "drop_first":
        return payload[1:]
    if kind == "delete_key":
        return {name: entry for name, entry in payload.items() if name != control["key"]}
    if kind == "merge":
        return {**payload, **value}
    if kind == "mutate":
        payload.update(value)
        return None
    if kind == "query_limit":
        return {**payload, "limit": value}
    if kind == "query_filter":
        return {**payload, "filter": value}
    return {"value": value, "empty_object": {}, "empty_array": []}.get(kind)

def filter_for(listener, tag):
    control = controls.get("filter:" + listener + (":" + tag if tag == "second" else "")) if tag != "wild" else None
    async def handler(payload, meta, context):
        write_down("filter", listener, tag, {"payload": payload, "meta": meta}, context)
        return None if control is None else await respond(control, payload)
    return handler

def action_for(listener, tag):
    control = controls.get("action:" + listener) if not tag else None
    async def handler(payload, meta, context):
        write_down("action", listener, tag, {"meta": meta}, context)
        return None if control is None else await respond(control, payload)
    return handler

for listener, tag in filters:
    await exec("register-filter", {"event": listener, "handler": filter_for(listener, tag)})
for listener, tag in actions:
    await exec("register-action", {"event": listener, "handler": action_for(listener, tag)})
"""


JAVASCRIPT: Final = """
const writeDown = (type, listener, tag, told, context) => {
  const event = { type, listener, ...told, accountability: context.accountability };
  const signs = Array.from(JSON.stringify(tag ? { ...event, tag } : event));
  for (let at = 0; at < signs.length; at += PIECE)
    exec('log', (at + PIECE < signs.length ? 'more ' : 'end ') + signs.slice(at, at + PIECE).join(''));
};

const respond = async ({ kind, key, value }, payload) => {
  if (kind === 'slow') await exec('sleep', 20);
  if (kind.startsWith('throw') && !thrown_outside.includes(kind)) throw new Error('boom');
  if (kind === 'map') return payload.map((row) => ({ ...row, ...value }));
  if (kind === 'drop_first') return payload.slice(1);
  if (kind === 'delete_key') {
    const { [key]: _, ...rest } = payload;
    return rest;
  }
  if (kind === 'merge') return { ...payload, ...value };
  if (kind === 'mutate') {
    Object.assign(payload, value);
    return undefined;
  }
  if (kind === 'query_limit') return { ...payload, limit: value };
  if (kind === 'query_filter') return { ...payload, filter: value };
  return { value, null: null, empty_object: {}, empty_array: [] }[kind];
};

for (const [listener, tag] of filters) {
  const control = tag === 'wild' ? undefined : controls[`filter:${listener}${tag === 'second' ? ':second' : ''}`];
  await exec('register-filter', {
    event: listener,
    handler: (payload, meta, context) => {
      writeDown('filter', listener, tag, { payload, meta }, context);
      return control && respond(control, payload);
    },
  });
}
for (const [listener, tag] of actions) {
  const control = tag ? undefined : controls[`action:${listener}`];
  await exec('register-action', {
    event: listener,
    handler: (payload, meta, context) => {
      writeDown('action', listener, tag, { meta }, context);
      return control && respond(control, payload);
    },
  });
}
"""
SOURCES: Final[dict[LanguageName, str]] = {"python": PYTHON, "js": JAVASCRIPT}


class KeptRunner(ChainRunner):
    """A runner that remembers the chains it starts, to wait for the actions of each."""

    chains: list[Chain]

    def start(self, root: str, wall: float | None = None, *, notebook: bool = False) -> Chain:
        """Return a new chain."""
        chain = super().start(root, wall, notebook=notebook)
        self.chains.append(chain)
        return chain


def listeners(names: Sequence[str], *, second: bool, wild: bool) -> list[tuple[str, str]]:
    """Return listeners and their tags in the order of the recording: scoped before general ones, wildcards last."""
    scoped = [f"{collection}.{name}" for collection in SCOPED for name in names]
    found = [(name, "") for name in (*scoped, *names)]
    found += [(name, "second") for name in SECOND] if second else []
    return found + ([(name, "wild") for name in WILD] if wild else [])


@dataclass
class Stage:
    """A sandbox with the recording extension, for one case."""

    box: Sandbox
    users: Mapping[str, str]
    runner: KeptRunner

    @classmethod
    async def make(cls, store: Store, pool: IsolatePool, control: Json, language: LanguageName) -> Stage:
        """Return a stage on ``store`` whose listeners answer as ``control`` says."""
        box = Sandbox(store, pool=pool, settings=SETTINGS)
        events = box.services.registry.events
        runner = KeptRunner(pool.thread, box.settings, box.loaded.cancel, box.loaded.end_at_limit)
        runner.chains = []
        box.services = replace(box.services, chains=runner)
        box.app = SandboxApp(box.services, box.loaded)
        wild = bool(control.get("wild"))
        filters = [*listeners(FILTERS, second=True, wild=wild), ("database.error", "")]
        actions = listeners(ACTIONS, second=False, wild=wild)
        controls = {name: entry for name, entry in control.items() if isinstance(entry, dict)}
        given: Json = {
            "controls": controls,
            "filters": filters,
            "actions": actions,
            "thrown_outside": [*THROWN],
            "PIECE": PIECE,
        }
        await box.aload(SOURCES[language], name=NAME, inputs=given, language=language)
        hooks = zip(events.hooks, [*filters, *actions], strict=True)
        events._replace(
            [
                replace(hook, call=answering(hook, controls.get(_control_name(hook.kind, *listener)), language))
                for hook, listener in hooks
            ]
        )
        return cls(box, {user.id: user.name for user in store.access.users.values() if user.id}, runner)

    async def events(self) -> list[Json]:
        """Return what was written down since the last time, when everything that was caused has ended."""
        for chain in self.runner.chains:
            await self.runner.run_async(chain, chain.settle(SETTLE))
        self.runner.chains.clear()
        found, text = [], ""
        for record in self.box.log:
            if record.level == "info":
                word, _, piece = record.message.partition(" ")
                text += piece
                if word == "end":
                    found.append(self._event(json.loads(text)))
                    text = ""
        self.box.log.clear()
        return found

    def _event(self, event: Json) -> Json:
        """Return ``event`` with the name of the user instead of the whole accountability, as the recording has it."""
        who = cast("Json | None", event["accountability"])
        anyone = "admin" if who and who["admin"] else "public"
        return {**event, "accountability": who and self.users.get(str(who["user"]), anyone)}


def _control_name(kind: str, listener: str, tag: str) -> str:
    return "" if tag == "wild" else f"{kind}:{listener}" + (f":{tag}" if tag else "")


def answering(hook: Hook, control: object, language: LanguageName) -> HandlerCall:
    """Return the call of ``hook``, answered here after it ran where ``control`` is something that the handler cannot say by itself.

    Of what an action changes in place nobody hears, here as there.
    """
    if not isinstance(control, dict):
        return hook.call
    kind = str(control["kind"])
    in_place = hook.kind == "filter" and kind in ("mutate", "query_mutate")
    if not (kind in THROWN or in_place or _is_null(control, language)):
        return hook.call

    def answered(number: int, args: list[object], cause: Cause, label: str) -> Coroutine[object, object, Returned]:
        return _answer(hook.call(number, args, cause, label), control, args[0], language)

    return answered


async def _answer(
    running: Coroutine[object, object, Returned], control: Json, payload: object, language: LanguageName
) -> Returned:
    returned = await running
    kind, value = str(control["kind"]), control.get("value")
    if kind in THROWN:
        raise DirectusError(*THROWN[kind])
    if kind in ("mutate", "query_mutate"):
        assert isinstance(value, dict)
        if isinstance(payload, msgspec.Raw):  # of a filter before: nobody else holds it
            return Returned({**msgspec.json.decode(payload), **value})
        assert isinstance(payload, dict)
        payload.update(value)
    return Returned(null=True) if _is_null(control, language) else returned


def _is_null(control: Json, language: LanguageName) -> bool:
    """Return whether a handler returns null, which Python does not tell from nothing."""
    kind = control["kind"]
    return language == "python" and (kind == "null" or (kind == "value" and control.get("value") is None))


THROWN: Final[dict[str, tuple[int, str, str, Json]]] = {
    "throw_forbidden": (403, "FORBIDDEN", "You don't have permission to access this.", {}),
    "throw_forbidden_reason": (403, "FORBIDDEN", "my reason", {"reason": "my reason"}),
    "throw_payload": (400, "INVALID_PAYLOAD", "Invalid payload. bad thing.", {"reason": "bad thing"}),
    "throw_custom": (418, "MY_CODE", "custom message", {}),
}
KINDS: Final = {
    "undefined", "null", "empty_object", "empty_array", "value", "merge", "map",
    "mutate", "delete_key", "drop_first", "slow", "query_limit", "query_filter", "query_mutate",
}  # fmt: skip
"""What a listener may do besides throwing; anything else fails loudly."""


def check_control(control: Json, case: str) -> None:
    """Raise UnknownKeyError for a listener, or something that one is to do, which nothing here acts upon."""
    filters = {
        f"filter:{name}" + (f":{tag}" if tag else "") for name, tag in listeners(FILTERS, second=True, wild=False)
    }
    actions = {f"action:{name}" for name, _ in listeners(ACTIONS, second=False, wild=False)}
    for name, entry in control.items():
        known = name in {*filters, *actions, "filter:database.error"} if isinstance(entry, dict) else name == "wild"
        kind = str(entry["kind"]) if isinstance(entry, dict) else "undefined"
        unknown = set(entry) - {"kind", "value", "key"} if isinstance(entry, dict) else ()
        if not known or unknown or not (kind in KINDS or kind.startswith("throw")):
            raise UnknownKeyError(f"{case} controls {name!r} by {entry!r}, which nothing here understands")


async def play(store: Store, pool: IsolatePool, case: Json, language: LanguageName) -> Outcome:
    """Play one case on ``store``, which holds the dataset and is changed by it."""
    control = cast("Json", case.get("control") or {})
    check_control(control, str(case["id"]))
    stage = await Stage.make(store, pool, control, language)
    try:
        return await _play(stage, store, case)
    finally:
        stage.box.close()


async def _play(stage: Stage, store: Store, case: Json) -> Outcome:
    outcome = Outcome()
    transport = httpx.ASGITransport(stage.box.app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://test", timeout=None) as heard,
        client_for(store) as unheard,
    ):
        for number, step in enumerate(cast("list[Json]", case["steps"])):
            client = unheard if step.get("quiet") else heard
            wrong = await play_step(client, store, case, step, outcome) or differs(step, await stage.events())
            if wrong:
                outcome.wrong = f"step {number}: {wrong}"
                return outcome
    return outcome


def differs(step: Json, events: Sequence[Json]) -> str:
    """Return how ``events`` differ from what was recorded for ``step``; empty if they do not."""
    wanted = [cast("list[Json]", step[name]) for name in ("events", "events_pg", "events_sqlite") if name in step]
    if not wanted or step.get("quiet"):
        return ""
    reports = [compare(expected, events) for expected in wanted]
    return "" if "" in reports else reports[0]


def compare(expected: Sequence[Json], actual: Sequence[Json]) -> str:
    """Return the first difference between two lists of events; empty if there is none."""
    told = [{name: value for name, value in event.items() if name != "in_transaction"} for event in expected]
    for event in told:
        if isinstance(event.get("accountability"), dict):
            event.pop("accountability")
    for at, (wanted, found) in enumerate(zip(told, actual, strict=False)):
        shown = {name: found.get(name) for name in wanted}
        if not same(wanted, shown):
            return f"event {at}: {json.dumps(found)[:700]} instead of {json.dumps(wanted)[:700]}"
    if len(told) != len(actual):
        rest = (told if len(told) > len(actual) else list(actual))[min(len(told), len(actual))]
        return f"{len(actual)} events instead of {len(told)}: {json.dumps(rest)[:500]}"
    return ""


async def run(store: Store, folder: Path, report: Report, language: LanguageName = "python") -> None:
    """Play all hook cases of ``folder`` with listeners in ``language``."""
    part = part_name("hooks", language)
    pool = IsolatePool(SETTINGS)
    try:
        with Forks(store) as forks:
            for case in cases(folder, "hooks"):
                with forks.lend() as fork:
                    outcome = await attempted(play(fork, pool, case, language))
                report.add(part, case, outcome.sides, outcome.wrong)
    finally:
        pool.close()
