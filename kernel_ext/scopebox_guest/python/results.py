"""Hints for a wrong key or attribute of what a call returned: what that is, and what to write."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.hint_tables import METHODS
from scopebox_guest.python.origins import Origin, Origins

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.python.origins import Scope

MAX_KEYS: Final = 12  # of an object that are told
MAX_KEY_CHARACTERS: Final = 40
ANSWER_KEYS: Final = ("status", "statusText", "headers", "data")
_MEANT: Final = {
    "status_code": "status",
    "statusCode": "status",
    "code": "status",
    "reason": "statusText",
    "header": "headers",
}
_WRITES: Final = frozenset({"create-items", "update-items", "delete-items"})
_ANSWER: Final = "request returns a dict of status, statusText, headers and data: {then}."
_TEXT: Final = (
    'exec("request", …) returns what was answered as text: add "output": "json" to its options, and it is data.'
)
_LIST: Final = "exec({kind}, …) returned a list{of}: write {name}[0]{key}, or loop: for {each} in {name}."
_KEYS: Final = 'exec("{kind}", …) returns primary keys; get the items with await exec("read-items", …).'


@dataclass(frozen=True, slots=True)
class Place:
    """Where an error happened: the source, the position of the expression in it, and what its names stood for."""

    source: str
    position: tuple[int, int | None, int, int | None]
    value_of: Callable[[str], object]


def result_hint(error: BaseException, place: Place) -> str:
    """Return what to write instead of a wrong key or attribute of what a call returned; empty for any other value."""
    if not isinstance(error, KeyError | TypeError | AttributeError):
        return ""
    origins = Origins(place.source)
    found = origins.at(place.position)
    if found is None:
        return ""
    node, scopes = found
    if isinstance(node, ast.Subscript | ast.Attribute):
        return _of_part(error, node, place, origins, scopes)
    return _of_whole(node, place) if isinstance(error, TypeError) else ""


def _of_part(
    error: BaseException, node: ast.Subscript | ast.Attribute, place: Place, origins: Origins, scopes: list[Scope]
) -> str:
    """Return the hint for ``answer["title"]`` and ``answer.title``."""
    subject, is_attribute, key = node.value, isinstance(node, ast.Attribute), _key(error, node)
    value = _value(subject, place)
    looped = origins.looped_over(subject.id, scopes) if isinstance(subject, ast.Name) else None
    origin = origins.origin(subject, scopes)
    if _is_answer(value) or (isinstance(subject, ast.Await) and origin == Origin("request", "api")):
        return _of_answer(_spelled(subject), value, key, is_attribute=is_attribute)
    if looped is not None and _is_answer(_value(looped, place)):
        return _ANSWER.format(then=f'loop over {_spelled(looped)}["data"]')
    if origin is None or (is_attribute and key in METHODS):
        return ""
    return _of_origin(origin, _spelled(subject), _like(error, key) if value is None else value, key)


def _key(error: BaseException, node: ast.Subscript | ast.Attribute) -> object:
    if isinstance(node, ast.Attribute):
        return node.attr
    return error.args[0] if isinstance(error, KeyError) and error.args else getattr(node.slice, "value", None)


def _of_whole(node: ast.expr, place: Place) -> str:
    """Return the hint for an answer that is used where its data are meant: ``sum(answer)``."""
    taken_apart = {
        id(each.value) for each in ast.walk(node) if isinstance(each, ast.Subscript | ast.Attribute | ast.Await)
    }
    names = (each.id for each in ast.walk(node) if isinstance(each, ast.Name) and id(each) not in taken_apart)
    name = next((name for name in names if _is_answer(place.value_of(name))), "")
    return _ANSWER.format(then=f'what was answered is {name}["data"]') if name else ""


def _of_answer(name: str, value: object, key: object, *, is_attribute: bool) -> str:
    data = value.get("data") if isinstance(value, dict) else None
    if is_attribute and key in ANSWER_KEYS:
        return _ANSWER.format(then=f"write {name}{_at(key)}")
    if isinstance(data, dict | list) and (key in data if isinstance(data, dict) else type(key) is int):
        return _ANSWER.format(then=f'write {name}["data"]{_at(key)}')
    meant = _MEANT.get(key) if isinstance(key, str) else None
    return _ANSWER.format(then=f"write {name}{_at(meant)}" if meant else f'what was answered is {name}["data"]')


def _of_origin(origin: Origin, name: str, value: object, key: object) -> str:
    kind = origin.kind
    if kind in _WRITES and type(value) in {list, int, str}:
        return _KEYS.format(kind=kind)
    if kind not in {"request", "read-items"}:
        return ""
    if type(value) is str and not origin.is_part and not origin.asks_json and origin.style == "exec":
        return _TEXT
    if type(value) is list and not origin.is_part and type(key) is str:
        is_items = kind == "read-items"
        return _LIST.format(
            kind=f'"{kind}"', of=" of items" * is_items, name=name, key=_at(key), each="item" if is_items else "each"
        )
    if type(value) is dict and type(key) is str:
        return _of_dict("The item" if kind == "read-items" else "What was answered", name, value, key)
    return ""


def _of_dict(what: str, name: str, value: dict[object, object], key: str) -> str:
    if key in value:  # asked for as an attribute
        return f"{what} is a dict: write {name}{_at(key)}."
    keys = [each[:MAX_KEY_CHARACTERS] for each in value if type(each) is str][:MAX_KEYS]
    more = ", …" if len(value) > len(keys) else ""
    close = get_close_matches(key[:MAX_KEY_CHARACTERS], keys, n=1, cutoff=0.75)
    has = f"{what} has {', '.join(keys)}{more}" if keys else f"{what} is empty"
    return f"{has}; did you mean {close[0]}?" if close else f"{has}."


def _is_answer(value: object) -> bool:
    return type(value) is dict and tuple(value) == ANSWER_KEYS


def _value(node: ast.expr, place: Place) -> object:
    """Return what an expression stood for; None for one that would have to be run again."""
    match node:
        case ast.Name(id=name):
            return place.value_of(name)
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)):
            of = _value(inner, place)
            if type(of) is dict:
                return of.get(key)
            return of[key] if type(of) is list and type(key) is int and -len(of) <= key < len(of) else None
        case _:
            return None


def _like(error: BaseException, key: object) -> object:
    """Return a value of the type that an error is about, with the ``key`` that was meant; None for one that does not say it.

    From Python 3.12 on, the name of a comprehension stands for nothing any more when its error is looked at.
    """
    message = str(error)
    if message.startswith("'dict' object has no attribute"):
        return {key: None}
    if message.startswith(("string indices", "'str' object")):
        return ""
    return [] if message.startswith(("list indices", "'list' object")) else None


def _spelled(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Subscript(value=inner, slice=ast.Constant(value=key)):
            return f"{_spelled(inner)}{_at(key)}"
        case ast.Await(value=ast.Call(func=ast.Name(id=name))):
            return f"(await {name}(…))"
        case _:
            return "answer"


def _at(key: object) -> str:
    shown = key[:MAX_KEY_CHARACTERS] if isinstance(key, str) else key
    return f"[{json.dumps(shown, ensure_ascii=False)}]"
