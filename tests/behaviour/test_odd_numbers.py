"""Whatever number, or text that looks like one, a frame has in any place of a call: it is taken, or refused in words that say so."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Iterator

import pytest
from scopebox import Sandbox
from scopebox.chains.chain import Cause
from scopebox.extension.extension import Extension
from scopebox.isolate.invocation import Answer, Invocation
from scopebox.vocabulary import CALL_TYPES, EXECUTION_TYPES, ITEMS, QUERY_KEYS
from scopebox_guest import wire

ODD = (10**400, -(10**400), 2**64, 1e308, 5e-324, "NaN", "Infinity", "1e400", "9" * 400)
MANIFEST = {
    "permissions": [
        *({"permission": name, "role": "admin"} for name in ITEMS),
        {"permission": "request", "allowedUrls": ["https://a.test/*"]},
    ]
}
NOTHING = {"id": {"_eq": 0}}  # a filter that no item passes
HANDLER: dict[str, object] = {"handler": {"handler": 1}}
WHOLE: dict[str, dict[str, object]] = {
    "register-filter": {"event": "some.event", **HANDLER},
    "register-action": {"event": "some.event", **HANDLER},
    "register-endpoint": {"path": "/x", "method": "GET", **HANDLER},
    "register-operation": {"id": "some", **HANDLER},
    "create-items": {"data": []},
    "read-items": {"query": {"filter": NOTHING}},
    "update-items": {"query": {"filter": NOTHING}, "data": {"title": "x"}},
    "delete-items": {"query": {"filter": NOTHING}},
    "request": {"method": "POST", "body": "x", "headers": {}, "output": "text"},
}
FIRST: dict[str, tuple[object, ...]] = {"request": ("https://a.test/x",), **dict.fromkeys(ITEMS, ("articles",))}
FIELDS = ("id", "title", "rating", "author", "date_published", "featured", "meta")


def arguments(type_: str, odd: object) -> Iterator[list[object]]:
    """Yield the arguments of calls of a type, each with an odd value in another place."""
    first, options = FIRST.get(type_, ()), WHOLE.get(type_, {})
    yield [odd]
    yield [*first, odd]
    yield from ([*first, {**options, name: odd}] for name in options)
    yield from ([*first, {**options, "handler": {"handler": odd}}] for _ in [*options] if "handler" in options)
    if type_ == "request":
        yield [*first, {**options, "body": {"a": [odd]}}]
        yield [*first, {**options, "headers": {"x-odd": odd}}]
    if "query" in options:
        conditions: list[dict[str, dict[str, object]]] = []
        for name in FIELDS:
            conditions += [{name: {operator: [odd, odd]}} for operator in ("_in", "_between")]
            conditions += [{name: {operator: odd}} for operator in ("_eq", "_lt", "_contains", "_null")]
        queries: list[dict[str, object]] = [{name: odd} for name in QUERY_KEYS]
        queries += [{"filter": {"_and": [NOTHING, each]}} for each in conditions]
        queries += [{"deep": {"comments": {f"_{name}": odd}}} for name in ("limit", "offset", "page")]
        yield from ([*first, {**options, "query": {"filter": NOTHING, **query}}] for query in queries)
    if "data" in options:
        data = [{name: odd} for name in FIELDS]
        query = {"query": {"filter": {"id": {"_eq": 1}}}} if type_ == "update-items" else {}
        yield from ([*first, {**query, "data": each if query else [{"title": "x", **each}]}] for each in data)


def answered(extension: Extension, call: wire.Call) -> Answer | None:
    """Return what a frame with ``call`` is answered; None for one that is waited for."""
    chains, isolate = extension.services.chains, extension.isolate
    assert isolate is not None
    assert isolate.peer is not None
    peer, chain = isolate.peer, chains.start("odd")

    async def work() -> Answer | None:
        invocation = Invocation(1, Cause(chain), 60.0, 60.0, asyncio.get_running_loop().create_future())
        body = wire.encode(call)
        frame = wire.decode_from_guest(body, wire.ORDINARY, CALL_TYPES)
        assert isinstance(frame, wire.Call)
        answer = peer.on_call(frame, invocation)
        if not isinstance(answer, Coroutine):
            return answer
        task = asyncio.ensure_future(answer)
        if call.type == "sleep":  # it may wait for as long as a run may take
            await asyncio.sleep(0)
            if not task.done():
                task.cancel()
                return None
        return await task

    return chains.run(chain, work, "")


@pytest.mark.parametrize("type_", EXECUTION_TYPES)
def test_every_number_in_every_place_of_a_call_is_taken_or_refused_in_words(box: Sandbox, type_: str) -> None:
    box.mock("POST", "https://a.test/*", text="x")
    extension = box.load("1", name="odd", manifest=MANIFEST)
    numbers = itertools.count(1_000)
    for odd in ODD:
        for given in arguments(type_, odd):
            answer = answered(extension, wire.Call(next(numbers), 1, type_, given))
            said = answer.message if isinstance(answer, wire.Refuse) else ""
            assert "inside the sandbox" not in said, given
            assert "NoneType" not in said, given
            assert "argument of type" not in said, given
    assert [record.message for record in box.log if record.level == "error"] == []
