"""``copy``: plain data and objects of the guest's own classes are copied, everything else is shared."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING

from scopebox_guest.python.facades.module import Function, Module

if TYPE_CHECKING:
    from scopebox_guest.python.world import World


class Copier:
    """Copies without asking the objects how: their own hooks are no part of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def shallow(self, value: object) -> object:
        """``copy.copy``."""
        if isinstance(value, list | dict | set | bytearray | deque) and type(value) not in self._world.classes:
            return value.copy()
        if type(value) in self._world.classes and hasattr(value, "__dict__") and type(value).__base__ is object:
            made = object.__new__(type(value))
            made.__dict__.update(value.__dict__)
            return made
        return value

    def deep(self, value: object) -> object:
        """``copy.deepcopy``."""
        return self._deep(value, {})

    def _deep(self, value: object, done: dict[int, object]) -> object:
        if id(value) in done:
            return done[id(value)]
        kind = type(value)
        if kind is tuple or kind is frozenset:
            return kind(self._deep(item, done) for item in value)  # type: ignore[attr-defined]
        made = done[id(value)] = self.shallow(value)
        if kind in {list, deque}:
            for index, item in enumerate(value):  # type: ignore[arg-type, var-annotated]
                made[index] = self._deep(item, done)  # type: ignore[index]
        elif kind in {dict, OrderedDict, defaultdict}:
            for key, item in value.items():  # type: ignore[attr-defined]
                made[key] = self._deep(item, done)  # type: ignore[index]
        elif made is not value and kind in self._world.classes:
            for name, item in value.__dict__.items():
                made.__dict__[name] = self._deep(item, done)
        return made


def copy_module(world: World) -> dict[str, Module]:
    """``copy``."""
    copier = Copier(world)
    return {"copy": Module("copy", {"copy": Function("copy", copier.shallow), "deepcopy": Function("deepcopy", copier.deep)})}
