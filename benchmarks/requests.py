"""The requests that are measured over HTTP, as data: what a Directus and scopebox are asked, and the same for the plain server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from benchmarks.extensions import ENDPOINT
from benchmarks.things import BOOKS, EMPTY, HOOKED, NAME, SHELVES, as_json, counts, item

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.processes import Address

PAGES: Final = 10  # the first ones, of which any is asked for
MANY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of request. Its paths have places for a random ``key``, ``page``, number of ``views`` and ``words``, and for the ``table``.

    ``limit`` is how many items a page has, ``repeat`` how often a round asks, ``rounds`` how many there are.
    """

    name: str
    title: str
    path: str
    plain: str
    method: str = "GET"
    table: str = NAME
    body: Callable[[Random], object] | None = None
    limit: int = 100
    repeat: int = 1
    rounds: int = 15

    def on(self, table: str) -> Question:
        """The same of a small collection."""
        count = table.removeprefix("things_")
        return replace(
            self, name=f"{self.name}-{count}", title=f"{self.title}, of {count} items", table=table, repeat=10
        )


class Asker:
    """Makes requests of one kind to one server; two of them make the same ones in the same order."""

    def __init__(self, question: Question, path: str, address: Address, items: int) -> None:
        self._question, self._path, self._address = question, path, address
        self._count = counts(items)[question.table]
        self._random = Random(question.name)

    def message(self) -> str:
        """The whole text of the next request."""
        random, question = self._random, self._question
        places = {
            "table": question.table,
            "key": random.randint(1, max(1, self._count)),
            "page": random.randint(1, max(1, min(PAGES, self._count // question.limit))),
            "views": random.randint(40_000, 60_000),
            "words": f"number%20{random.randint(1, max(1, self._count))}",
        }
        body = as_json(question.body(random)) if question.body else ""
        head = [
            f"{question.method} {self._path.format(**places)} HTTP/1.1",
            f"Host: {self._address.host}:{self._address.port}",
            f"Authorization: Bearer {self._address.token}",
        ]
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*head, "", body])


def some(count: int) -> Callable[[Random], object]:
    """Items to create."""
    return lambda random: [item(random.randrange(MANY)) for _ in range(count)]


def one(random: Random) -> object:
    """An item to create."""
    return item(random.randrange(MANY))


def change(random: Random) -> object:
    """What to change of an item."""
    return {"views": random.randrange(100_000)}


def asked(query: object) -> str:
    """A filter in an address."""
    return quote(as_json(query), safe="").replace(quote('"VIEWS"'), "{views}")


_SELECTED: Final = asked({"_and": [{"status": {"_eq": "published"}}, {"views": {"_gt": "VIEWS"}}]})
_AGGREGATES: Final = "aggregate[count]=*&aggregate[avg]=rating&aggregate[sum]=views"
_ONES, _ALL = "/items/{table}", "/items/{table}?limit=-1"

HELLO: Final = Question("endpoint", "a request to an endpoint", f"/{ENDPOINT.name}/hello", "/hello", repeat=30)
READING: Final = Question(
    "endpoint-100", "a request to an endpoint that reads 100", f"/{ENDPOINT.name}/reading", "", repeat=5
)
BY_KEY: Final = Question("key", "GET by key", "/items/{table}/{key}", "/{table}/key/{key}", repeat=20)
HUNDRED: Final = Question(
    "100", "GET of 100", "/items/{table}?limit=100&page={page}", "/{table}/page/100/{page}", repeat=5
)
TEN_THOUSAND: Final = Question(
    "10000", "GET of 10 000", "/items/{table}?limit=10000&page={page}", "/{table}/page/10000/{page}", limit=10_000
)
SELECTED: Final = Question(
    "filter",
    "GET with filter, sort and limit",
    f"/items/{{table}}?limit=100&sort=-views,id&filter={_SELECTED}",
    "/{table}/selected/{views}",
    repeat=2,
)
GROUPED: Final = Question(
    "group",
    "GET of groups with three aggregates",
    f"/items/{{table}}?groupBy[]=section&sort=section&limit=-1&{_AGGREGATES}",
    "/{table}/grouped",
    repeat=2,
)
FOUND: Final = Question(
    "search", "GET with search", "/items/{table}?limit=100&search={words}", "/{table}/found/{words}"
)
OF_BOOKS: Final = Question(
    "m2o",
    "GET of 100, each with one of another collection",
    "/items/books?limit=100&page={page}&fields=*,shelf.id,shelf.name",
    "/books/{page}",
    table=BOOKS,
    repeat=5,
)
OF_SHELVES: Final = Question(
    "o2m",
    "GET of 20, each with 3 of another collection",
    "/items/shelves?limit=20&page={page}&fields=id,name,books.id,books.title&deep[books][_limit]=3&deep[books][_sort]=id",
    "/shelves/{page}",
    table=SHELVES,
    limit=20,
    repeat=5,
)
CREATE: Final = Question("create-1", "POST of 1", _ONES, "/{table}/one", "POST", body=one, repeat=10)
CREATE_100: Final = Question(
    "create-100",
    "POST of 100, one of them read back",
    "/items/{table}?limit=1",
    "/{table}/first",
    "POST",
    body=some(100),
    repeat=2,
)
CREATE_1000: Final = Question(
    "create-1000",
    "POST of 1 000, one of them read back",
    "/items/{table}?limit=1",
    "/{table}/first",
    "POST",
    body=some(1_000),
)
CREATE_ALL: Final = Question(
    "create-all", "POST of 1 000, all of them read back", _ALL, "/{table}/all", "POST", body=some(1_000)
)
UPDATE: Final = Question(
    "update-1", "PATCH of 1", "/items/{table}/{key}", "/{table}/key/{key}", "PATCH", body=change, repeat=10
)
FILTERED: Final = replace(CREATE, name="create-filter", title="POST of 1 through a filter", table=HOOKED)
FILTERED_100: Final = replace(CREATE_100, name="create-filter-100", title="POST of 100 through a filter", table=HOOKED)

SMALL_READS: Final = tuple(
    question.on(table)
    for table in ("things_1000", "things_12")
    for question in (BY_KEY, HUNDRED, SELECTED, GROUPED, FOUND)
)
SMALL_WRITES: Final = (UPDATE.on("things_1000"), UPDATE.on("things_12"), CREATE.on(EMPTY))
