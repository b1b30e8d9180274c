"""The text of a regular expression in a manifest: cut at the path, how large it is compiled, dots made plain."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NoReturn

from scopebox.errors import ManifestError
from scopebox.text.messages import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLASHES_OF_ORIGIN: Final = 2
_REPEATED: Final = re.compile(r"([0-9]{1,4})(?:,([0-9]{0,4}))?")
_SIZE_OF_FOREIGN: Final = 8
_SIZE_OF_PROPERTY: Final = 400
_VISIBLE: Final = "[ -~]"
_ESCAPED: Final = re.compile(r"\\[pP]\{\^?[A-Za-z_]{1,40}\}|\\[pP].|\\x\{[0-9A-Fa-f]{1,8}\}|\\.|.", re.DOTALL)


def split_at_path(text: str) -> tuple[list[str], list[str]]:
    """Split an expression at the first slash of the path, so that no part of it can match across the host."""
    if "(?" in text.replace("(?:", ""):
        wrong(text, "uses (?…), which could reach across its parts", "Only (?:…) is allowed.")
    pieces = pieces_of(text[1:-1])
    depth, slashes = 0, []
    for index, piece in enumerate(pieces):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and depth == 0:
            wrong(
                text, "has a | outside of parentheses", "Put the alternatives into (?:…|…), or make them two patterns."
            )
        if piece in {"/", r"\/"}:
            slashes.append(index)
            if depth and len(slashes) <= _SLASHES_OF_ORIGIN + 1:
                wrong(
                    text,
                    "has a slash in parentheses",
                    "Write scheme, host and the first slash of the path outside of them.",
                )
    if len(slashes) <= _SLASHES_OF_ORIGIN:
        wrong(
            text,
            "has no host and path to match",
            r"Write the URL up to the first slash of its path: /https://api\.example\.com/.*/",
        )
    path = slashes[_SLASHES_OF_ORIGIN]
    return pieces[:path], pieces[path:]


def pieces_of(expression: str) -> list[str]:
    """Return the pieces of an expression: escaped characters, classes, single characters."""
    pieces: list[str] = []
    inside: list[str] = []
    for piece in _ESCAPED.findall(expression):
        if not inside and piece != "[":
            pieces.append(piece)
            continue
        inside.append(piece)
        if piece == "]" and len(inside) > 1 + ("^" in inside[1:2]) + 1:  # a ] that comes first is one of the class
            pieces.append("".join(inside))
            inside.clear()
    return pieces + inside


def steps_of(pieces: Sequence[str]) -> int:
    """Return about how large the compiled expression is: the size of its pieces, as often as they are repeated."""
    outer: list[int] = []
    total = last = 0
    rest = iter(pieces)
    for piece in rest:
        match piece:
            case "(":
                outer.append(total)
                total = last = 0
            case ")":
                last = total
                total += outer.pop() if outer else 0
            case "{":
                times = _REPEATED.fullmatch("".join(takewhile(lambda sign: sign != "}", rest)))
                most = max(int(times[1]), int(times[2] or 0)) if times else 1
                total += last * max(0, most - 1)
                last *= max(1, most)
            case _:
                last = _size(piece)
                total += last
    return total + sum(outer)


def _size(piece: str) -> int:
    """Return how many ranges of bytes a piece compiles to: what stands for characters beyond ASCII takes many."""
    properties = piece.count("\\p") + piece.count("\\P")
    if properties:
        return properties * _SIZE_OF_PROPERTY
    foreign = piece.startswith("[^") or piece in {"\\D", "\\S", "\\W"} or "\\x{" in piece or "[:^" in piece
    return _SIZE_OF_FOREIGN if foreign or (len(piece) > 1 and not piece.isascii()) else 1


def with_plain_dots(pieces: Sequence[str]) -> str:
    """Return the expression with ``.`` as what it can be in a normalised URL: visible ASCII, which compiles to far less."""
    quoted = False
    written = []
    for piece in pieces:
        quoted = piece == r"\Q" or (quoted and piece != r"\E")
        written.append(_VISIBLE if piece == "." and not quoted else piece)
    return "".join(written)


def wrong(text: str, problem: str, hint: str) -> NoReturn:
    """Raise the error for the pattern ``text``."""
    raise ManifestError(f"{quote(text)} {problem}", hint=hint)
