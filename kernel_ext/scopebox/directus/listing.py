"""Reading lists of a live Directus page by page, with smaller pages where an answer is too large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.directus.client import TooLargeError
from scopebox.directus.failures import RefusedError

if TYPE_CHECKING:
    import msgspec

    from scopebox.directus.client import Client, Query

PAGE: Final = 100  # items that one request asks for
KEYS: Final = 50  # that one request asks for
_SMALLER: Final = 4  # what a page that is too large is divided by
ALL: Final = "*"
_PLAIN: Final = frozenset("_-$ ")  # beside letters and digits


@dataclass
class Listing:
    """Some items of one list: at most ``most`` that match ``query``, with ``fields`` as far as the user may read them.

    ``total`` is how many match, where the server says. ``skipped`` counts the items that are too large to be taken, ``ended`` says that there are no more. Iterating
    raises RefusedError if nothing may be read, and PullError for what goes wrong.
    """

    client: Client
    path: str
    query: Query
    fields: Sequence[str]
    most: int
    page: int = PAGE
    total: int | None = None
    skipped: int = 0
    ended: bool = False

    def __iter__(self) -> Iterator[msgspec.Raw]:
        fields, *others = attempts(self.fields)
        offset, size = 0, min(self.page, PAGE)
        while offset < self.most:
            wanted = min(size, self.most - offset)
            count = {"meta": "filter_count"} if offset == 0 else {}
            query = {**self.query, **count, "fields": fields, "limit": wanted, "offset": offset}
            try:
                found = self.client.page(self.path, query)
            except TooLargeError:
                if wanted == 1:
                    self.skipped += 1
                    offset += 1
                else:
                    size = max(1, wanted // _SMALLER)
                continue
            except RefusedError:
                if offset or not others:
                    raise
                fields, *others = others
                continue
            if offset == 0:
                self.total = found.total
            yield from found.items[:wanted]
            offset += wanted
            self.ended = len(found.items) < wanted or self.total == offset
            if self.ended:
                return


def attempts(fields: Sequence[str]) -> list[str]:
    """Return what to ask for, one after the other while it is refused: a Directus refuses a whole request for one field.

    All of ``fields``; else whatever the user may read. Where a name means something else in a query, everything is asked for, which
    fails for some such names as well, and then those with plain names.
    """
    plain = [name for name in fields if _is_plain(name)]
    named = ",".join(plain)
    return [named, ALL] if len(plain) == len(fields) else [ALL, *([named] if named else [])]


def _is_plain(name: str) -> bool:
    """Whether a name means itself in a list of a query."""
    return bool(name) and name == name.strip() and all(sign.isalnum() or sign in _PLAIN for sign in name)
