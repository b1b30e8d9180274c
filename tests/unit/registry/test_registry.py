"""Endpoints are found by the extension that they belong to."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest
from scopebox.chains.chain import Cause
from scopebox.errors import ScopeboxError
from scopebox.journal.log import Log
from scopebox.registry import registry as registry_module
from scopebox.registry.registrations import (
    MAX_LINE_CHARACTERS,
    MAX_WHOLE_ERRORS,
    TIMES_KEPT,
    Endpoint,
    Hook,
    NewestErrors,
    Operation,
    Returned,
    Usage,
)
from scopebox.registry.registry import Registry
from scopebox.registry.routes import PathPattern


async def _handler(number: int, args: list[object], cause: Cause, label: str) -> Returned:
    raise NotImplementedError


def _endpoint(method: str, path: str, extension: str) -> Endpoint:
    return Endpoint(method, PathPattern.parse(path), extension, 1, True, _handler, 1.0, Usage(NewestErrors()))


def _hook(event: str, extension: str, usage: Usage) -> Hook:
    return Hook("action", event, extension, 1, _handler, usage)


def _registry(*endpoints: Endpoint) -> Registry:
    registry = Registry(Log(10), lambda: None)
    for endpoint in endpoints:
        registry.add_endpoint(endpoint)
    return registry


def test_an_endpoint_is_found_below_its_own_extension_alone() -> None:
    one, other = _endpoint("GET", "/x", "a"), _endpoint("GET", "/x", "b")
    registry = _registry(one, other)
    assert registry.find_endpoint("a", "GET", "/x") is one
    assert registry.find_endpoint("b", "HEAD", "/x") is other
    assert registry.find_endpoint("c", "GET", "/x") is None
    assert registry.find_endpoint("a", "POST", "/x") is None


def test_the_methods_of_a_path_come_in_the_order_of_registration() -> None:
    post, get, any_get = _endpoint("POST", "/x", "a"), _endpoint("GET", "/x", "a"), _endpoint("GET", "/:any", "a")
    registry = _registry(post, _endpoint("GET", "/x", "b"), get, any_get)
    assert registry.find_endpoints("a", "/x") == [post, get]
    earlier = registry.registrations_of("a")
    registry.remove("a")
    assert registry.find_endpoints("a", "/x") == []
    registry.restore("a", earlier)
    assert registry.find_endpoints("a", "/x") == [post, get]


def test_what_others_registered_is_not_walked_through() -> None:
    looked: list[str] = []

    class Name(str):
        """The name of an extension that notes what it is compared with."""

        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            looked.append(str(other))
            return str(self) == str(other)

        def __hash__(self) -> int:
            return hash(str(self))

    registry = _registry(*(_endpoint("GET", f"/{number}", f"extension-{number}") for number in range(1_000)))
    assert registry.find_endpoint(Name("extension-999"), "GET", "/999") is registry.endpoints[999]
    assert registry.find_endpoints(Name("extension-500"), "/500") == [registry.endpoints[500]]
    assert len(looked) < 20


def test_all_that_is_registered_in_a_sandbox_shares_the_errors_that_are_kept_whole() -> None:
    registry = _registry()
    usages = [registry.usage() for _ in range(MAX_WHOLE_ERRORS + 1)]
    for usage in usages:
        usage.note_failed(ScopeboxError("no"))
    assert [usage.error is None for usage in usages] == [True, *[False] * MAX_WHOLE_ERRORS]


def test_what_all_extensions_register_has_room_together(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = _registry()
    usage = registry.usage()
    first = _hook("items.create", "a", usage), _endpoint("GET", "/x", "b"), Operation("x", "b", 1, _handler, usage)
    monkeypatch.setattr(registry_module, "MAX_BYTES", sum(entry.size for entry in first))
    for entry in first:
        registry.register(entry)
    more = _hook("ping", "c", usage), _endpoint("GET", "/y", "c"), Operation("y", "c", 1, _handler, usage)
    for entry in more:
        with pytest.raises(ScopeboxError, match="The 3 hooks, endpoints and operations of all extensions") as caught:
            registry.register(entry)
        assert "%sandbox unload NAME" in caught.value.hint
        assert "%sandbox reset" in caught.value.hint
    assert not registry.registrations_of("c").hooks
    assert not registry.registrations_of("c").endpoints
    registry.events.remove("a")  # as at the end of its isolate
    registry.register(more[0])
    earlier = registry.registrations_of("b")
    registry.remove("b")
    registry.register(more[1])
    registry.register(more[2])
    registry.restore("b", earlier)  # what was there before is never refused
    with pytest.raises(ScopeboxError):
        registry.register(_hook("a", "d", usage))
    registry.remove("c")
    registry.register(first[0])


@pytest.mark.parametrize(
    "made",
    [
        lambda number, usage: _hook(f"items.create.{number}", "a", usage),
        lambda number, usage: _hook(f"{'x' * 700}{number}", "a", usage),
        lambda number, usage: Operation(f"{'x' * 90}{number}", "a", 1, _handler, usage),
        lambda number, _: _endpoint("GET", f"/{number}", "a"),
        lambda number, _: _endpoint("GET", "/" + "/".join(f"{number}-{place}" for place in range(20)), "a"),
        lambda number, _: _endpoint("GET", "/" + "/".join(f"{'y' * 19}{number:04}" for _ in range(20)), "a"),
    ],
    ids=["hooks", "long names", "operations", "paths", "segments", "long paths"],
)
def test_what_is_registered_takes_no_more_than_it_counts_for(made: Callable[[int, Usage], Hook | Endpoint | Operation]) -> None:  # fmt: skip
    registry, count = _registry(), 700
    counted = 0
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(count):
            entry = made(number, registry.usage())
            registry.register(entry)
            counted += entry.size
            for _ in range(TIMES_KEPT + 1):
                entry.usage.note_time(0.1)
            entry.usage.note_failed(ScopeboxError("x" * MAX_LINE_CHARACTERS))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken < 1.3 * counted
    assert len(entry.usage.times) == TIMES_KEPT
