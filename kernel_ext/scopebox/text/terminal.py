"""What is said on a terminal: a name in it may come from somebody else's files, and rules no terminal."""

from __future__ import annotations

import sys
from typing import Final

from scopebox.text.visible import clean

MAX_CHARACTERS: Final = 4_000  # of what is said at once


def say(line: object) -> None:
    """Write ``line`` to stdout, at once: what follows may take long."""
    sys.stdout.write(f"{clean(line, MAX_CHARACTERS)}\n")
    sys.stdout.flush()


def complain(words: object) -> None:
    """Write ``words`` to stderr, such as an error and, on a line of its own, its hint."""
    sys.stderr.write(f"{clean(words, MAX_CHARACTERS, lines=True)}\n")
    sys.stderr.flush()
