"""What messages say about a name or a value: quoted, and with the name that was probably meant."""

from __future__ import annotations

import json
from difflib import SequenceMatcher, get_close_matches
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING, Final

from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_QUOTED_CHARACTERS: Final = 80  # of foreign text in a message
MAX_COMPARED_NAMES: Final = 1_000  # among which a close match is looked for
MAX_LISTED_NAMES: Final = 20  # in one message
ALIKE: Final = 0.65  # of their letters, in order, in names of which one is taken for the other

_LIKELY: Final = 10  # names that are compared in full
_READABLE: Final = 1e6

_LEAST_BEGINNING: Final = 3  # letters of a name that stand for all of it, where it is the only one that begins so


def closest(word: str, known: Iterable[str]) -> str:
    """Return the entry of ``known`` that ``word`` was probably meant to be, or ``""``.

    Of long names the first characters count, of very many names the first ones, and only those with about the same letters
    are compared in full: that takes time by the square of their length.
    """
    by_lower = {name[:MAX_QUOTED_CHARACTERS].lower(): name for name in islice(known, MAX_COMPARED_NAMES)}
    word = word[:MAX_QUOTED_CHARACTERS].lower()
    matcher: SequenceMatcher[str] = SequenceMatcher(b=word)

    def letters_in_common(name: str) -> float:
        matcher.set_seq1(name)
        return matcher.quick_ratio()

    likely = nlargest(_LIKELY, by_lower, key=letters_in_common)
    matches = get_close_matches(word, likely, n=1, cutoff=ALIKE)
    if matches:
        return by_lower[matches[0]]
    beginning = [name for name in by_lower if len(word) >= _LEAST_BEGINNING and name.startswith(word)]
    return by_lower[beginning[0]] if len(beginning) == 1 else ""


def remedy(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return what ends a message about the unknown name ``word``: ``did you mean items?``, or else ``there are items and log``.

    ``otherwise`` stands in place of the list of names where that would not help.
    """
    names = list(islice(known, MAX_COMPARED_NAMES))
    match = closest(word, names)
    if match:
        return f"did you mean {clean(match, MAX_QUOTED_CHARACTERS)}?"
    return otherwise or _there_is(names)


def hint(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the same as :func:`remedy`, as a sentence of its own: the hint of an error."""
    text = remedy(word, known, otherwise)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"


def listed(names: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``; of many names the first, and how many more there are."""
    shown = [clean(name, MAX_QUOTED_CHARACTERS) for name in names[:MAX_LISTED_NAMES]]
    if len(names) > MAX_LISTED_NAMES:
        shown.append(f"{len(names) - MAX_LISTED_NAMES:,} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def quote(value: object) -> str:
    """Return ``value`` for a message: text quoted, shortened and in visible ASCII; containers by their type alone."""
    most = MAX_QUOTED_CHARACTERS
    match value:
        case str():
            cut = value if len(value) <= most else f"{value[: most // 2]}...{value[-most // 4 :]}"
            return json.dumps(cut).replace("\x7f", "\\u007f")
        case None | bool():
            return json.dumps(value)
        case int() | float():
            return f"{value:g}" if abs(value) < _READABLE else "a large number"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return f"a value of type {type(value).__name__[:most]}"


def _there_is(names: Sequence[str]) -> str:
    if not names:
        return "there is none"
    return f"there is only {listed(names)}" if len(names) == 1 else f"there are {listed(names)}"
