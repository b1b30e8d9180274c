"""XML as a Directus writes it: an element for each field, one for each value of a list, all below ``<data>``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from scopebox.server.exports.content import PIECE_CHARACTERS, Items, scalar, value_of
from scopebox.store.errors import internal_error

_ROOT: Final = "data"
_INDENT: Final = "    "
_START: Final = (
    r":A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    r"\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME: Final = re.compile(rf"[{_START}][{_START}\-.0-9\xb7\u0300-\u036f\u203f\u2040]*")
_REFUSED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHOWN_CHARACTERS: Final = 200  # of what cannot stand in XML, in its error


def write_xml(value: object) -> Iterator[str]:
    """Write ``value``; DirectusError 500, as a Directus has it, for names and characters that XML does not know."""
    yield "<?xml version='1.0'?>\n"
    yield from _write_element(_ROOT, value, ())


def _write_element(name: str, value: object, path: tuple[str, ...]) -> Iterator[str]:
    _check_name(name, path)
    inner = (*path, name)
    if isinstance(value, dict):
        yield from _write_parts(name, value.items(), inner)
        return
    if isinstance(value, Items):
        yield from _write_parts(name, _Named(name, value), inner)
        return
    text = scalar(value)
    if refused := _REFUSED.search(text):
        start = max(0, refused.start() - _SHOWN_CHARACTERS // 2)
        shown = text[start : start + _SHOWN_CHARACTERS]
        raise internal_error(
            f'{_place(inner)}: character data"{shown}" should not contain characters not allowed in XML'
        )
    if not text:
        yield f"<{name}/>"
        return
    yield f"<{name}>"
    yield from _add_text(text)
    yield f"</{name}>"


def _write_parts(name: str, parts: Iterable[tuple[str, object]], path: tuple[str, ...]) -> Iterator[str]:
    """Write the element ``name``, the last of ``path``, with the elements that its parts are; empty lists are none."""
    if not any(_holds(value_of(value)) for _, value in parts):
        yield f"<{name}/>"
        return
    line = "\n" + _INDENT * len(path)
    yield f"<{name}>"
    for inner, part in parts:
        yield from _write_part(inner, part, path, line)
    yield f"{line[: -len(_INDENT)]}</{name}>"


def _write_part(name: str, value: object, path: tuple[str, ...], line: str) -> Iterator[str]:
    """Write one element, or one for each value of a list; a list in a list is part of it."""
    value = value_of(value)
    if isinstance(value, list):
        for part in value:
            yield from _write_part(name, part, path, line)
        return
    yield line
    yield from _write_element(name, value, path)


class _Named:
    """Items, each by the name of their element."""

    def __init__(self, name: str, items: Items) -> None:
        self._name = name
        self._items = items

    def __iter__(self) -> Iterator[tuple[str, object]]:
        return ((self._name, item) for item in self._items)


def _holds(value: object) -> bool:
    return any(map(_holds, value)) if isinstance(value, list) else True


def _check_name(name: str, path: tuple[str, ...]) -> None:
    if not name:
        raise internal_error(f"{_place(path)}: element name should not be empty")
    if not _NAME.fullmatch(name):
        shown = name[:_SHOWN_CHARACTERS]
        raise internal_error(
            f'{_place(path)}: element name "{shown}" should not contain characters not allowed in XML names'
        )


def _place(path: tuple[str, ...]) -> str:
    return "in XML document" + "".join(f' > element "{name[:_SHOWN_CHARACTERS]}"' for name in path)


def _add_text(text: str) -> Iterator[str]:
    """Add ``text`` escaped, a piece at a time; none ends within ``]]>``."""
    start = 0
    while start < len(text):
        end = min(start + PIECE_CHARACTERS, len(text))
        while "]]>" in (text[end - 2 : end + 1], text[end - 1 : end + 2]):
            end += 1
        piece = text[start:end].replace("&", "&amp;").replace("<", "&lt;")
        yield piece.replace("]]>", "]]&gt;")
        start = end
