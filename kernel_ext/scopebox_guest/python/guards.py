"""The guards that compiled code calls, and the safe versions of the builtins that take an attribute's name as data."""

from __future__ import annotations

import builtins
from abc import ABCMeta
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FunctionType,
    GenericAlias,
    MethodType,
)
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.formatting import checked_format
from scopebox_guest.python.names import (
    GUARDED_NAMES,
    NAME_ATTRIBUTE,
    SUPER_METHODS,
    is_refused_attribute,
)
from scopebox_guest.python.stand_ins import Alias, Named

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from scopebox_guest.python.guest_state import GuestState

FORMATTING: Final = frozenset({"format", "format_map"})
STEPPING: Final = frozenset({"send", "throw", "close", "asend", "athrow", "aclose"})
_MISSING: Final = object()


def _stepped_types() -> frozenset[type]:
    """The types whose stepping methods would let a guest drive a coroutine by hand."""

    async def coroutine() -> None:
        """Never run: only its types are wanted."""

    async def generator() -> AsyncGenerator[None, None]:
        yield

    steps = generator()
    made = (coroutine(), steps.asend(None), steps.athrow(GeneratorExit), anext(steps, None))
    inner = made[0].__await__()
    types: set[type] = {CoroutineType, AsyncGeneratorType, type(inner), *map(type, made)}
    for entry in made:
        entry.close()  # what is dropped without it warns that it was never awaited
    return frozenset(types)


STEPPED_TYPES: Final = _stepped_types()


def refused(name: str) -> AttributeError:
    """The error for an attribute that no object gives; it carries no object."""
    return AttributeError(f"the attribute {name!r} is refused", name=name, obj=None)


class Guards:
    """The guards of one guest."""

    def __init__(self, state: GuestState) -> None:
        self._state = state
        self.write = _writer(state)

    def attribute(self, target: object, name: str) -> object:
        """Load one of the guarded names."""
        value = getattr(target, name)
        if name in FORMATTING:
            return checked_format(value)
        if name in STEPPING:
            if type(target) in STEPPED_TYPES:
                raise refused(name)
        elif name == "register":
            if isinstance(target, ABCMeta) and target not in self._state.classes:
                raise refused(name)
        elif name == "getbuffer" or _holds_object(target):
            raise refused(name)
        return value

    def name_of(self, target: object) -> str:
        """``__name__`` of a class or a function."""
        if isinstance(target, type | FunctionType | BuiltinFunctionType | MethodType):
            return str(target.__name__)
        if isinstance(target, Named):
            return target._name
        kind = type(target).__name__
        raise AttributeError(f"{kind!r} object has no attribute {NAME_ATTRIBUTE!r}", name=NAME_ATTRIBUTE, obj=None)

    def super(self, *arguments: object) -> object:
        """``super(cls, object)`` for a class of the guest's own."""
        if len(arguments) != 2:  # noqa: PLR2004 - a class and an object
            raise RuntimeError("super(): no arguments")
        made_in, target = arguments
        if not self._state.owns_class(made_in):
            raise TypeError("super() is given for classes of this extension only")
        assert isinstance(made_in, type)
        return super(made_in, target)

    def super_method(self, target: object, name: str) -> object:
        """A special method of the class above."""
        if type(target) is not super or name not in SUPER_METHODS:
            raise refused(name)
        return getattr(target, name)

    def build_class(self, body: Callable[[], object], name: str, /, *bases: object, **arguments: object) -> type:
        """Make a class; every base has to be a class, and none a metaclass."""
        if arguments:
            raise TypeError("arguments of a class are refused")
        for base in bases:
            if isinstance(base, Alias) or type(base) is GenericAlias:
                continue
            if not isinstance(base, type):
                raise TypeError(f"{_described(base)} cannot be inherited from")
            if issubclass(base, type):
                raise TypeError("metaclasses are refused")
        made: type = builtins.__build_class__(body, name, *bases)
        self._state.adopt(made)
        return made

    def getattr(self, target: object, name: object, /, *default: object) -> object:
        """``getattr``, which gives what a plain attribute of the same name gives."""
        if len(default) > 1:
            raise TypeError(f"getattr expected at most 3 arguments, got {2 + len(default)}")
        try:
            return self._load(target, _plain_name(name))
        except AttributeError:
            if default:
                return default[0]
            raise

    def hasattr(self, target: object, name: object, /) -> bool:
        """``hasattr``: whether ``getattr`` would give something."""
        try:
            self._load(target, _plain_name(name))
        except AttributeError:
            return False
        return True

    def _load(self, target: object, name: str) -> object:
        if name == NAME_ATTRIBUTE:
            return self.name_of(target)
        if is_refused_attribute(name):
            raise refused(name)
        if name in GUARDED_NAMES:
            return self.attribute(target, name)
        return getattr(target, name)

    def setattr(self, target: object, name: object, value: object, /) -> None:
        """``setattr``, for what an assignment could write."""
        setattr(self.write(target), _writable_name(name), value)

    def delattr(self, target: object, name: object, /) -> None:
        """``delattr``, for what ``del`` could delete."""
        delattr(self.write(target), _writable_name(name))


def _writer(state: GuestState) -> Callable[[object], object]:
    """The guard of every write to an attribute or an item: it returns its argument, or raises TypeError."""
    writable = state.writable
    owns_class = state.owns_class
    owns_function = state.owns_function

    def write(target: object) -> object:
        if type(target) in writable or owns_class(target) or owns_function(target):
            return target
        raise TypeError(f"{_described(target)} is read-only here")

    return write


def _holds_object(target: object) -> bool:
    """Whether ``obj`` of ``target`` may be an object that the guest was not given."""
    kind = target if isinstance(target, type) else type(target)
    return issubclass(kind, AttributeError | memoryview)


def _described(target: object) -> str:
    return repr(target) if isinstance(target, Named) else f"{type(target).__name__!r} object"


def _plain_name(name: object) -> str:
    """The name as a text of exactly ``str``: a subclass could change between check and use."""
    if not isinstance(name, str):
        raise TypeError("attribute name must be string")
    return name if type(name) is str else str.__str__(name)


def _writable_name(name: object) -> str:
    plain = _plain_name(name)
    if is_refused_attribute(plain):
        raise refused(plain)
    return plain
