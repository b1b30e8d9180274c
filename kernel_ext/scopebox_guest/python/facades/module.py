"""What a guest imports instead of modules and functions: frozen objects with an explicit list of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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

    def __call__(self, /, *arguments: object, **keywords: object) -> object:
        return self._call(*arguments, **keywords)

    def __repr__(self) -> str:
        return f"<function {self._name}>"


def functions(owner: object, names: str) -> dict[str, object]:
    """The functions ``names`` of the module ``owner``; those that are written in Python are wrapped."""
    return {name: wrapped(name, getattr(owner, name)) for name in names.split()}


def members(owner: object, names: str) -> dict[str, object]:
    """The members ``names`` of the module ``owner`` that are safe as they are: constants, types, functions written in C."""
    return {name: getattr(owner, name) for name in names.split()}


def wrapped(name: str, function: Callable[..., object]) -> object:
    """``function``, wrapped unless it is written in C."""
    return Function(name, function) if hasattr(function, "__globals__") or hasattr(function, "__wrapped__") else function
