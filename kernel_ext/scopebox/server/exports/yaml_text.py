"""YAML as a Directus writes it: blocks of two blanks, lists further in than what they belong to.

PyYAML does not write these: its choice of quotes and folds is another one, and it makes a node of every value first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scopebox.server.exports.content import Items, scalar, value_of
from scopebox.server.exports.yaml_scalars import key_text, write_string

_LONG_KEY_CHARACTERS: Final = 1024  # from which on a key needs a mark of its own


def write_yaml(value: object) -> Iterator[str]:
    """Write ``value`` as one document."""
    yield from _write(value, 0, inline=True)
    yield "\n"


def _write(value: object, level: int, *, inline: bool) -> Iterator[str]:
    """Write one value; ``inline``: a block begins where the line stands."""
    value = value_of(value)
    line = "\n" + "  " * level
    if isinstance(value, dict) and value:
        for at, (name, part) in enumerate(value.items()):
            if at or not inline:
                yield line
            yield from _write_entry(name, part, level)
    elif isinstance(value, list | Items) and len(value):
        for at, part in enumerate(value):
            yield "- " if inline and not at else line + "- "
            yield from _write(part, level + 1, inline=True)
    elif isinstance(value, dict | list | Items):
        yield "{}" if isinstance(value, dict) else "[]"
    elif isinstance(value, str):
        yield from write_string(value, level)
    else:
        yield _number(value)


def _write_entry(name: str, value: object, level: int) -> Iterator[str]:
    key = key_text(name)
    marked = len(key) > _LONG_KEY_CHARACTERS
    if marked:
        yield "? "
    yield key
    if marked:
        yield "\n" + "  " * level
    block = isinstance(value, dict | list) and bool(value)
    yield ":" if block and not marked else ": "
    yield from _write(value, level + 1, inline=marked)


def _number(value: object) -> str:
    """Return a number, a truth value or null; a fraction with an exponent has a point in YAML."""
    text = scalar(value)
    whole, mark, exponent = text.partition("e")
    fraction = isinstance(value, float) and not value.is_integer()
    return f"{whole}.{mark}{exponent}" if fraction and mark and "." not in whole else text
