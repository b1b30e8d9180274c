"""Where in unfinished JavaScript or TypeScript the cursor stands, in the terms of :mod:`scopebox.notebook.completion.cursor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.notebook.completion.cursor import Level, Place, mark

if TYPE_CHECKING:
    from scopebox_guest.javascript.source.tokens import Token


def place_of(code: str) -> Place:
    """Return the place at the end of ``code``. Nothing is an error: code at a cursor is rarely complete."""
    from scopebox_guest.javascript.source.tokens import tokens  # noqa: PLC0415 - loading must be quick

    levels: list[Level] = []
    owner, before, last = "", "", ""  # the tokens before, as far as they can name what is called
    at_end = False
    for token in tokens(code):
        at_end = token.end == len(code)
        if token.kind in ("open_string", "open_template") and at_end:
            return Place(levels, token.text[1:] if token.text[:1] in "\"'`" else token.text)
        if token.kind == "open_comment":
            return Place([])
        _take(levels, token, f"{owner}.{last}" if before == "." else last)
        named = token.text.removeprefix("?") if token.kind == "word" or token.text in (".", "?.") else ""
        owner, before, last = before, last, named
    return Place(levels, key=_key(levels, last if at_end and last != "." else ""))


def _take(levels: list[Level], token: Token, callee: str) -> None:
    match token.kind:
        case "open":
            levels.append(Level(token.text, callee))
        case "close":
            del levels[-1:]
        case "sign":
            mark(levels, token.text)
        case "string" | "template" if levels:
            levels[-1].last = token.text[1:-1]
        case "word" if levels:
            levels[-1].word = token.text


def _key(levels: list[Level], word: str) -> str | None:
    """Return the ``word`` at the cursor where it may be a key of an object."""
    inner = levels[-1] if levels else None
    return word if inner is not None and inner.bracket == "{" and not inner.keyed and inner.last is None else None
