"""What a guest imports instead of modules and functions: frozen objects with an explicit list of names."""

from __future__ import annotations

from types import FunctionType, NoneType
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACKAGE: Final = "scopebox_guest."


class Named:
    """An object whose name a guest may read as ``__name__``."""

    __slots__ = ("_name",)
    _name: str

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{self!r} is read-only", name=name, obj=None)

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{self!r} is read-only", name=name, obj=None)


class Module(Named):
    """A module as a guest sees it."""

    def __init__(self, name: str, members: Mapping[str, object]) -> None:
        super().__init__(name)
        self.__dict__.update(members)

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"module {self._name!r} has no attribute {name!r}", name=name, obj=None)

    def __repr__(self) -> str:
        return f"<module {self._name!r} of the sandbox>"


class Function(Named):
    """A function of the standard library that is written in Python, without the function's own attributes."""

    __slots__ = ("_call",)
    _call: Callable[..., object]

    def __init__(self, name: str, call: Callable[..., object]) -> None:
        super().__init__(name)
        object.__setattr__(self, "_call", call)
        if isinstance(call, FunctionType) and call.__module__.startswith(PACKAGE):
            call.__qualname__ = name  # errors about its arguments begin with it

    def __call__(self, /, *arguments: object, **keywords: object) -> object:
        """Call it."""
        return self._call(*arguments, **keywords)

    def __repr__(self) -> str:
        return f"<function {self._name}>"


def closed(name: str, value: object) -> object:
    """Return a function of the driver as guests get it, and anything else as it is."""
    return Function(name, value) if isinstance(value, FunctionType) else value


class StandIn(Named):
    """What stands for a type, and is combined with others by ``|``."""

    __slots__ = ()

    def __or__(self, other: object) -> Either:
        return Either(self, other)

    def __ror__(self, other: object) -> Either:
        return Either(other, self)


class Either(StandIn):
    """``first | second``, as ``isinstance`` takes it."""

    __slots__ = ("_kinds",)
    _kinds: tuple[object, object]

    def __init__(self, *kinds: object) -> None:
        super().__init__("Union")
        object.__setattr__(self, "_kinds", tuple(NoneType if kind is None else kind for kind in kinds))

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._kinds)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return " | ".join(map(repr, self._kinds))


class Class(StandIn):
    """A class of the standard library that is written in Python, as a guest sees it.

    It makes objects, and ``isinstance`` and ``type`` know it. Its methods are reached through an object only, and it cannot be
    inherited from: a method taken from the class itself could be called with a ``self`` that it was never meant for, such as a
    class, and would hand out that one's type.
    """

    _kind: type

    def __init__(self, kind: type, constructors: str = "") -> None:
        super().__init__(kind.__name__)
        self.__dict__.update({name: getattr(kind, name) for name in constructors.split()}, _kind=kind)

    def __call__(self, /, *arguments: object, **keywords: object) -> object:
        """Make an object."""
        return self._kind(*arguments, **keywords)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._kind)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._kind)

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"class {self._name!r} has no attribute {name!r} here", name=name, obj=None)

    def __getitem__(self, parameters: object) -> Class:
        return self

    def __repr__(self) -> str:
        return f"<class {self._name!r}>"


class Alias(StandIn):
    """An inert type: it can be subscripted, combined with ``|``, called as TypeVar is, and inherited from without effect."""

    __slots__ = ("_base",)
    _base: tuple[type, ...]

    def __init__(self, name: str, base: tuple[type, ...] = ()) -> None:
        super().__init__(name)
        object.__setattr__(self, "_base", base)

    def __getitem__(self, parameters: object) -> Alias:
        return self

    def __call__(self, *_arguments: object, **_keywords: object) -> Alias:
        """Stand for itself."""
        return self

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return self._base

    def __repr__(self) -> str:
        return f"typing.{self._name}"


def functions(owner: object, names: str) -> dict[str, object]:
    """The functions ``names`` of the module ``owner``; those that are written in Python are wrapped."""
    return {name: wrapped(name, getattr(owner, name)) for name in names.split()}


def members(owner: object, names: str) -> dict[str, object]:
    """The members ``names`` of the module ``owner`` that are safe as they are: constants, types, functions written in C."""
    return {name: getattr(owner, name) for name in names.split()}


def classes(owner: object, names: str) -> dict[str, object]:
    """The classes ``names`` of the module ``owner`` that are written in Python."""
    return {name: Class(getattr(owner, name)) for name in names.split()}


def wrapped(name: str, function: Callable[..., object]) -> object:
    """``function``, wrapped unless it is written in C."""
    return (
        Function(name, function) if hasattr(function, "__globals__") or hasattr(function, "__wrapped__") else function
    )
