"""``register-endpoint`` (execution-types, "Endpoints"): a route under the extension's own name; needs no permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.execution_types.arguments import STYLE, handler_number, options
from scopebox.registry.registrations import Endpoint
from scopebox.registry.routes import PathPattern
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    from scopebox.execution_types.caller import CallContext


def register_endpoint(context: CallContext, args: list[object]) -> None:
    """Register a route for one method. Routes of an extension are tried in the order of registration."""
    given = options(args, "register-endpoint")
    path, method = given.get("path"), given.get("method")
    if not isinstance(path, str):
        raise TypeError("Route path has to be of type string")
    if not isinstance(method, str):
        raise TypeError("Route method has to be of type string")
    if method not in METHODS:
        raise ValueError(f"register-endpoint: {method[:20]!r} is not a method; the methods are {', '.join(METHODS)}")
    number = handler_number(given, "register-endpoint")
    pattern = PathPattern.parse(path)
    caller = context.caller
    router = given.get(STYLE) == "router" or caller.manifest.style == "api"
    caller.count_registration()
    registry = caller.services.registry
    registry.register(
        Endpoint(method, pattern, caller.name, number, router, context.call_handler, caller.wall, registry.usage())
    )
    caller.note_registered(f"{method} /{caller.name}{pattern.text}")
