"""Filters that are called one after the other by one frame: nobody can tell it from calls one by one, but by the time it takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import pytest
from scopebox import ExtensionError, IsolatePool, LimitError, Sandbox, ScopeboxError, Settings, Store
from scopebox.chains.chain import Cause
from scopebox.languages import LanguageName
from scopebox.registry.emitter import Events

from tests.isolates import until

NAME: Final = "directus-extension-a"
COLUMNS: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    "id": ("integer", {"is_primary_key": True, "has_auto_increment": True, "is_nullable": False}),
    "title": ("string", {"max_length": 20, "is_nullable": False}),
    "tag": ("string", {"is_unique": True}),
    "views": ("integer", {}),
    "share": ("float", {}),
    "seen": ("boolean", {}),
    "at": ("dateTime", {}),
    "more": ("json", {}),
    "above": ("integer", {}),
}
RELATION: Final = {
    "collection": "things",
    "field": "above",
    "related_collection": "things",
    "meta": {"many_collection": "things", "many_field": "above", "one_collection": "things", "one_field": None},
    "schema": {"table": "things", "column": "above", "foreign_key_table": "things", "foreign_key_column": "id"},
}
Item = dict[str, object]


def snapshot() -> Item:
    fields = [
        {"collection": "things", "field": name, "type": kind, "meta": {}, "schema": {"is_nullable": True, **schema}}
        for name, (kind, schema) in COLUMNS.items()
    ]
    things = {"collection": "things", "meta": {}, "schema": {"name": "things"}}
    return {"version": 1, "collections": [things], "fields": fields, "relations": [RELATION]}


def item(number: int) -> Item:
    return {
        "title": f"t{number}",
        "tag": f"tag {number}",
        "views": number,
        "share": number / 4,
        "seen": number % 2 == 0,
        "at": "2026-01-31T12:00:00",
        "more": {"n": [number, None]},
    }


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("things") / "snapshot.json"
    path.write_text(json.dumps(snapshot()), "utf-8")
    with Store() as store:
        store.load_snapshot(path)
        yield store


@contextmanager
def box_of(things: Store, pool: IsolatePool, **settings: float) -> Iterator[Sandbox]:
    limits = Settings(**settings)  # type: ignore[arg-type]
    with things.fork() as store, Sandbox(store, pool=pool, settings=limits) as box:
        yield box


PREFIX: Final[dict[LanguageName, str]] = {
    "python": """
number = 0
async def on(event, handler):
    await exec("register-filter", {"event": event, "handler": handler})
async def told(args):
    return seen
seen = []
await exec("register-operation", {"id": "seen", "handler": told})
""",
    "js": """
const seen = [];
const on = (event, handler) => exec("register-filter", { event, handler });
await exec("register-operation", { id: "seen", handler: () => seen });
""",
}
MANIFEST: Final[Item] = {"permissions": [{"permission": "create-items", "role": "admin"}]}
PYTHON: Final = {
    "what it was given": "def f(p):\n seen.append(p['title'])\n return p",
    "nothing": "def f(p):\n seen.append(p['title'])",
    "another text": "def f(p):\n seen.append(p['title'])\n return {**p, 'title': p['title'] + '!'}",
    "one text that is too long": "def f(p):\n seen.append(p['title'])\n return {**p, 'title': 'x' * (21 if p['title'] == 't3' else 5)}",
    "one without what is required": "def f(p):\n seen.append(p['title'])\n if p['title'] == 't3': del p['title']\n return p",
    "one null where none may be": "def f(p):\n seen.append(p['title'])\n return {**p, 'title': None if p['title'] == 't3' else 'x'}",
    "one number that is none": "def f(p):\n seen.append(p['title'])\n return {**p, 'views': 'x' if p['title'] == 't3' else 7}",
    "one number that is too large": "def f(p):\n seen.append(p['title'])\n return {**p, 'views': 2 ** 31 if p['title'] == 't3' else 7}",
    "a flag for a number": "def f(p):\n seen.append(p['title'])\n return {**p, 'views': p['title'] == 't3'}",
    "one moment that is none": "def f(p):\n seen.append(p['title'])\n return {**p, 'at': 'never' if p['title'] == 't3' else '2026-02-01T00:00:00'}",
    "one reference to nothing": "def f(p):\n seen.append(p['title'])\n return {**p, 'above': 99} if p['title'] == 't3' else p",
    "one item inside another": "def f(p):\n seen.append(p['title'])\n return {**p, 'above': {'title': 'up'}} if p['title'] == 't3' else p",
    "the same tag for two": "def f(p):\n seen.append(p['title'])\n return {**p, 'tag': 'same'} if p['title'] in ('t2', 't4') else p",
    "a key of its own": "def f(p):\n seen.append(p['title'])\n return {**p, 'id': 500} if p['title'] == 't3' else p",
    "a column that is none": "def f(p):\n seen.append(p['title'])\n return {**p, 'none': 1}",
    "other data": "def f(p):\n seen.append(p['title'])\n return {**p, 'more': [1, {'a': None}]}",
    "a number": "def f(p):\n seen.append(p['title'])\n return 5 if p['title'] == 't3' else p",
    "a list": "def f(p):\n seen.append(p['title'])\n return [p] if p['title'] == 't3' else p",
    "what is no data": "def f(p):\n seen.append(p['title'])\n return object if p['title'] == 't3' else p",
    "an error": "def f(p):\n seen.append(p['title'])\n if p['title'] == 't3': raise ValueError('no')",
    "an error of every one": "def f(p):\n raise ValueError('no')",
    "lines of the log": "async def f(p):\n seen.append(p['title'])\n await exec('log', p['title'])\n return {**p, 'title': 'x'}",
    "what is printed": "def f(p):\n seen.append(p['title'])\n print(p['title'])",
    "a call that is awaited": "async def f(p):\n await exec('sleep', 1)\n seen.append(p['title'])\n return p",
    "a call that nobody awaits": "async def f(p):\n exec('sleep', 1)\n seen.append(p['title'])\n return p",
    "a call that is refused": "async def f(p):\n seen.append(p['title'])\n if p['title'] == 't3': await exec('delete-items', 'things', {'keys': [1]})",
    "an item of its own": (
        "async def f(p):\n seen.append(p['title'])\n"
        " if p['title'] == 't3': await exec('create-items', 'things', {'data': [{'title': 'own', 'tag': 'tag 4'}]})"
    ),
    "another filter meanwhile": (
        "async def late(p):\n seen.append('late ' + p['title'])\n"
        "async def f(p):\n seen.append(p['title'])\n if p['title'] == 't2': await on('items.create', late)\n"
        "async def g(p):\n seen.append('g ' + p['title'])\n if p['title'] == 't3': await on('things.items.create', late)\n"
        "await on('items.create', f)\nawait on('things.items.create', g)\nf = g"
    ),
    "three in a row": (
        "def a(p):\n seen.append('a ' + p['title'])\n return {**p, 'title': p['title'] + 'a'}\n"
        "def b(p):\n seen.append('b ' + p['title'])\n"
        "def c(p, meta, context):\n seen.append(meta)\n return {**p, 'title': p['title'] + meta['event'][:1]}\n"
        "await on('*.items.create', b)\nawait on('items.create', a)\nf = c"
    ),
    "an error of the second of three": (
        "def a(p): return {**p, 'title': p['title'] + 'a'}\n"
        "def b(p):\n seen.append('b ' + p['title'])\n if p['title'] == 't3a': raise KeyError(p['title'])\n"
        "def c(p): seen.append('c ' + p['title'])\n"
        "await on('items.create', a)\nawait on('items.create', b)\nf = c"
    ),
    "a call of the second of three": (
        "def a(p): return {**p, 'title': p['title'] + 'a'}\n"
        "async def b(p):\n seen.append('b ' + p['title'])\n await exec('sleep', 0)\n return {**p, 'title': p['title'] + 'b'}\n"
        "def c(p): seen.append('c ' + p['title'])\n"
        "await on('items.create', a)\nawait on('items.create', b)\nf = c"
    ),
}
JAVASCRIPT: Final = {
    "what it was given": "const f = (p) => { seen.push(p.title); return p; };",
    "nothing": "const f = (p) => { seen.push(p.title); };",
    "null": "const f = (p) => { seen.push(p.title); return p.title === 't3' ? null : p; };",
    "null, then nothing": "await on('items.create', () => null); const f = (p) => { seen.push(p); };",
    "another text": "const f = (p) => { seen.push(p.title); return { ...p, title: p.title + '!' }; };",
    "one number that is none": "const f = (p) => { seen.push(p.title); return { ...p, views: p.title === 't3' ? 1.5 : 7 }; };",
    "a date": "const f = (p) => { seen.push(p.title); return { ...p, at: new Date(0) }; };",
    "what is no data": "const f = (p) => { seen.push(p.title); return p.title === 't3' ? () => 1 : p; };",
    "half a character": "const f = (p) => { seen.push(p.title); return { ...p, title: p.title === 't3' ? '\\ud800' : 'x' }; };",
    "an error": "const f = (p) => { seen.push(p.title); if (p.title === 't3') throw new TypeError('no'); };",
    "a rejection that nobody handles": "const f = (p) => { seen.push(p.title); if (p.title === 't3') Promise.reject(new Error('no')); };",
    "lines of the log": "const f = async (p) => { seen.push(p.title); await exec('log', p.title); return { ...p, title: 'x' }; };",
    "what is printed": "const f = (p) => { seen.push(p.title); console.log(p.title); };",
    "a call that is awaited": "const f = async (p) => { await exec('sleep', 1); seen.push(p.title); return p; };",
    "an item of its own": (
        "const f = async (p) => { seen.push(p.title);"
        " if (p.title === 't3') await exec('create-items', 'things', { data: [{ title: 'own', tag: 'tag 4' }] }); };"
    ),
    "three in a row": (
        "await on('*.items.create', (p) => { seen.push('b ' + p.title); });\n"
        "await on('items.create', (p) => ({ ...p, title: p.title + 'a' }));\n"
        "const f = (p, meta, context) => { seen.push(meta); return { ...p, title: p.title + meta.event[0] }; };"
    ),
}
CASES: Final = [("python", name) for name in PYTHON] + [("js", name) for name in JAVASCRIPT]
ITEMS: Final[dict[str, list[object]]] = {
    "all well": [item(number) for number in range(6)],
    "one refused": [item(0), item(1), {**item(2), "title": "x" * 21}, item(3), item(4)],
    "a moment that is none": [item(0), item(1), {**item(2), "at": "never"}, item(3)],
    "a tag twice": [item(0), item(1), {**item(2), "tag": "tag 0"}, item(3)],
    "a key and a reference": [{**item(0), "id": 70}, {**item(1), "above": 70}, {**item(2), "above": 71}, item(3)],
    "no items": [item(0), None, item(1)],
    "no objects": [item(0), [1], item(1)],
}


def observed(box: Sandbox, items: list[object], role: str | None = "admin") -> Item:
    """Return all that can be seen of a creation but numbers and times."""
    try:
        keys: object = box.items("things", role)._run("create", lambda service: service.create(items))
    except ScopeboxError as error:
        keys = [
            type(error).__name__,
            error.message,
            error.hint,
            getattr(error, "line", 0),
            getattr(error, "data", None),
        ]
    records = {record.number: record for record in box.trace}
    return {
        "keys": keys,
        "seen": box.run_operation("seen", {}),
        "items": box.items("things").read({"limit": -1, "sort": ["id"]}),
        "log": [(record.level, record.message) for record in box.log],
        "trace": [
            (record.type, record.state, record.message, records[record.parent].type if record.parent in records else "")
            for record in records.values()
        ],
        "usage": [(hook.event, hook.usage.calls, hook.usage.last_status, hook.usage.last_error) for hook in box.hooks],
        "times": [len(hook.usage.times) for hook in box.hooks],
    }


def source_of(language: LanguageName, name: str) -> str:
    body = PYTHON[name] if language == "python" else JAVASCRIPT[name]
    return f"{PREFIX[language]}{body}\nawait on('things.items.create', f)"


@pytest.mark.parametrize(("language", "name"), CASES)
def test_nobody_can_tell_it_from_calls_one_by_one(
    things: Store, pool: IsolatePool, monkeypatch: pytest.MonkeyPatch, language: LanguageName, name: str
) -> None:
    role = "admin" if language == "python" else None
    for items in ITEMS.values() if name in ("another text", "nothing") else [ITEMS["all well"]]:
        with box_of(things, pool) as box:
            box.load(source_of(language, name), name=NAME, manifest=MANIFEST, language=language)
            together = observed(box, items, role)
        with monkeypatch.context() as patch, box_of(things, pool) as box:
            patch.setattr(Events, "_series_of", lambda _events, _names: None)
            box.load(source_of(language, name), name=NAME, manifest=MANIFEST, language=language)
            apart = observed(box, items, role)
        assert together == apart


@pytest.mark.parametrize("language", ["python", "js"])
def test_many_items_take_fewer_frames_than_there_are_calls(
    things: Store, pool: IsolatePool, language: LanguageName
) -> None:
    with box_of(things, pool) as box:
        box.load(source_of(language, "another text"), name=NAME, language=language)
        isolate = box.extensions[NAME].isolate
        assert isolate is not None
        before = isolate.deliveries
        assert len(box.items("things").create([item(number) for number in range(100)])) == 100
        assert isolate.deliveries - before < 100
        assert box.run_operation("seen", {}) == [f"t{number}" for number in range(100)]


@pytest.mark.parametrize("fan_out", [1, 3, 7, 12])
def test_no_more_calls_are_made_than_a_chain_may_have(things: Store, pool: IsolatePool, fan_out: int) -> None:
    with box_of(things, pool, fan_out=fan_out) as box:
        box.load(source_of("python", "three in a row"), name=NAME)
        keys = observed(box, ITEMS["all well"])["keys"]
        assert keys == [
            "LimitError",
            f"More than {fan_out} callbacks in one chain, started by items.create things",
            "",
            0,
            None,
        ]
        assert sum(hook.usage.calls for hook in box.hooks) == fan_out + 1  # the last of which was not made


def test_code_that_does_not_end_ends_the_extension_at_the_limit(things: Store, pool: IsolatePool) -> None:
    source = f"{PREFIX['python']}def f(p):\n while p['title'] == 't3': pass\nawait on('items.create', f)"
    with box_of(things, pool) as box:
        box.load(source, name=NAME, timeout=0.2)
        with pytest.raises(LimitError, match="timed out") as caught:
            box.items("things").create([item(number) for number in range(6)])
        assert caught.value.kind == "busy"
        assert box.items("things").read() == []
        assert {record.state for record in box.trace if record.type.startswith("handler:")} <= {"ok", "failed"}
        assert box.hooks == ()


def test_a_guest_that_runs_out_of_memory_in_the_middle_fails_the_write(things: Store, pool: IsolatePool) -> None:
    source = f"{PREFIX['python']}def f(p):\n if p['title'] == 't3': [0] * 10 ** 10\nawait on('items.create', f)"
    with box_of(things, pool) as box:
        box.load(source, name=NAME)
        with pytest.raises(ExtensionError) as caught:
            box.items("things").create([item(number) for number in range(6)])
        assert caught.value.kind == "MemoryError"
        assert box.items("things").read() == []


def states(box: Sandbox) -> list[str]:
    return [record.state for record in box.trace if record.type.startswith("handler:filter")]


def test_whoever_goes_ends_the_calls_with_it(things: Store, pool: IsolatePool) -> None:
    source = (
        f"{PREFIX['python']}async def f(p):\n if p['title'] == 't3': await exec('sleep', 60_000)\n"
        "await on('items.create', f)"
    )
    with box_of(things, pool) as box:
        box.load(source, name=NAME)

        async def work() -> None:
            chain = box.services.chains.start("test")
            service = box.store.items("things", accountability=None, emitter=box.services.events, cause=Cause(chain))
            running = asyncio.ensure_future(box.services.chains.run_async(chain, service.create(ITEMS["all well"])))
            await until(lambda: any(record.type == "sleep" for record in box.trace))
            # A guest that has only just sent its call is executing still, and would be killed.
            await until(lambda: all(isolate.process.sleeps() for isolate in pool.isolates))
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

            await until(lambda: states(box)[-1] != "running")

        asyncio.run(work())
        assert states(box) == ["ok", "ok", "ok", "cancelled"]
        assert len(box.items("things").create([item(9), item(10)])) == 2
