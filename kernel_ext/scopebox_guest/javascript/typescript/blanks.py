"""Parts of a text that become spaces, while every other character keeps its line and column."""

from __future__ import annotations

import re
from typing import Final

_SPACE: Final = b"\x01"
_SIGNS: Final = {";": b"\x02", "(": b"\x03", ")": b"\x04"}
_TEXTS: Final = {2: ";", 3: "(", 4: ")"}
_PARTS: Final = re.compile(rb"\x00+|\x01+|\x02+|\x03+|\x04+")
_TAKEN: Final = re.compile(rb"[^\x00]+")
_INSIDE: Final = range(0x80, 0xC0)  # bytes of a character after its first
_VISIBLE: Final = re.compile("[^\t\n\r\u2028\u2029 ]")
_LINE_END: Final = re.compile(rb"[\n\r]|\xe2\x80[\xa8\xa9]")


class Blanks:
    """What is taken out of a source. Offsets are those of its bytes in UTF-8, as a parser counts them."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._marks = bytearray(len(source))

    def take(self, start: int, end: int) -> None:
        """Make spaces of what lies between two offsets; ends of lines stay."""
        if start < end:
            self._marks[start:end] = _SPACE * (end - start)

    def put(self, start: int, sign: str) -> None:
        """Have ``sign`` stand in the place of the character at ``start``."""
        end = start + 1
        while end < len(self.source) and self.source[end] in _INSIDE:  # the rest of one character
            end += 1
        self._marks[start:end] = _SIGNS[sign] * (end - start)

    def put_before(self, end: int, sign: str) -> None:
        """Have ``sign`` stand in the place of the last character before ``end``."""
        start = end - 1
        while start > 0 and self.source[start] in _INSIDE:
            start -= 1
        self.put(start, sign)

    def taken(self, offset: int) -> bool:
        """Tell if the character at ``offset`` is taken out."""
        return offset < len(self._marks) and self._marks[offset] != 0

    def taken_text(self) -> bytes:
        """All that is taken out, with spaces between the parts."""
        return b" ".join(self.source[found.start() : found.end()] for found in _TAKEN.finditer(self._marks))

    def spans_lines(self, start: int, end: int) -> bool:
        """Tell if a line ends between two offsets."""
        return _LINE_END.search(self.source, start, end) is not None

    def text(self) -> str:
        """The source with its blanks."""
        return "".join(self._part(found) for found in _PARTS.finditer(self._marks))

    def _part(self, found: re.Match[bytes]) -> str:
        mark = self._marks[found.start()]
        if mark > 1:
            return _TEXTS[mark]
        text = self.source[found.start() : found.end()].decode("utf-8", "surrogatepass")
        return _VISIBLE.sub(" ", text) if mark else text
