"""Every function of the product that takes text, and how each is called."""

from __future__ import annotations

import ast
import asyncio
import functools
import importlib
import inspect
import pkgutil
import re
import sys
import types
import typing
import zlib
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import httpx
import msgspec
import yaml
from scopebox.registry.separators import MAX_SEPARATOR_CHARACTERS

from tests.sweep import growth
from tests.sweep.factories import FACTORIES, NAME
from tests.sweep.patterns import ATOMS, TAILS
from tests.sweep.uncalled import UNCALLED

PACKAGES: Final = ("scopebox", "scopebox_widgets")
_PLAIN: Final[Mapping[str, Callable[[], object]]] = {
    "str": lambda: "a", "bytes": lambda: b"a", "int": lambda: 1000, "float": lambda: 1.0, "bool": lambda: False, "object": lambda: None,
    "dict": dict, "Mapping": dict, "MutableMapping": dict, "Entry": dict, "Record": dict, "Item": dict, "list": list, "tuple": tuple,
    "Sequence": list, "Iterable": list, "Collection": list, "Names": list, "set": set, "frozenset": frozenset, "Container": set,
    "bytearray": bytearray,
}  # fmt: skip
_NAMED: Final[Mapping[str, str]] = {
    "collection": NAME, "operator": "_contains", "method": "GET", "type_": "string", "role": "admin", "level": "info", "key": "title",
    "name": "title", "url": "https://a.test/",
}  # fmt: skip
"""What parameters get by their names, so that the text of the others comes as far as it can."""
_BESIDE: Final[Mapping[str, Mapping[str, object]]] = {
    "scopebox.directus.client:Client.__init__": {"transport": httpx.AsyncBaseTransport()},  # else it reads certificates
    "scopebox.registry.separators:_steps": {"count": MAX_SEPARATOR_CHARACTERS + 1},
}
"""What some get beside their texts, by name, because they take long without it, whatever the text is."""
_FOREIGN: Final = {
    "Exception": Exception,
    "Lock": asyncio.Lock,
    "Response": httpx.Response,
    "Match": re.Match,
    "Event": yaml.Event,
    "Raw": msgspec.Raw,
    "_Decompress": type(zlib.decompressobj()),
}
"""Classes that modules name with a dot, and one that is built in."""
_SECONDS: Final = 2.0  # that a coroutine may wait


class UncallableError(Exception):
    """A function that cannot be called with text alone."""


Made = Callable[[], object]


@dataclass(frozen=True)
class Function:
    """A function, which of its parameters take text, and what makes its other arguments (and the object whose method it is)."""

    name: str
    call: Callable[..., object]
    texts: tuple[str, ...]
    raw: frozenset[str]
    others: Mapping[str, Made]

    def given(self, parameter: str, text: str) -> dict[str, object]:
        """Return the arguments of a call in which ``parameter`` is ``text``."""
        value: object = text.encode("utf-8", "replace") if parameter in self.raw else text
        return {**{key: made() for key, made in self.others.items() if key != parameter}, parameter: value}

    def run(self, parameter: str, text: str) -> object:
        """Call it, to its end: a generator is emptied, a coroutine runs on a loop of its own."""
        result = self.call(**self.given(parameter, text))
        if inspect.isgenerator(result):
            return list(result)
        if inspect.isasyncgen(result):
            result = _emptied(result)
        return _loop().run(asyncio.wait_for(result, _SECONDS)) if inspect.iscoroutine(result) else result


async def _emptied(generator: AsyncIterator[object]) -> list[object]:
    return [entry async for entry in generator]


@functools.cache
def _loop() -> asyncio.Runner:
    return asyncio.Runner()


def close() -> None:
    """Close the loop, if there is one."""
    if _loop.cache_info().currsize:
        _loop().close()
        _loop.cache_clear()


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


def with_text(module: ModuleType) -> Iterator[tuple[str, Callable[..., object], type | None]]:
    """Yield the functions of ``module`` that take text, and its methods with their classes, where they need an object."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, types.FunctionType) and _takes_text(value):
            yield f"{module.__name__}:{name}", value, None
        elif isinstance(value, type):
            for key, member in list(vars(value).items()):
                if _of_a_record(member):
                    continue
                of_class = isinstance(member, staticmethod | classmethod)
                bound = getattr(value, key, None) if of_class else member
                if isinstance(bound, types.FunctionType | types.MethodType) and _takes_text(bound):
                    yield f"{module.__name__}:{name}.{key}", bound, None if of_class else value


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


def prepared(name: str, function: Callable[..., object], owner: type | None = None) -> Function:
    """Return ``function`` with what makes each argument that is no text. UncallableError where there is none."""
    texts, raw = [], set()
    others: dict[str, Made] = {}
    makes = owner is not None and function.__name__ == "__init__"
    for place, (key, entry) in enumerate(inspect.signature(function).parameters.items()):
        if entry.kind in (entry.VAR_KEYWORD, entry.VAR_POSITIONAL):
            continue
        if owner is not None and place == 0:
            if not makes:
                others[key] = _of_class(owner)
            continue
        kind = _kind(entry.annotation)
        if key in (beside := _BESIDE.get(name, {})):
            others[key] = functools.partial(beside.get, key)
        elif kind in ("str", "bytes") or (kind, key) == ("object", "url"):
            texts.append(key)
            raw |= {key} if kind == "bytes" else set()
            others[key] = functools.partial(_plain, kind, key)
        elif entry.default is entry.empty:
            others[key] = _value(kind, sys.modules[function.__module__])
    call = owner if makes and owner is not None else function
    return Function(name, call, tuple(texts), frozenset(raw), others)


def _plain(kind: str, key: str) -> object:
    return _NAMED[key] if kind != "bytes" and key in _NAMED else _PLAIN[kind]()


def _of_class(owner: type) -> Made:
    if owner in FACTORIES:
        return FACTORIES[owner]
    raise UncallableError(f"it needs a {owner.__name__}")


def _value(kind: str, module: ModuleType) -> Made:
    """Return what makes a value for an annotation that begins with ``kind`` in ``module``."""
    name = kind.partition("[")[0]
    found = getattr(module, name, None) or _imported(module).get(name) or _FOREIGN.get(name)
    if isinstance(found, Hashable) and found in FACTORIES:
        return FACTORIES[found]
    kind = getattr(typing.get_origin(found), "__name__", kind)
    if kind == "Literal":
        return lambda: typing.get_args(found)[0]
    if kind == "Callable":
        return lambda: _answer
    if kind in _PLAIN:
        return _PLAIN[kind]
    raise UncallableError(f"it needs a {name}")


def _answer(*_: object, **__: object) -> str:
    return "a"


@functools.cache
def _imported(module: ModuleType) -> Mapping[str, object]:
    """Return what ``module`` imports by name, for the type checker alone, too."""
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module in sys.modules:
            for alias in node.names:
                found[alias.asname or alias.name] = getattr(sys.modules[node.module], alias.name, None)
    return found


def found() -> tuple[list[Function], dict[str, str]]:
    """Return the functions that are called, and why each of the others is not; "? " begins what no table says."""
    functions, others = [], {}
    for module in modules().values():
        for name, function, owner in with_text(module):
            if name in UNCALLED:
                others[name] = UNCALLED[name]
                continue
            try:
                functions.append(prepared(name, function, owner))
            except UncallableError as error:
                others[name] = f"? {error}"
    return functions, others


def slow(
    function: Function,
    longest: int = growth.SHORT,
    atoms: tuple[str, ...] = ATOMS,
    tails: tuple[str, ...] = TAILS[:2],
) -> str:
    """Say for which text ``function`` takes longer than the text is; empty if for none that was tried."""
    for parameter in function.texts:
        for atom in atoms:
            for tail in tails:

                def make(size: int, atom: str = atom, tail: str = tail) -> str:
                    return atom * (size // len(atom)) + tail

                def work(text: str, parameter: str = parameter) -> object:
                    return function.run(parameter, text)

                if said := growth.beyond(work, make, longest):
                    return f"{parameter} = {atom!r} * n + {tail!r}: {said}"
    return ""
