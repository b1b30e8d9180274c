"""Default exports: what a cell calls ``default`` is registered as Directus does it (sandbox; conformance FINDINGS, 9)."""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Final

from scopebox_guest.exports import ID, LISTENERS, NO_FUNCTION, NO_OBJECT, not_of_type
from scopebox_guest.python.arity import EXPORT
from scopebox_guest.python.given import hinted, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.python.given import Sender

SHAPES: Final = {
    "endpoint": "an endpoint exports def default(router)",
    "hook": "a hook exports def default(filter, action)",
    "operation": 'an operation exports default = {"id": …, "handler": …}',
}


class Router:
    """What an endpoint registers its routes on. ``router.get(path, handler)``, or ``@router.get(path)``."""

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def _route(self, method: str, path: object, given: tuple[object, ...]) -> object:
        if not isinstance(path, str):
            raise TypeError(not_of_type("Route path", "string"))
        options: dict[str, object] = {"path": path, "method": method, "style": "router"}
        return _register(self._sender, "register-endpoint", options, given, f"router.{method.lower()}()")

    def get(self, path: object, *handler: object) -> object:
        """Register a route for GET."""
        return self._route("GET", path, handler)

    def post(self, path: object, *handler: object) -> object:
        """Register a route for POST."""
        return self._route("POST", path, handler)

    def put(self, path: object, *handler: object) -> object:
        """Register a route for PUT."""
        return self._route("PUT", path, handler)

    def patch(self, path: object, *handler: object) -> object:
        """Register a route for PATCH."""
        return self._route("PATCH", path, handler)

    def delete(self, path: object, *handler: object) -> object:
        """Register a route for DELETE."""
        return self._route("DELETE", path, handler)


def _register(sender: Sender, kind: str, options: dict[str, object], given: tuple[object, ...], label: str) -> object:
    """Register ``given[0]``, or return a decorator where nothing is given. The host answers before this returns."""
    if len(given) > 1:
        raise TypeError(f"{label} takes one handler")

    def register(handler: object) -> object:
        sender._wait(sender._call(kind, sender._register(kind, options, handler, single=True), label))
        return handler

    if not given:
        return register
    register(given[0])
    return None


def _listener(sender: Sender, kind: str) -> Callable[..., object]:
    def listen(event: object, *handler: object) -> object:
        if not isinstance(event, str):
            raise TypeError(not_of_type(f"{kind.capitalize()} event", "string"))
        return _register(sender, f"register-{kind}", {"event": event, "style": "default"}, handler, f"{kind}()")

    return named(kind, listen)


def call_export(export: object, kind: str, sender: Sender, call: Callable[[object, list[object]], object]) -> object:
    """Register a default export of the type ``kind``; return what has to be awaited before that is done, if anything.

    ``call`` calls a function of the extension. Raises TypeError, in Directus's words, for a wrong export.
    """
    if kind == "operation":
        _operation(export, sender)
        return None
    if not callable(export):
        raise hinted(NO_FUNCTION, SHAPES[kind])
    if kind == "endpoint":
        if (required := sender._required(export)) > 1:
            raise hinted(
                f"default asks for {required} arguments, and gets one: the router", EXPORT.format(parameter="router")
            )
        return call(export, [Router(sender)])
    given = {name: _listener(sender, name) for name in LISTENERS}
    arguments: list[object] = []
    for name in _parameters(export):
        if name not in given:
            raise hinted(
                f"{name} is not a function", f"{SHAPES['hook']}, or one of the two; there is nothing else that it gets"
            )
        arguments.append(given[name])
    return call(export, arguments)


def _operation(export: object, sender: Sender) -> None:
    if not isinstance(export, dict):
        raise hinted(NO_OBJECT, SHAPES["operation"])
    name = export.get("id")
    if not isinstance(name, str):
        raise hinted(not_of_type(ID, "string"), SHAPES["operation"])
    _register(sender, "register-operation", {"id": name, "style": "default"}, (export.get("handler"),), "operation")


def _parameters(function: object) -> tuple[str, ...]:
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        raise hinted(NO_FUNCTION, SHAPES["hook"])
    return code.co_varnames[: code.co_argcount]
