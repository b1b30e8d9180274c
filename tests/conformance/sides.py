"""Where the databases behind a Directus answer differently: the side that the store takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Choice:
    """One class of differences. ``side`` is ``pg``, ``sqlite`` or ``neither``."""

    difference: str
    side: str
    reason: str


CHOICES: Final = (
    Choice(
        "Decimals, big integers, counts, whole sums, averages and parts of dates are texts",
        "pg",
        "The text keeps every digit and shows the declared type; a mixture would agree with no real server.",
    ),
    Choice(
        "NULL comes last in ascending and first in descending order",
        "pg",
        "One side for all orders, the one of most servers.",
    ),
    Choice(
        "LIKE minds upper and lower case; the operators with i fold all of Unicode",
        "pg",
        "Folding ASCII alone surprises.",
    ),
    Choice("A backslash in a pattern escapes what follows", "pg", "It comes with LIKE."),
    Choice(
        "A text that a column cannot hold is a 500 rather than an empty answer",
        "pg",
        "A typing mistake should not look like no items.",
    ),
    Choice("uuid and decimal fields have the operators of their own type", "pg", "SQLite does not keep these types."),
    Choice("Weeks are those of ISO 8601", "pg", "SQLite counts from the first Monday, which nobody else does."),
    Choice("The count of a JSON value that is no list is a 500", "pg", "0 for an object is wrong."),
    Choice("Sums and extremes of types without an order or a sum are a 500", "pg", "A sum of titles means nothing."),
    Choice(
        "Texts longer than their field and numbers out of range are refused",
        "pg",
        "SQLite stores what was not declared.",
    ),
    Choice(
        "Sorting by a group that shows under a rule alone is a 500",
        "pg",
        "PostgreSQL does not know the group again in the order; what works for a role here has to work there.",
    ),
    Choice(
        "The words now, today, tomorrow, yesterday, epoch and infinity are moments in filters",
        "pg",
        "SQLite compares them as texts, or as nothing.",
    ),
    Choice("Sums and averages of times are intervals", "pg", "SQLite adds up the hours alone."),
    Choice(
        "A list of items that is rejected consumes no keys", "sqlite", "Keys are drawn once everything was checked."
    ),
    Choice("1970-01-01 is a date like any other", "pg", "SQLite answers 0, an accident."),
    Choice(
        "Floats are of double precision, sums of them compensated",
        "sqlite",
        "PostgreSQL's real has seven digits; averages show it.",
    ),
    Choice("A foreign key that refers to nothing is named, with its field", "pg", "SQLite does not tell which it was."),
    Choice(
        "The actions of a batch update come after the COMMIT, all of them",
        "neither",
        "Both tell them inside the transaction, also of updates that are rolled back later.",
    ),
)

EXCEPTIONS: Final = {
    "hook_order-019": (
        "Actions are told what was committed. Both databases tell them between the items of a batch update, inside its "
        "transaction, also of items that are rolled back a moment later: an extension would act upon what never happened."
    ),
    "create_types-010": (
        "A number that is too large is blamed on its own field. PostgreSQL names none, and a Directus takes the first column of the "
        "statement for it, whichever it was: a text, here."
    ),
    "aggregate-061": (
        "An average of floats with all their digits, beside averages of decimals and whole numbers as texts: the one needs the "
        "choice of SQLite, the others that of PostgreSQL, and no case in which they stand apart differs."
    ),
}
"""Cases on which the store agrees with neither database, and why."""

ENGINE: Final = {
    "sandbox-js:sandbox_hook-013": "There are no Intl and no WebAssembly: the engine does not have them.",
}
"""Cases that extensions in JavaScript answer otherwise than those of a Directus, whose engine is another one, and why."""
