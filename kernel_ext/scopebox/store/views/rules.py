"""Filters in words, for tables: ``status = "published" and author.country in ["NL", "BE"]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from scopebox.text.literals import LITERAL, json_inline
from scopebox.text.visible import clean, visible
from scopebox.vocabulary import LOGICAL, QUANTIFIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RULE: Final = 600  # characters of a rule
DEPTH: Final = 12  # objects and lists within each other
_NAME: Final = 80  # characters of a field
_CUT: Final = "…"
_SIGNS: Final = {
    "_eq": "=", "_neq": "≠", "_lt": "<", "_lte": "≤", "_gt": ">", "_gte": "≥", "_in": "in", "_nin": "not in", "_regex": "matches",
}  # fmt: skip
_VERBS: Final = {
    "contains": ("contains", "does not contain"), "starts_with": ("starts with", "does not start with"),
    "ends_with": ("ends with", "does not end with"), "between": ("is between", "is not between"),
    "intersects": ("intersects", "does not intersect"), "intersects_bbox": ("intersects", "does not intersect"),
}  # fmt: skip
_STATES: Final = {
    "_null": ("is null", "is not null"), "_nnull": ("is not null", "is null"),
    "_empty": ("is empty", "is not empty"), "_nempty": ("is not empty", "is empty"), "_submitted": ("is given", "is not given"),
}  # fmt: skip


def rule_words(rule: Mapping[str, object], limit: int = RULE) -> str:
    """Return a filter in words, with about ``limit`` characters of it; empty for one that selects everything."""
    if not rule:
        return ""
    pieces: list[str] = []
    left = limit
    for piece in _words(rule, "", DEPTH, ""):
        if left < 0:
            return f"{''.join(pieces)} {_CUT}"
        pieces.append(piece)
        left -= len(piece)
    return "".join(pieces)


def _words(rule: object, path: str, depth: int, within: str) -> Iterator[str]:
    """Yield the words of ``rule``, which is about the field ``path``; ``within``: the word that joins it to its neighbours, if any."""
    if not isinstance(rule, Mapping):
        yield f"{path or 'item'} = {value_words(rule)}"
    elif not depth:
        yield f"{path or 'item'} {_CUT}"
    elif not rule:
        yield "everything"
    else:
        parts = (
            _condition(str(key), value, path, depth, "and" if len(rule) > 1 else within) for key, value in rule.items()
        )
        yield from _joined(parts, len(rule), "and", within)


def _condition(key: str, value: object, path: str, depth: int, within: str) -> Iterator[str]:
    if key in LOGICAL and isinstance(value, list):
        word = key[1:]
        if not value:
            yield "everything" if word == "and" else "nothing"
        parts = (_words(entry, path, depth - 1, word if len(value) > 1 else within) for entry in value)
        yield from _joined(parts, len(value), word, within)
    elif key in QUANTIFIERS:
        yield f"{'some' if key == '_some' else 'no'} {path or 'item'} with "
        yield from _words(value, "", depth - 1, "with")
    elif key in _STATES:
        yield f"{path or 'item'} {_STATES[key][value is False]}"
    elif key.startswith("_"):
        yield f"{path or 'item'} {operator_words(key)} {value_words(value)}"
    else:
        name = clean(key, _NAME)
        yield from _words(value, f"{path}.{name}" if path else name, depth - 1, within)


def _joined(parts: Iterable[Iterator[str]], count: int, word: str, within: str) -> Iterator[str]:
    """Yield ``count`` conditions with ``word`` between them, in brackets where they stand among others."""
    brackets = count > 1 and within not in ("", word)
    yield "(" if brackets else ""
    for at, part in enumerate(parts):
        yield f" {word} " if at else ""
        yield from part
    yield ")" if brackets else ""


def operator_words(key: str) -> str:
    """Return the words of an operator: ``=`` for ``_eq``, ``does not start with`` for ``_nstarts_with``, ``contains (any case)`` for ``_icontains``."""
    if key in _SIGNS or key in _STATES:
        return _SIGNS.get(key) or _STATES[key][False]
    for prefix, at, behind in (("_", 0, ""), ("_n", 1, ""), ("_i", 0, " (any case)"), ("_ni", 1, " (any case)")):
        verbs = _VERBS.get(key.removeprefix(prefix)) if key.startswith(prefix) else None
        if verbs is not None:
            return f"{verbs[at]}{behind}"
    return clean(key[1:].replace("_", " "), _NAME)


def value_words(value: object) -> str:
    """Return a value as JSON in one line; a variable is not in quotes."""
    if isinstance(value, str) and value.startswith("$"):
        return clean(value, LITERAL)
    return visible(json_inline(value, LITERAL))
