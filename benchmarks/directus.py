"""A real Directus beside scopebox, ``--directus URL``: both are asked the same in turns, over collections that are made there and removed again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from benchmarks import requests
from benchmarks.asking import asked, pair, size
from benchmarks.extensions import ENDPOINT, FILTER
from benchmarks.measure import Pair, Row, Stage, Target
from benchmarks.over_http import ours
from benchmarks.processes import Address, address
from benchmarks.requests import Question
from benchmarks.things import COLLECTIONS, FIELDS, HOOKED, NAME, Record, item, stock

SENT: Final = 1_000  # items in one request
SECONDS: Final = 300.0
TARGETS: Final[Mapping[Question, float]] = {
    requests.BY_KEY: 3,
    requests.HUNDRED: 1.8,
    requests.TEN_THOUSAND: 4.5,
    requests.SELECTED: 7,
    requests.GROUPED: 15,
    requests.HELLO: 6,
    requests.CREATE: 4,
    requests.FILTERED: 4,
    requests.UPDATE: 4,
    requests.CREATE_100: 12,
    requests.CREATE_1000: 40,
}


@dataclass(frozen=True, slots=True)
class Real:
    """A Directus with the token of an administrator, and the file of its SQLite where that is at hand.

    Called with the stage it gets the collections with the items of the run, until the stage ends.
    """

    url: str
    token: str
    database: Path | None = None

    def __call__(self, stage: Stage) -> Address:
        """Fill it, and say where it is."""
        stage.enter(self.filled(stage.size.items))
        return address(self.url, self.token)

    @contextmanager
    def filled(self, items: int) -> Iterator[None]:
        """Make the collections, and remove them at the end; one that was there before is left alone, and an error."""
        with self.client() as client:
            for name in (NAME, HOOKED):
                if client.get(f"/collections/{name}").is_success:
                    raise SystemExit(f"{self.url} has a collection {name} already, and it is left alone")
            made = []
            try:
                for name in (NAME, HOOKED):
                    client.post("/collections", json=described(name)).raise_for_status()
                    made.append(name)
                self.fill(client, items)
                yield
            finally:
                for name in made:
                    client.delete(f"/collections/{name}").raise_for_status()

    def client(self) -> httpx.Client:
        """For all that is not measured."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=SECONDS, trust_env=False)

    def fill(self, client: httpx.Client, items: int) -> None:
        """Create the items: in its file, or by its API, which takes about two seconds for a thousand."""
        parts = (records for name, records in stock(items) if name == NAME)
        if self.database:
            with closing(sqlite3.connect(self.database, timeout=SECONDS)) as connection, connection:
                for records in parts:
                    connection.executemany(INSERT, map(stored, records))
            return
        for records in parts:
            for begin in range(0, len(records), SENT):
                client.post(f"/items/{NAME}?limit=1", json=records[begin : begin + SENT]).raise_for_status()

    def check(self, question: Question) -> None:
        """RuntimeError where the question needs an extension that it lacks."""
        with self.client() as client:
            if question is requests.HELLO and not client.get(question.path).is_success:
                raise RuntimeError(MISSING.format(ENDPOINT.name))
            if question is requests.FILTERED:
                created = client.post(f"/items/{HOOKED}", json=item(0)).raise_for_status().json()["data"]
                if created["status"] != "review":
                    raise RuntimeError(MISSING.format(FILTER.name))


MISSING: Final = "it lacks the extension {}, which no API can give it: `python -m benchmarks.extensions FOLDER` writes both for its folder of extensions"
COLUMNS: Final = tuple(name for name in FIELDS if name != "id")
INSERT: Final = f"INSERT INTO {NAME} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


def described(name: str) -> Record:
    """A collection as the API of a Directus takes it."""
    fields = [
        {"field": field, "type": kind, "meta": {}, "schema": {}}
        for field, (kind, _) in COLLECTIONS[name].fields.items()
    ]
    fields[0]["schema"] = {"is_primary_key": True, "has_auto_increment": True}
    return {"collection": name, "meta": {}, "schema": {}, "fields": fields}


def stored(record: Record) -> tuple[object, ...]:
    """An item as a Directus has it in SQLite: times are milliseconds."""
    moment = datetime.fromisoformat(str(record["published"])).replace(tzinfo=UTC)
    return tuple({**record, "published": int(moment.timestamp() * 1000)}[name] for name in COLUMNS)


def beside(question: Question, real: Real, stage: Stage) -> Pair:
    """Ask both; that they answer the same is what the recordings hold, here they have to answer as many items."""
    where = stage.shared(real)
    real.check(question)
    return pair(question, ours(question, stage), asked(stage, question, question.path, where), size)


def rows(real: Real) -> tuple[Row, ...]:
    """The rows, each with how many times faster it should be."""
    return tuple(
        Row(
            f"directus.{question.name}",
            question.title,
            "a real Directus",
            partial(beside, question, real),
            Target("faster", limit),
            min(question.rounds, 7),
        )
        for question, limit in TARGETS.items()
    )
