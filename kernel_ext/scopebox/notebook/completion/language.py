"""The names that the language of the cells knows, for completion: modules, their members, methods of plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_GUARDED: Final = ("format", "format_map")


@dataclass(frozen=True, slots=True)
class Language:
    """``modules`` has the public members of every module that a cell can import, ``builtins`` the names that are Python's own there."""

    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    builtins: frozenset[str] = frozenset()

    @classmethod
    def read(cls) -> Language:
        """Return the names of the guest's own façades, which are never called here."""
        from scopebox_guest.python.importable import importable_names, plain_builtins  # noqa: PLC0415 - takes a moment

        return cls(importable_names(), plain_builtins())

    def members(self, name: str) -> tuple[str, ...]:
        """Return what can follow ``name.``: members of a module, else the methods of texts, lists and dicts."""
        return self.modules.get(name) or tuple(sorted({*_methods(str), *_methods(list), *_methods(dict)}))


def _methods(kind: type) -> list[str]:
    return [name for name in _public(vars(kind)) if name not in _GUARDED]


def _public(names: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in names if not name.startswith("_"))
