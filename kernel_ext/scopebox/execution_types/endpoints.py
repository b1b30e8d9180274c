"""``register-endpoint`` (execution-types, "Endpoints"): a route under the extension's own name; needs no permission."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.capabilities import options
from scopebox.capabilities.hooks import handler_number
from scopebox.events import HandlerCall, Usage
from scopebox.http.paths import PathPattern
from scopebox.text import clean

if TYPE_CHECKING:
    from scopebox.capabilities import Caller

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Endpoint:
    """One registered route. Its full path is ``/<extension><pattern>``; ``router`` tells the style of default exports."""

    method: str
    pattern: PathPattern
    extension: str
    handler: int
    router: bool
    call: HandlerCall
    wall: float
    usage: Usage = field(default_factory=Usage)

    @property
    def path(self) -> str:
        """The full path, with the extension's name."""
        return f"/{self.extension}{self.pattern.text}"

    def __repr__(self) -> str:
        return f"<Endpoint {self.method} {clean(self.path)}: {self.usage.calls} calls>"


def register_endpoint(caller: Caller, args: list[object]) -> None:
    """Register a route for one method. Routes of an extension are tried in the order of registration."""
    given = options(args, 0, "register-endpoint", ("path", "method", "handler", "style"))
    path, method = given.get("path"), given.get("method")
    if not isinstance(path, str):
        raise TypeError("Route path has to be of type string")
    if not isinstance(method, str):
        raise TypeError("Route method has to be of type string")
    if method not in METHODS:
        raise ValueError(f"register-endpoint: {method[:20]!r} is not a method; the methods are {', '.join(METHODS)}")
    number = handler_number(given, "Route handler")
    pattern = PathPattern.parse(path)
    extension = caller.extension
    router = given.get("style") == "router" or extension.manifest.style == "api"
    extension.count_registration()
    extension.box.registry.add_endpoint(
        Endpoint(method, pattern, extension.name, number, router, extension.call_handler, extension.limits.wall)
    )
    extension.note_registered(f"{method} /{extension.name}{pattern.text}")
