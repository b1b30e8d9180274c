"""``copy``: plain data and objects of the guest's own classes are copied, everything else is shared."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.stand_ins import Function, Module

if TYPE_CHECKING:
    from scopebox_guest.python.guest_state import GuestState

CONTAINERS: Final = frozenset({list, dict, set, bytearray, deque, OrderedDict, defaultdict})


class Copier:
    """Copies without asking the objects how: their own hooks are not called."""

    def __init__(self, state: GuestState) -> None:
        self._state = state

    def _is_own(self, value: object) -> bool:
        """Whether the guest made the class of ``value`` and all that it inherits from."""
        return all(base in self._state.classes for base in type(value).__mro__[:-1]) and hasattr(value, "__dict__")

    def shallow(self, value: object) -> object:
        """``copy.copy``."""
        if type(value) in CONTAINERS:
            return value.copy()  # type: ignore[attr-defined]
        if not self._is_own(value):
            return value
        made = object.__new__(type(value))
        made.__dict__.update(value.__dict__)
        return made

    def deep(self, value: object) -> object:
        """``copy.deepcopy``."""
        return self._deep(value, {})

    def _deep(self, value: object, done: dict[int, object]) -> object:
        if id(value) in done:
            return done[id(value)]
        if type(value) is tuple:
            return tuple(self._deep(item, done) for item in value)
        made = done[id(value)] = self.shallow(value)
        if made is value:
            return value
        if isinstance(made, list | deque):
            self._deepen(made, dict(enumerate(made)), done)
        elif isinstance(made, dict):
            self._deepen(made, dict(made), done)
        elif self._is_own(made):
            self._deepen(made.__dict__, dict(made.__dict__), done)
        return made

    def _deepen(
        self,
        target: list[object] | deque[object] | dict[object, object] | dict[str, object],
        items: dict[object, object] | dict[int, object] | dict[str, object],
        done: dict[int, object],
    ) -> None:
        for key, item in items.items():
            target[key] = self._deep(item, done)  # type: ignore[index]


def copy_module(state: GuestState) -> dict[str, Module]:
    """``copy``."""
    copier = Copier(state)
    names = {"copy": Function("copy", copier.shallow), "deepcopy": Function("deepcopy", copier.deep)}
    return {"copy": Module("copy", names)}
