"""What a cell printed, as it is shown: made visible, and not more of it than one can read."""

from __future__ import annotations

from typing import Final

from scopebox.text.visible import clean, head_and_tail

MAX_PRINTED_LINES: Final = 200  # lines that are shown: the first ones, and some of the last
MAX_PRINTED_CHARACTERS: Final = 20_000  # characters that are shown
LAST_LINES: Final = MAX_PRINTED_LINES // 5  # lines that are kept for the end
LAST_CHARACTERS: Final = MAX_PRINTED_CHARACTERS // 3  # characters of them


class PrintedText:
    """Printed text that is shown while it comes: its first pieces at once, what is left of it at the end."""

    def __init__(self) -> None:
        self._taken = 0  # characters of the text that were shown
        self._lines = MAX_PRINTED_LINES
        self._characters = MAX_PRINTED_CHARACTERS
        self._full = self._open = False

    def first(self, piece: str) -> str:
        """Return what is shown at once of the next piece: nothing any more where only the room for the last lines is left."""
        room = self._characters - LAST_CHARACTERS
        if self._full or not piece:
            return ""
        end = _end_of_lines(piece, self._lines - LAST_LINES, room)
        self._full = end < len(piece)
        self._taken += end
        shown = clean(piece[:end], room, lines=True)
        self._lines -= shown.count("\n")
        self._characters -= len(shown)
        self._open = bool(shown) and not shown.endswith("\n")
        return shown

    def rest(self, text: str) -> str:
        """Return what is left to be shown of the whole ``text``, with a count of what lies between the first lines and the last."""
        left = text[self._taken :].removesuffix("\n")
        if not left:
            return "\n" if self._open else ""
        head, tail, between = head_and_tail(left, self._lines, LAST_LINES)
        cut = f"… {between:,} more lines (RunResult.stdout has what was kept) …"
        return (
            clean("\n".join(filter(None, (head, cut, tail))) if between else head, self._characters, lines=True) + "\n"
        )


def printed(text: str) -> str:
    """Return what is shown of printed text."""
    return PrintedText().rest(text)


def _end_of_lines(text: str, lines: int, most: int) -> int:
    """Return where the first ``lines`` lines of the first ``most`` characters of ``text`` end."""
    end, stop = 0, min(len(text), most)
    while lines > 0 and end < stop:
        found = text.find("\n", end, stop)
        end = stop if found < 0 else found + 1
        lines -= 1
    return end
