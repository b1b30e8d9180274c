"""Functions about functions: functools, itertools, operator, contextlib, abc."""

from __future__ import annotations

import abc
import functools
import itertools
import operator
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.facades.contexts import async_context_manager, context_manager
from scopebox_guest.python.stand_ins import Function, Module, functions, members

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.python.guards import Guards
    from scopebox_guest.python.guest_state import GuestState

ITERTOOLS: Final = (
    "accumulate chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse groupby islice "
    "pairwise permutations product repeat starmap takewhile tee zip_longest"
)
OPERATOR: Final = (
    "abs add and_ concat contains countOf eq floordiv ge getitem gt index indexOf inv invert is_ is_not itemgetter le lshift lt "
    "matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor"
)
WRAPPED_NAMES: Final = ("__module__", "__name__", "__qualname__", "__doc__")


class cached_property:  # noqa: N801 - named as in functools
    """``functools.cached_property``, which keeps its function to itself."""

    __slots__ = ("_function", "_name")

    def __init__(self, function: Callable[[object], object]) -> None:
        self._function = function
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> object:
        if instance is None:
            return self
        value = self._function(instance)
        instance.__dict__[self._name] = value
        return value


def _wraps(state: GuestState) -> Function:
    """``functools.wraps`` for two functions of the guest: the names are copied, nothing else."""

    def wraps(wrapped: object) -> Callable[[object], object]:
        def decorate(wrapper: object) -> object:
            if state.owns_function(wrapper) and state.owns_function(wrapped):
                for name in WRAPPED_NAMES:
                    setattr(wrapper, name, getattr(wrapped, name))
            return wrapper

        return decorate

    return Function("wraps", wraps)


def _cached(maxsize: int | None, typed: bool) -> Callable[[object], object]:  # noqa: FBT001 - the parameters of lru_cache
    make: Callable[..., object] = functools._lru_cache_wrapper  # written in C

    def decorate(function: object) -> object:
        if not callable(function):
            raise TypeError("the first argument must be callable")
        # lru_cache itself would copy attributes of the function
        return make(function, maxsize, typed, functools._CacheInfo)

    return decorate


def _lru_cache(maxsize: object = 128, typed: bool = False) -> object:  # noqa: FBT001, FBT002 - the parameters of lru_cache
    if isinstance(maxsize, int | None):
        return _cached(maxsize if maxsize is None else max(maxsize, 0), bool(typed))
    return _cached(128, bool(typed))(maxsize)


def _owned(state: GuestState, decorate: Callable[[type], type]) -> Callable[[object], type]:
    def decorated(made: object) -> type:
        if not state.owns_class(made):
            raise TypeError("only a class of this extension can be changed")
        assert isinstance(made, type)
        return decorate(made)

    return decorated


def _abstract_method(state: GuestState) -> Function:
    def decorated(method: object) -> object:
        if not state.owns_function(method):
            raise TypeError("only a function of this extension can be made abstract")
        return abc.abstractmethod(method)  # type: ignore[type-var]

    return Function("abstractmethod", decorated)


def _attrgetter(guards: Guards) -> Function:
    """``operator.attrgetter`` by the guest's own ``getattr``."""

    def load(target: object, dotted: str) -> object:
        return functools.reduce(guards.getattr, dotted.split("."), target)

    def make(*names: str) -> Callable[[object], object]:
        texts = [str.__str__(name) for name in names]
        if len(texts) == 1:
            return lambda target: load(target, texts[0])
        return lambda target: tuple(load(target, text) for text in texts)

    return Function("attrgetter", make)


def _methodcaller(guards: Guards) -> Function:
    """``operator.methodcaller`` by the guest's own ``getattr``."""

    def make(name: str, /, *arguments: object, **keywords: object) -> Callable[[object], object]:
        def call(target: object) -> object:
            method = guards.getattr(target, name)
            assert callable(method)
            return method(*arguments, **keywords)

        return call

    return Function("methodcaller", make)


def functional_modules(state: GuestState, guards: Guards) -> dict[str, Module]:
    """The façades of this module."""
    return {
        "functools": Module(
            "functools",
            members(functools, "cmp_to_key partial reduce")
            | {
                "cache": Function("cache", _cached(None, typed=False)),
                "cached_property": cached_property,
                "lru_cache": Function("lru_cache", _lru_cache),
                "total_ordering": Function("total_ordering", _owned(state, functools.total_ordering)),
                "wraps": _wraps(state),
            },
        ),
        "itertools": Module("itertools", members(itertools, ITERTOOLS)),
        "operator": Module(
            "operator",
            functions(operator, OPERATOR) | {"attrgetter": _attrgetter(guards), "methodcaller": _methodcaller(guards)},
        ),
        "contextlib": Module(
            "contextlib",
            {
                "asynccontextmanager": Function("asynccontextmanager", async_context_manager),
                "contextmanager": Function("contextmanager", context_manager),
                "nullcontext": nullcontext,
                "suppress": suppress,
            },
        ),
        "abc": Module("abc", {"ABC": abc.ABC, "abstractmethod": _abstract_method(state)}),
    }
