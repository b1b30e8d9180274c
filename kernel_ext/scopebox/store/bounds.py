"""How long a text of a query may be, and how many of everything it may hold.

They are told by what a text means, and looked at before it is split, matched, decoded or made into anything: what is done with
a text afterwards is bounded by them. What is longer is either read as what it is not (a number of 500 digits is no number),
or refused with an error that names the limit.
"""

from __future__ import annotations

from typing import Final

from scopebox.store import javascript
from scopebox.store.errors import invalid

MAX_NAME_CHARACTERS: Final = 500  # of a field, of a path through relations, of a function, of an alias
MAX_SEARCH_CHARACTERS: Final = 1_000
MAX_JSON_CHARACTERS: Final = 1_000_000  # of an object that is given as JSON text
MAX_NAMES: Final = 1_000  # in a list of fields, sorts, groups or aggregates, and in an alias
MAX_SORTED_NAMES: Final = 100
MAX_RELATED_VALUES: Final = 400_000  # values of items with their related ones, in an answer that goes out
MAX_ALIASES: Final = 100  # of a level
MAX_DEEP_LEVELS: Final = 1_000  # that deep queries describe
MAX_DEEP_NAMES: Final = 10_000  # fields, sorts, groups and aggregates of deep queries together
MAX_FILTER_VALUES: Final = 10_000  # in one list of a filter
MAX_QUERY_VALUES: Final = 15_000  # of a query, and objects and lists around them
MAX_CONDITIONS: Final = 1_000  # of a query, those of its deep queries included
MAX_LISTS: Final = 300  # of these that take a list of values: each takes a database as long as several others
MAX_FOLDING: Final = 200  # conditions of one statement that ignore case: for each 2,048 texts are lowered at once
MAX_COMPARISONS: Final = 50_000_000  # of the conditions of one statement with all rows: 0.1 to 0.16 s of a database
MAX_TABLES: Final = 40  # that one statement reads from
MAX_PARTS: Final = 5_000  # fields, conditions and sort keys of one statement, times its tables
MAX_RULE_CONDITIONS: Final = 600  # of rules for items in one statement, each as often as its rule applies
MAX_RULE_CONDITIONS_OF_ALL: Final = 3_000  # the same in all levels of a query
MAX_RULE_VALUES: Final = 20_000  # in the rules of one who asks, and objects and lists around them
MAX_RULE_VARIABLES: Final = 1_000  # of these: each stands for something else in every call
MAX_RULE_VALUES_OF_ALL: Final = 400_000  # the same in all levels of a query
MAX_SHOWN: Final = 120_000  # pairs of a field and a rule that shows it, and rules, times all rules of a collection
MAX_SHOWN_OF_ALL: Final = 10_000  # such pairs in all levels of a query
# Groups and aggregates of one statement: it takes a database 0.5 s and 120 MB to plan 990 averages.
MAX_AGGREGATES: Final = 300
MAX_DISTINCT: Final = 20  # fields whose different values one statement finds: a database has 2 MB for each
COUNT_COST_TABLES: Final = 4  # a count is made anew for every item
MAX_FUNCTION_CALLS: Final = 200  # functions of fields in one statement
MAX_ITEMS: Final = 10_000  # that one call from outside creates, changes or deletes, or a filter has deleted
MAX_DELETED_ALONG: Final = 25_000  # that go with the items of such a call: at its end each key leaves its index
MAX_NESTED_ITEMS: Final = 10_000  # related items that come with those of one write, those that are only named included


def count(found: int, most: int, what: str, remedy: str) -> None:
    """Refuse ``found`` things where ``most`` are the limit."""
    if found > most:
        raise invalid(f"There are {found:,} {what}, {most:,} are the limit; {remedy}")


def length(text: str, longest: int, what: str) -> None:
    """Refuse a text that is too long for what it is."""
    if len(text) > longest:
        raise invalid(f"{what} has {len(text):,} characters, {longest:,} are the limit")


def names(raw: str | list[object], what: str, most: int = MAX_NAMES) -> list[object]:
    """Return the names in ``raw``: a text split at its commas, or a list as it is."""
    found = raw.count(",") + 1 if isinstance(raw, str) else len(raw)
    count(found, most, f'names in "{what}"', "name what is needed")
    items: list[object] = [*raw.split(",")] if isinstance(raw, str) else raw
    for item in items:
        length(item if isinstance(item, str) else "", MAX_NAME_CHARACTERS, f'A name in "{what}"')
    return items


def texts(raw: str | list[object], what: str) -> tuple[str, ...]:
    """Return the names in ``raw``, each as JavaScript makes a text of it."""
    found = []
    for item in names(raw, what):
        found.append(javascript.beginning(item, MAX_NAME_CHARACTERS + 1))
        length(found[-1], MAX_NAME_CHARACTERS, f'A name in "{what}"')
    return tuple(found)


def pieces(raw: object) -> int:
    """Return how many names ``raw`` holds at most, a text, a list or an object of them: counted before any text is split."""
    if isinstance(raw, str):
        return raw.count(",") + 1
    inner = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else ()
    return sum(
        item.count(",") + 1 if isinstance(item, str) else len(item) if isinstance(item, list) else 1 for item in inner
    )


def paths(raw: str | list[str], what: str) -> list[str]:
    """Return the names in ``raw``, each text of which is split at the commas that are not inside parentheses."""
    texts = [raw] if isinstance(raw, str) else raw
    pieces = len(texts) + sum(text.count(",") for text in texts)
    count(pieces, 2 * MAX_NAMES, f'names in "{what}"', "name what is needed")  # a function may have a comma of its own
    found = [name for text in texts for name in (split(text) if "," in text else [text])]
    count(len(found), MAX_NAMES, f'names in "{what}"', "name what is needed")
    for name in found:
        length(name, MAX_NAME_CHARACTERS, f'A name in "{what}"')
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
    count(raw.count(",") + 1, MAX_FILTER_VALUES, f'values in "{what}"', "ask for them in several queries")
    return raw.split(",")
