"""Containers and records: collections, enum, types, copy, heapq, bisect."""

from __future__ import annotations

import bisect
import collections
import enum
import heapq
import keyword
import types
from typing import TYPE_CHECKING

from scopebox_guest.python.names import is_refused_attribute
from scopebox_guest.python.stand_ins import Function, Module, classes, functions, members

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox_guest.python.guest_state import GuestState


class ClosedEnum(enum.EnumMeta):
    """The class of the guest's enumerations. Calling one looks up a member, and never makes a new enumeration."""

    def __call__(cls, value: object, *names: object, **options: object) -> object:  # type: ignore[override]
        """The member with this value."""
        if names or options:
            raise TypeError(f"{cls.__name__}() looks up one member; write a new enumeration as a class")
        member: object = cls.__new__(cls, value)  # type: ignore[call-arg, arg-type]
        return member


class Enum(enum.Enum, metaclass=ClosedEnum):
    """``enum.Enum`` as a guest inherits from it."""


class IntEnum(enum.IntEnum, metaclass=ClosedEnum):
    """``enum.IntEnum`` as a guest inherits from it."""


class StrEnum(enum.StrEnum, metaclass=ClosedEnum):
    """``enum.StrEnum`` as a guest inherits from it."""


class Flag(enum.Flag, metaclass=ClosedEnum):
    """``enum.Flag`` as a guest inherits from it."""


class IntFlag(enum.IntFlag, metaclass=ClosedEnum):
    """``enum.IntFlag`` as a guest inherits from it."""


def _field_names(names: object) -> list[str]:
    """The field names as texts of exactly ``str``; the library makes code of them."""
    listed = names.replace(",", " ").split() if isinstance(names, str) else list(names)  # type: ignore[call-overload]
    checked = []
    for name in listed:
        if type(name) is not str:
            raise TypeError(f"field names must be texts, not {type(name).__name__}")
        if not name.isidentifier() or keyword.iskeyword(name) or is_refused_attribute(name):
            raise ValueError(f"{name!r} cannot be the name of a field")
        checked.append(name)
    return checked


def _namedtuple(state: GuestState) -> Function:
    def make(typename: str, field_names: object, *, defaults: Iterable[object] | None = None) -> type:
        names = _field_names(str.__str__(field_names) if isinstance(field_names, str) else field_names)
        (checked_name,) = _field_names([typename])
        made: type = collections.namedtuple(checked_name, names, defaults=defaults, module="extension")  # type: ignore[misc]  # noqa: PYI024
        state.adopt(made)
        return made

    return Function("namedtuple", make)


def container_modules(state: GuestState) -> dict[str, Module]:
    """The façades of this module; classes that they make belong to ``state``."""
    enumerations = {kind.__name__: kind for kind in (Enum, IntEnum, StrEnum, Flag, IntFlag)}
    return {
        "collections": Module(
            "collections",
            classes(collections, "ChainMap Counter")
            | members(collections, "OrderedDict defaultdict deque")
            | {"namedtuple": _namedtuple(state)},
        ),
        "enum": Module("enum", enumerations | members(enum, "auto") | functions(enum, "unique")),
        "types": Module("types", members(types, "MappingProxyType SimpleNamespace NoneType")),
        "heapq": Module(
            "heapq", functions(heapq, "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest")
        ),
        "bisect": Module(
            "bisect", functions(bisect, "bisect bisect_left bisect_right insort insort_left insort_right")
        ),
    }
