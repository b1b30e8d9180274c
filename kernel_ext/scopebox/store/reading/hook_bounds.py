"""What bounds a query of the notebook that a hook had a hand in: it is an extension then that asks for it.

What the notebook itself asks for has no such limit.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store.bounds import MAX_ITEMS, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.store.reading.request import Request, Rows

MAX_ANSWER_BYTES: Final = 8 * 2**20  # as what an extension reads itself
HINT: Final = (
    "A filter of items.query changed what is asked for here; what the notebook asks for itself has no such limit"
)


def bounded(request: Request) -> Request:
    """Return ``request``, which has none, with a bound for the answer."""
    return replace(request, most=MAX_ANSWER_BYTES)


def check_chosen(rows: Rows) -> None:
    """Refuse more items for a change than an extension may change at once; DirectusError 400."""
    found = rows.data
    if isinstance(found, list):
        count(len(found), MAX_ITEMS, "items to be changed", "make several changes, each with a limit and fewer items")


@contextmanager
def hinted() -> Iterator[None]:
    """Say of an error what the limit comes from."""
    try:
        yield
    except DirectusError as error:
        error.hint = error.hint or HINT
        raise
