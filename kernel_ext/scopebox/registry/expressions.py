r"""Express path patterns as regular expressions: what Express 4 makes of ``/:id(\d+)`` or ``/ab*``, as RE2 writes it."""

from __future__ import annotations

import re
from typing import Final

from scopebox.registry.separators import Following, literal_of, without
from scopebox.store.query.patterns import PatternError, translated

_TOKEN: Final = re.compile(r"\\.|(/)?(\.)?:(\w+)(\([^)]*\)?)?(\*)?(\?)?|[.*]|/\(", re.ASCII)
_STAR: Final = re.compile(r"\\.|\*")
_PLAIN: Final = re.compile(r"\\[^A-Za-z0-9]|[A-Za-z0-9_~!&',;=@%/-]")
_REPEATS: Final = ("?", "*", "+", "{")
_MARK: Final = 0xE000  # what stands for a parameter until all is translated; no path has it


def expression_of(text: str) -> str:
    """Return the expression that a path has to match as a whole; ValueError names what RE2 does not have."""
    pieces, separators = _Reading(text).pieces()
    marked = "".join(pieces)
    marked += "?$" if marked.endswith("/") else "/?$"
    try:
        expression = translated(f"^{marked}").all[0]
    except PatternError as error:
        raise ValueError(
            f"{error}; say what is to match, such as :id([0-9]+), and look at the rest in the handler"
        ) from None
    for mark, separator in separators.items():
        following = [] if len(separator) == 1 else _following(pieces, pieces.index(f"{mark}") + 1)
        expression = expression.replace(mark, without(separator, following))
    return f"(?is).*(?:{expression}).*"


class _Reading:
    """Reads a pattern once from its beginning, as Express does; ``_behind`` is what a parameter would stand behind."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._behind: list[str] = []
        self._read = 0
        self._separators: dict[str, str] = {}

    def pieces(self) -> tuple[list[str], dict[str, str]]:
        """Return the pieces of the expression, and what each of the marks among them stands behind."""
        pieces: list[str] = []
        end = 0
        for found in _TOKEN.finditer(self._text):
            pieces.append(self._text[end : found.start()])
            pieces += self._piece(found)
            end = found.end()
        return [*pieces, self._text[end:]], self._separators

    def _piece(self, found: re.Match[str]) -> list[str]:
        written = found[0]
        if written.startswith("\\") or written == ".":
            piece = written if written != "." else r"\."
            self._behind.append(piece)
            self._read += len(written)
            return [piece]
        if found[1] or found[2]:
            self._behind.clear()
        else:
            self._behind.append(self._text[self._read : found.start()])
        self._read = found.end()
        if written == "*":
            return ["(.*)"]
        if written == "/(":
            self._behind.append("/")
            return ["/(?:"]
        return self._parameter(found)

    def _parameter(self, found: re.Match[str]) -> list[str]:
        dot = r"\." if found[2] else ""
        more = f"((?:[/{dot}].+?)?)" if found[5] else ""
        return [f"(?:{dot}{found[1] or ''}(", *self._covered(found[4], dot), f"){more})", found[6] or ""]

    def _covered(self, own: str | None, dot: str) -> list[str]:
        if own:
            if not own.endswith(")"):
                raise ValueError("a parenthesis has no other one")
            return [_STAR.sub(lambda found: "(.*)" if found[0] == "*" else found[0], own[1:-1])]
        behind = "".join(self._behind)
        if not behind:
            return [f"[^/{dot}]+?"]
        if set(behind) & set("()[]{}|") or behind[1:2] in _REPEATS:
            literal_of(behind)
        if behind.startswith("/"):
            return ["[^/]+?"]
        mark = chr(_MARK + len(self._separators))
        self._separators[mark] = literal_of(behind)
        return [mark]


def _following(pieces: list[str], index: int) -> list[Following]:
    """Return what may come behind the parameter whose mark stands before ``index``."""
    if pieces[index] != "))":
        return [Following("")]
    return _from(pieces, index + 2)


def _from(pieces: list[str], index: int) -> list[Following]:
    """Return what a path may go on with from a piece on, as far as that is plain text."""
    text = ""
    for place in range(index, len(pieces)):
        piece, end = pieces[place], 0
        ahead = "".join(pieces[place + 1 : place + 2])
        while (found := _PLAIN.match(piece, end)) and not (piece[found.end() :] or ahead).startswith(_REPEATS):
            text += found[0].removeprefix("\\")
            end = found.end()
        if end < len(piece):
            return _at_parameter(pieces, place, text) if not end else [Following(text)]
    return [Following(text, ends=True)]


def _at_parameter(pieces: list[str], place: int, text: str) -> list[Following]:
    """Return what may come from a piece on that is no plain text: a parameter begins with its dot or slash."""
    begin = {r"(?:\.(": ".", "(?:/(": "/"}.get(pieces[place])
    if begin is None or place + 3 >= len(pieces):
        return [Following(text)]
    there = [Following(text + begin)]
    if pieces[place + 3] != "?":
        return there if not pieces[place + 4].startswith(_REPEATS) else [Following(text)]
    return there + [Following(text + entry.text, entry.ends) for entry in _from(pieces, place + 4)]
