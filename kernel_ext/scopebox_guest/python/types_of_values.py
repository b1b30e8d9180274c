"""``type`` as a guest has it: it tells the class of an object, and makes none."""

from __future__ import annotations

from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    NoneType,
    NotImplementedType,
)
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.stand_ins import Function, Module, StandIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox_guest.python.guest_state import GuestState

OPAQUE_NAMES: Final = {
    Function: "function",
    FunctionType: "function",
    BuiltinFunctionType: "builtin_function_or_method",
    MethodType: "method",
    Module: "module",
    CoroutineType: "coroutine",
    GeneratorType: "generator",
    AsyncGeneratorType: "async_generator",
}


class Opaque(StandIn):
    """The type of an object whose class is not given out: it has a name, and ``isinstance`` understands it."""

    __slots__ = ("_kind",)
    _kind: type

    def __init__(self, name: str, kind: type) -> None:
        super().__init__(name)
        object.__setattr__(self, "_kind", kind)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._kind)

    def __repr__(self) -> str:
        return f"<type {self._name!r} of the sandbox>"


class SafeType(StandIn):
    """The builtin ``type``. ``public`` is what is given for a class that is neither an exception nor the guest's own."""

    __slots__ = ("_opaque", "_public", "_state")
    _opaque: dict[type, Opaque]
    _public: dict[type, object]
    _state: GuestState

    def __init__(self, state: GuestState, public: Mapping[type, object]) -> None:
        super().__init__("type")
        object.__setattr__(self, "_state", state)
        object.__setattr__(
            self, "_public", {kind: kind for kind in (NoneType, NotImplementedType, type(...))} | dict(public)
        )
        object.__setattr__(self, "_opaque", {})

    def __call__(self, target: object, /) -> object:
        """Tell the class of ``target``, or an opaque stand-in for it."""
        kind = type(target)
        if kind in self._state.classes or issubclass(kind, BaseException):
            return kind
        if kind in self._public:
            return self._public[kind]
        if issubclass(kind, type | StandIn):
            return self
        known = self._opaque.get(kind)
        if known is None:
            known = self._opaque[kind] = Opaque(OPAQUE_NAMES.get(kind, kind.__name__), kind)
        return known

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, type)

    def __getitem__(self, parameters: object) -> SafeType:
        return self

    def __repr__(self) -> str:
        return "<class 'type'>"
