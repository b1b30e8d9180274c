"""How long a text of a query may be, and how many of everything it may hold.

They are told by what a text means, and looked at before it is split, matched, decoded or made into anything: what is done with
a text afterwards is bounded by them. What is longer is either read as what it is not (a number of 500 digits is no number),
or refused with an error that names the limit.
"""

from __future__ import annotations

from typing import Final

from scopebox.store.errors import invalid

LONGEST_NAME: Final = 500  # characters of a field, of a path through relations, of a function, of an alias
LONGEST_SEARCH: Final = 1_000  # characters
LONGEST_JSON: Final = 1_000_000  # characters of an object that is given as JSON text
MOST_NAMES: Final = 1_000  # in a list of fields, sorts, groups or aggregates, and in an alias
MOST_SORTED: Final = 100  # names to sort by
MOST_RELATED: Final = 400_000  # values of items with their related ones, in an answer that goes out
MOST_ALIASES: Final = 100  # of a level
MOST_LEVELS: Final = 1_000  # that deep queries describe
MOST_VALUES: Final = 10_000  # in one list of a filter
MOST_VALUES_IN_ALL: Final = 15_000  # of a query, and objects and lists around them
MOST_CONDITIONS: Final = 1_000  # of a query, those of its deep queries included
MOST_TABLES: Final = 50  # that one statement reads from
COST_OF_COUNT: Final = 5  # tables; each is counted anew for every item
MOST_CALLS: Final = 200  # functions of fields in one statement
MOST_ITEMS: Final = 10_000  # that one call creates
MOST_NESTED: Final = 10_000  # related items that come new with the items of one write


def count(found: int, most: int, what: str, remedy: str) -> None:
    """Refuse ``found`` things where ``most`` are the limit."""
    if found > most:
        raise invalid(f"There are {found:,} {what}, {most:,} are the limit; {remedy}")


def length(text: str, longest: int, what: str) -> None:
    """Refuse a text that is too long for what it is."""
    if len(text) > longest:
        raise invalid(f"{what} has {len(text):,} characters, {longest:,} are the limit")


def names(raw: str | list[object], what: str, most: int = MOST_NAMES) -> list[object]:
    """Return the names in ``raw``: a text split at its commas, or a list as it is."""
    found = raw.count(",") + 1 if isinstance(raw, str) else len(raw)
    count(found, most, f'names in "{what}"', "name what is needed")
    items: list[object] = [*raw.split(",")] if isinstance(raw, str) else raw
    for item in items:
        length(item if isinstance(item, str) else "", LONGEST_NAME, f'A name in "{what}"')
    return items


def paths(raw: str | list[str], what: str) -> list[str]:
    """Return the names in ``raw``, each text of which is split at the commas that are not inside parentheses."""
    texts = [raw] if isinstance(raw, str) else raw
    pieces = len(texts) + sum(text.count(",") for text in texts)
    count(pieces, 2 * MOST_NAMES, f'names in "{what}"', "name what is needed")  # a function may have a comma of its own
    found = [name for text in texts for name in (split(text) if "," in text else [text])]
    count(len(found), MOST_NAMES, f'names in "{what}"', "name what is needed")
    for name in found:
        length(name, LONGEST_NAME, f'A name in "{what}"')
    return found


def split(text: str) -> list[str]:
    """Split at the commas that are not inside parentheses."""
    parts: list[str] = []
    waiting: list[str] = []
    level = 0
    for piece in text.split(","):
        waiting.append(piece)
        level += piece.count("(") - piece.count(")")
        if level <= 0:
            parts.append(",".join(waiting))
            waiting.clear()
    return parts + ([",".join(waiting)] if waiting else [])


def values(raw: str, what: str) -> list[str]:
    """Return the values of a list that is written as one text with commas."""
    count(raw.count(",") + 1, MOST_VALUES, f'values in "{what}"', "ask for them in several queries")
    return raw.split(",")
