"""How a text that does not compile is put together: brackets without an end, texts without an end, places where a comma is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from scopebox_guest.javascript.source.tokens import CLOSERS, OPERATORS, Lines, Token, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNENDED: Final = frozenset({"open_string", "open_template", "open_comment"})
# What stands before the bracket of an object, and not of a block.
_BEFORE_OBJECTS: Final = frozenset(
    ["(", ",", "=", ":", "[", "?", "&&", "||", "??", "...", "&", "|", "default"]
) | OPERATORS - {"do", "else"}
_NO_LISTS: Final = frozenset({"if", "for", "while", "switch", "catch", "with"})  # before a parenthesis
_PREFIXES: Final = frozenset(
    [
        "function",
        "async",
        "class",
        "get",
        "set",
        "static",
        "const",
        "let",
        "var",
        "if",
        "for",
        "while",
        "switch",
        "try",
        "catch",
        "finally",
        "import",
        "export",
        "from",
        "enum",
        "interface",
        "type",
        "declare",
        "abstract",
        "readonly",
        "public",
        "private",
        "protected",
        "override",
        "infer",
        "unique",
        "asserts",
        "accessor",
    ]
)
_BETWEEN: Final = frozenset(
    ["in", "instanceof", "of", "as", "is", "satisfies", "extends", "implements", "else", "from"]
)


class Bracket(Struct, frozen=True):
    """One that is open. ``before`` is the token in front of it, ``lists`` says that commas separate what is in it."""

    token: Token
    before: Token | None
    lists: bool

    @property
    def is_block(self) -> bool:
        """Tell if statements are in it."""
        return self.token.text == "{" and not self.lists


class MissingComma(Struct, frozen=True):
    """Between two tokens of ``bracket``."""

    before: Token
    after: Token
    bracket: Bracket


class Structure:
    """What is wrong with the brackets and commas of ``text``, in the order of the text.

    ``wrong`` is the first bracket that closes nothing, and what was open there.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.tokens: Sequence[Token] = [token for token in tokens(text) if token.kind != "hash"]
        self.unclosed: list[Bracket] = []
        self.wrong: tuple[Token, Bracket | None] | None = None
        self.unended: Token | None = None
        self.commas: list[MissingComma] = []
        before: Token | None = None
        for token in self.tokens:
            self._look_at(token, before)
            before = token

    def _look_at(self, token: Token, before: Token | None) -> None:
        bracket = self.unclosed[-1] if self.unclosed else None
        if before is not None and bracket is not None and self._is_comma_missing(before, token, bracket):
            self.commas.append(MissingComma(before, token, bracket))
        if token.kind == "open":
            self.unclosed.append(Bracket(token, before, _lists(token, before)))
        elif token.kind == "close":
            self._close(token, bracket)
        elif token.kind in _UNENDED and self.unended is None:
            self.unended = token

    def _close(self, token: Token, bracket: Bracket | None) -> None:
        if bracket is not None and CLOSERS[bracket.token.text] == token.text:
            self.unclosed.pop()
            return
        if self.wrong is None:
            self.wrong = (token, bracket)
        if (
            len(self.unclosed) > 1 and CLOSERS[self.unclosed[-2].token.text] == token.text
        ):  # the inner one was forgotten
            del self.unclosed[-2:]

    def _is_comma_missing(self, before: Token, after: Token, bracket: Bracket) -> bool:
        if not bracket.lists or not before.is_value or before.text in _PREFIXES:
            return False
        if not _begins_value(after, before):
            return False
        return (
            bracket.token.text == "{"
            or {before.kind, after.kind} & {"string", "number"} != set()
            or self.lines.of(before.end) < self.lines.of(after.start)
        )


def _lists(token: Token, before: Token | None) -> bool:
    if token.text == "{":
        return before is not None and before.text in _BEFORE_OBJECTS
    return token.text != "${" and not (before is not None and before.text in _NO_LISTS)


def _begins_value(token: Token, before: Token) -> bool:
    if token.kind == "word":
        return token.text not in _BETWEEN
    if token.text == "{":
        return before.text == "}" or before.kind in {"string", "number"}
    return token.kind in {"string", "number", "regex"} or token.text == "..."
