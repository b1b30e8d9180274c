"""What a condition costs a database for each row, in comparisons of two numbers, which take it some nanoseconds each."""

from __future__ import annotations

from typing import Final, NamedTuple

from scopebox.store.query.operators import MATCHING, times

MATCH: Final = 10  # a text of usual length is gone through
FOLDED: Final = 25  # and lowered before
FOLDING: Final = frozenset(name for name in MATCHING if name.startswith(("_i", "_ni")))  # these ignore case
LIST: Final = 5  # besides one for each of its values


class Effort(NamedTuple):
    """How many comparisons a condition counts for each row; ``folds``: a lowered text is made of each."""

    comparisons: int
    folds: bool


def effort(operator: str, value: object, *, literal: bool) -> Effort:
    """Return the effort of a condition; ``literal``: the wildcards of patterns stand for themselves."""
    folds = operator in FOLDING
    if operator in MATCHING:
        return Effort(times(value, literal=literal) * (FOLDED if folds else MATCH), folds)
    return Effort(LIST + len(value) if isinstance(value, list) else 1, folds)
