"""Endpoints are found by the extension that they belong to."""

from __future__ import annotations

from scopebox.chains.chain import Cause
from scopebox.errors import ScopeboxError
from scopebox.journal.log import Log
from scopebox.registry.registrations import MAX_WHOLE_ERRORS, Endpoint, NewestErrors, Returned, Usage
from scopebox.registry.registry import Registry
from scopebox.registry.routes import PathPattern


async def _handler(number: int, args: list[object], cause: Cause, label: str) -> Returned:
    raise NotImplementedError


def _endpoint(method: str, path: str, extension: str) -> Endpoint:
    return Endpoint(method, PathPattern.parse(path), extension, 1, True, _handler, 1.0, Usage(NewestErrors()))


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
