"""Every function of the product that takes text, and how each is called."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from tests.sweep import growth
from tests.sweep.patterns import ATOMS, TAILS
from tests.sweep.uncalled import UNCALLED

PACKAGES: Final = ("scopebox", "scopebox_widgets")
_PLAIN: Final[Mapping[str, Callable[[], object]]] = {
    "str": lambda: "a", "bytes": lambda: b"a", "int": lambda: 1000, "float": lambda: 1.0, "bool": lambda: False, "object": lambda: None,
}  # fmt: skip
_OPENERS: Final = ("dict", "Mapping", "MutableMapping", "Entry", "Record", "Item")
_LISTS: Final = ("list", "tuple", "Sequence", "Iterable", "Collection", "Names")
_SETS: Final = ("set", "frozenset", "Container")


class UncallableError(Exception):
    """A function that cannot be called with text alone."""


@dataclass(frozen=True)
class Function:
    """A function and which of its parameters take text."""

    name: str
    call: Callable[..., object]
    texts: tuple[str, ...]
    raw: frozenset[str]
    others: Mapping[str, object]

    def given(self, parameter: str, text: str) -> dict[str, object]:
        """Return the arguments of a call in which ``parameter`` is ``text``."""
        value: object = text.encode("utf-8", "replace") if parameter in self.raw else text
        return {**self.others, parameter: value}


def modules() -> dict[str, ModuleType]:
    """Import everything and return it by name."""
    found: dict[str, ModuleType] = {}
    for package in PACKAGES:
        root = importlib.import_module(package)
        found[package] = root
        for info in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not info.name.endswith("__main__"):
                found[info.name] = importlib.import_module(info.name)
    return found


def with_text(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the functions of ``module``, those of its classes that need no instance, and what takes text of each."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, types.FunctionType) and _takes_text(value):
            yield f"{module.__name__}.{name}", value
        elif isinstance(value, type):
            for key, member in list(vars(value).items()):
                if _of_a_record(member):
                    continue
                bound = getattr(value, key, None) if isinstance(member, staticmethod | classmethod) else member
                if isinstance(bound, types.FunctionType | types.MethodType) and _takes_text(bound):
                    yield f"{module.__name__}.{name}.{key}", bound


def _of_a_record(member: object) -> bool:
    """Whether a method was made by dataclasses: it keeps its text and does nothing with it."""
    return isinstance(member, types.FunctionType) and member.__code__.co_filename == "<string>"


def _takes_text(function: Callable[..., object]) -> bool:
    return any(_kind(entry.annotation) in ("str", "bytes") for entry in inspect.signature(function).parameters.values())


def _kind(annotation: object) -> str:
    """Return the first name of an annotation, ``str`` for everything that may be text."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    parts = [part.strip() for part in text.split("|")]
    for wanted in ("str", "bytes"):
        if wanted in parts:
            return wanted
    return parts[0].partition("[")[0].rpartition(".")[2]


def prepared(name: str, function: Callable[..., object]) -> Function:
    """Return ``function`` with a value for each parameter that is no text. UncallableError where there is none."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise UncallableError("it waits")
    texts, raw, others = [], set(), {}
    for key, entry in inspect.signature(function).parameters.items():
        kind = _kind(entry.annotation)
        if entry.kind in (entry.VAR_KEYWORD, entry.VAR_POSITIONAL) or key == "self":
            if key == "self":
                raise UncallableError("a method of an object")
            continue
        if kind in ("str", "bytes"):
            texts.append(key)
            raw |= {key} if kind == "bytes" else set()
            others[key] = _PLAIN[kind]()
        elif entry.default is not entry.empty:
            continue
        else:
            others[key] = _value(kind)
    return Function(name, function, tuple(texts), frozenset(raw), others)


def _value(kind: str) -> object:
    if kind in _PLAIN:
        return _PLAIN[kind]()
    if kind in _OPENERS:
        return {}
    if kind in _LISTS:
        return []
    if kind in _SETS:
        return set()
    raise UncallableError(f"it needs a {kind}")


def reason(name: str) -> str:
    """Return why a function is not called; empty where nothing says so."""
    parts = name.split(".")
    return next((UNCALLED[key] for end in range(len(parts), 0, -1) if (key := ".".join(parts[:end])) in UNCALLED), "")


def found() -> tuple[list[Function], dict[str, str]]:
    """Return the functions that can be called, and why each of the others cannot."""
    functions, others = [], {}
    for module in modules().values():
        for name, function in with_text(module):
            try:
                functions.append(prepared(name, function))
            except UncallableError as error:
                others[name] = reason(name) or f"? {error}"
    return functions, others


def slow(function: Function, longest: int = growth.SHORT, atoms: tuple[str, ...] = ATOMS) -> str:
    """Say for which text ``function`` takes longer than the text is; empty if for none that was tried."""
    for parameter in function.texts:
        for atom in atoms:
            for tail in TAILS[:2]:

                def make(size: int, atom: str = atom, tail: str = tail) -> str:
                    return atom * (size // len(atom)) + tail

                def work(text: str, parameter: str = parameter) -> object:
                    result = function.call(**function.given(parameter, text))
                    return list(result) if isinstance(result, types.GeneratorType) else result

                if said := growth.beyond(work, make, longest):
                    return f"{parameter} = {atom!r} * n + {tail!r}: {said}"
    return ""
