"""What one loaded extension becomes: a package of one type each, as a Directus has no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.errors import ExportError
from scopebox.manifest.naming import words_of

if TYPE_CHECKING:
    from scopebox.extension.extension import Extension
    from scopebox.registry.registry import Registrations
    from scopebox.vocabulary import Type

_MOST_ID_CHARACTERS: Final = 40  # of an operation, in the name of a package


@dataclass(frozen=True, slots=True)
class Part:
    """One package: its name, its folder below the target (empty for the target itself), its type, and what it registers.

    ``routes`` are methods and paths, ``events`` kinds and names, ``operation`` is the id of one.
    """

    name: str
    folder: str
    type: Type
    routes: tuple[tuple[str, str], ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    operation: str = ""


def types_of(found: Registrations) -> list[Type]:
    """Return what was registered, as types of extensions."""
    kinds: tuple[tuple[Type, object], ...] = (
        ("hook", found.hooks),
        ("endpoint", found.endpoints),
        ("operation", found.operations),
    )
    return [kind for kind, entries in kinds if entries]


def parts_of(extension: Extension) -> list[Part]:
    """Return the packages that ``extension`` becomes. ExportError for one that has ended, or that registers nothing."""
    if not extension.alive:
        raise ExportError(
            f"{extension.name} has ended, and its hooks are gone: {extension.describe_end() or 'it was unloaded'}",
            hint="Run its cell again, then export it.",
        )
    found = extension.services.registry.registrations_of(extension.name)
    parts = [
        *([_hooks(extension.name, found)] if found.hooks else []),
        *([_endpoints(extension.name, found)] if found.endpoints else []),
        *(Part(extension.name, "", "operation", operation=entry.id) for entry in found.operations),
    ]
    if not parts:
        raise ExportError(
            f"{extension.name} registers nothing: a Directus loads hooks, endpoints and operations",
            hint='Register something, such as exec("register-endpoint", …), or add --type to a cell with a default export.',
        )
    return parts if len(parts) == 1 else [_named(part, len(found.operations) > 1) for part in parts]


def _hooks(name: str, found: Registrations) -> Part:
    return Part(name, "", "hook", events=tuple((hook.kind, hook.event) for hook in found.hooks))


def _endpoints(name: str, found: Registrations) -> Part:
    routes = tuple((endpoint.method, endpoint.pattern.text) for endpoint in found.endpoints)
    return Part(name, "", "endpoint", routes=routes)


def _named(part: Part, several: bool) -> Part:  # noqa: FBT001 - whether there are several operations
    """Return a part of several under a name of its own."""
    ending: str = part.type
    if part.operation and several:
        ending += "-" + words_of(part.operation)[:_MOST_ID_CHARACTERS].strip("-")
    name = f"{part.name}-{ending}"
    return Part(name, name.rpartition("/")[2], part.type, part.routes, part.events, part.operation)
