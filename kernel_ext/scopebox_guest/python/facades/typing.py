"""Names for annotations. Annotations are never evaluated, so these only have to exist, combine and stand as base classes."""

from __future__ import annotations

import collections.abc
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.stand_ins import Alias, Function, Module

if TYPE_CHECKING:
    from collections.abc import Callable

INERT: Final = (
    "Any AnyStr Annotated ClassVar Concatenate Final Generic Literal LiteralString Never NoReturn NewType NotRequired Optional ParamSpec "
    "Protocol Required Self Text Type TypeAlias TypeGuard TypeVar TypeVarTuple Union Unpack"
)
PLAIN: Final = {"Dict": dict, "List": list, "Set": set, "FrozenSet": frozenset, "Tuple": tuple, "TypedDict": dict}
ABSTRACT: Final = (
    "AsyncGenerator AsyncIterable AsyncIterator Awaitable Callable Collection Container Coroutine Generator Hashable Iterable "
    "Iterator Mapping MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized"
)
DECORATORS: Final = "final no_type_check overload override runtime_checkable"
RENAMED: Final = {"Set": "AbstractSet"}


class Abstract(Alias):
    """An abstract class of ``collections.abc`` that ``isinstance`` and ``issubclass`` understand."""

    __slots__ = ("_kind",)
    _kind: type

    def __init__(self, name: str, kind: type) -> None:
        super().__init__(name)
        object.__setattr__(self, "_kind", kind)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._kind)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._kind)

    def __repr__(self) -> str:
        return f"collections.abc.{self._name}"


def _cast(_kind: object, value: object) -> object:
    return value


def _unchanged(function: Callable[..., object]) -> Callable[..., object]:
    return function


def typing_modules() -> dict[str, Module]:
    """``typing`` and ``collections.abc``."""
    abstract = {name: Abstract(name, getattr(collections.abc, name)) for name in ABSTRACT.split()}
    names: dict[str, object] = {name: Alias(name) for name in INERT.split()}
    names |= {name: Alias(name, (base,)) for name, base in PLAIN.items()}
    names |= {RENAMED.get(name, name): kind for name, kind in abstract.items()}
    names |= {name: Function(name, _unchanged) for name in DECORATORS.split()}
    names |= {"cast": Function("cast", _cast), "TYPE_CHECKING": False}
    return {"typing": Module("typing", names), "collections.abc": Module("collections.abc", abstract)}
