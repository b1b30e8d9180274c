"""Where the parser reads TypeScript otherwise than a compiler does, and what it is shown instead.

It knows less of ends of lines, of ``as a.b.C`` and of ``tag<T>``. What it is shown in the place of a byte is one byte, so its offsets stay right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox_guest.javascript.source.nodes import nodes

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_TYPE_ARGUMENTS: Final = 2000  # bytes

_BRACKET: Final = re.compile(rb"\s[\[<]")
_QUALIFIED: Final = re.compile(rb"(?:\s*\.\s*[\w$\x80-\xff]+)+")
_BLANK: Final = b" \t"
_LINE_ENDS: Final = b"\n\r"
_OPENERS: Final = {"lookup_type": "[", "array_type": "[", "generic_type": "type_arguments"}
_VARIANCE: Final = re.compile(rb"([<,]\s{0,50}+)((?:in|out)[ \t]{1,20}(?:out[ \t]{1,20})?)(?=[A-Za-z_$])")
# The line of a statement, which stands in no type but in what a parser takes for one after a mistake.
_STATEMENT: Final = re.compile(
    rb"[\n\r][ \t]*+(?:(?:export|import|const|let|var|function|class|return|if|for|while|await|throw|try)\b(?!\s?[?:])|[\w$.]{1,200}\()"
)
_NO_TYPE: Final = re.compile(rb"&&|\|\||[-+*/%!^~@#]|(?<!=)==|\?\?")
# The end of a line after a type, with a signature that begins with "<" after it, and not too many comments between.
_COMMENT: Final = rb"(?://[^\n\r]{0,200}+|/\*(?>(?:[^*]|\*(?!/)){0,200})\*/)"
_SIGNATURE: Final = re.compile(
    rb"(?<=[\w$>\])}\"'`])[ \t]{0,100}+(?://[^\n\r]{0,200}+)?([\n\r])(?>(?:\s++|%b){0,20})<(?=\s{0,100}+[A-Za-z_$])"
    % _COMMENT
)


def without_variance(text: bytes) -> bytes:
    """Show the parser ``<A>`` in the place of ``<in out A>``, which it does not know."""
    return _VARIANCE.sub(lambda found: found[1] + b" " * len(found[2]), text)


def with_ends_before_signatures(text: bytes) -> bytes:
    """Show the parser where a member of an interface ends with its line."""
    shown = bytearray(text)
    for found in _SIGNATURE.finditer(text):
        shown[found.start(1) : found.end(1)] = b";"
    return bytes(shown)


class Misreading:
    """What the parser is shown, ``parsed``, and what was found to be read otherwise."""

    def __init__(self, parsed: bytes) -> None:
        self.parsed = parsed
        self.arguments: set[tuple[int, int]] = set()  # of types, from "<" to ">", that the parser no longer sees
        self.broken: int | None = (
            None  # where a type could not be read: with what was taken out for it, code may have gone
        )
        self._changes: dict[int, bytes] = {}

    @property
    def first(self) -> int | None:
        """Where the first thing is that was read otherwise."""
        return min(self._changes, default=None)

    def correct(self) -> None:
        """Change what the parser is shown."""
        changed = bytearray(self.parsed)
        for offset, sign in self._changes.items():
            changed[offset : offset + 1] = sign
        self.parsed = bytes(changed)
        self._changes.clear()
        self.broken = None

    def look_into(self, node: Node) -> None:
        """Look at a type that is taken out, and at all that is in it."""
        within = (node.start_byte, node.end_byte)
        if node.has_error or _BRACKET.search(self.parsed, *within):
            statements = node.has_error and _STATEMENT.search(self.parsed, *within) is not None
            for found in nodes(node):
                self.look_at(found)
                if statements and found.is_error and self.broken is None:
                    self.broken = found.start_byte

    def look_at(self, node: Node) -> bool:
        """Look at a type or error: no type goes on with a bracket in the next line."""
        opener = _OPENERS.get(node.type, "")
        if opener or node.is_error:
            for child in node.children:
                if child.type == opener or (node.is_error and child.type in {"type_arguments", "type_parameters"}):
                    self.end_before(child.start_byte)
        return False

    def end_before(self, offset: int) -> None:
        """If a token begins its line, let a statement end before it."""
        start = offset
        while start > 0 and self.parsed[start - 1] in _BLANK + _LINE_ENDS:
            start -= 1
            if self.parsed[start] in _LINE_ENDS:
                self._changes[start] = b";"
                return

    def qualify(self, offset: int) -> None:
        """If a type goes on with ``.name`` after ``offset``, let it be one name."""
        found = _QUALIFIED.match(self.parsed, offset)
        if found is not None:
            for place in range(found.start(), found.end()):
                if self.parsed[place] in b"." + _BLANK + _LINE_ENDS:
                    self._changes[place] = b"_"

    def take_arguments(self, end: int) -> None:
        """Let the arguments of a type that end before ``end`` vanish, if they are some."""
        start = self._opening(end)
        if start is not None and _NO_TYPE.search(self.parsed, start, end) is None:
            self.arguments.add((start, end))
            self._changes.update(dict.fromkeys(range(start, end), b" "))

    def _opening(self, end: int) -> int | None:
        depth = 0
        for place in range(end - 1, max(end - MAX_TYPE_ARGUMENTS, 0), -1):
            sign = self.parsed[place]
            if sign == ord(">") and self.parsed[place - 1] != ord("="):
                depth += 1
            elif sign == ord("<"):
                depth -= 1
                if depth == 0:
                    return place
        return None
