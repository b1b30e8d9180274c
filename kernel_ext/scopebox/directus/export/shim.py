"""The shim: what ``exec`` does, by ``directus:api``, in the pieces that a cell needs.

Types stand in ``shim.js`` as comments, ``/*: string */``, so that a source in TypeScript can have them and one in JavaScript has none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from scopebox.vocabulary import ITEMS, QUERY_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scopebox_guest.javascript.outlined import Outline

    from scopebox.directus.export.parts import Part

WRITES: Final = ("create-items", "update-items", "delete-items")
METHODS: Final[Mapping[str, tuple[str, ...]]] = {  # of the requests behind a call
    "read-items": ("GET",),
    "create-items": ("POST",),
    "update-items": ("GET", "PATCH"),
    "delete-items": ("GET", "DELETE"),
}
_BY_KEYS: Final = frozenset({"update-items", "delete-items"})  # calls that look for the keys first
_REGISTERED: Final = ("filter", "action", "endpoint", "operation")
_SECTION: Final = re.compile(r"^//: (.+)\n", re.MULTILINE)
_TYPE: Final = re.compile(r"/\*(\??: [^*\n]+) \*/")


@dataclass(frozen=True, slots=True)
class Needs:
    """What the calls of a cell need there: the names of execution types, and what is known of the collections they name.

    ``single`` tells that its handlers get one argument, as under ``requestedScopes``.
    """

    types: tuple[str, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    singletons: Sequence[str] = ()
    single: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        """The calls that go to the items of a Directus."""
        return tuple(name for name in self.types if name in ITEMS)

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions of ``directus:api`` behind the calls; what goes wrong is always logged."""
        used = {
            "log",
            *(name for name in self.types if name in ("sleep", "request")),
            *(["request"] if self.items else []),
        }
        return tuple(sorted(used))


def has_config(part: Part, outline: Outline, needs: Needs) -> bool:
    """Whether address and token of a Directus stand in a file of their own, as nobody gives them as options."""
    return bool(needs.items) and (part.type != "operation" or outline.default)


def helpers(part: Part, needs: Needs, outline: Outline, *, typed: bool = False) -> list[str]:
    """Return what stands above the cell, piece by piece; ``typed`` is with types."""
    sections = _sections()
    constants = "\n".join(_constants(part, needs, outline))
    keys = bool(_BY_KEYS & set(needs.types))
    names = [
        *(["server"] if needs.items and not has_config(part, outline, needs) else []),
        *(["items"] if needs.items else []),
        *(["keys"] if keys else []),
    ]
    registered = () if outline.default else _REGISTERED
    others = "".join(f"\t'register-{kind}': async () => undefined,\n" for kind in registered)
    calls = "".join(sections[name] for name in needs.types if name in sections)
    pieces = [
        *([constants] if constants else []),
        *(sections[name].rstrip() for name in names),
        f"const calls/*: Record<string, (...args: any[]) => Promise<any>> */ = {{\n{calls}{others}}};",
        sections["exec"].rstrip(),
        *([] if outline.default else [sections["failed"].rstrip()]),
    ]
    return [_written(piece, typed=typed) for piece in pieces]


def exported(part: Part, needs: Needs, *, typed: bool = False) -> str:
    """Return what stands below the cell: its default export."""
    sections = _sections()
    if part.type != "operation":
        return _written(sections[f"single {part.type}" if needs.single else part.type], typed=typed)
    last = sections["serving operation" if needs.items else "plain operation"]
    return _written(f"{sections[part.type]}\n{last}", typed=typed)


def _constants(part: Part, needs: Needs, outline: Outline) -> Iterator[str]:
    """Return what the functions know of this package, and of the collections that it names."""
    if part.type == "endpoint" and not (outline.default or needs.single):
        yield f"const baseUrl = {json.dumps('/' + part.name)};"
    if part.operation and not outline.default:
        yield f"const operation = {json.dumps(part.operation)};"
    if needs.items:
        yield f"const keyFields/*: Record<string, string> */ = {json.dumps(dict(needs.keys))};"
    if "update-items" in needs.types:
        yield f"const singletons/*: string[] */ = {json.dumps(list(needs.singletons))};"
    if _BY_KEYS & set(needs.types):
        yield f"const queryKeys/*: string[] */ = {json.dumps(list(QUERY_KEYS))};"


def _written(piece: str, *, typed: bool) -> str:
    return _TYPE.sub(r"\1" if typed else "", piece)


@lru_cache(maxsize=1)
def _sections() -> dict[str, str]:
    """Return the pieces of the shim by their names."""
    text = files(__package__).joinpath("shim.js").read_text("utf-8")
    pieces = _SECTION.split(text)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))
