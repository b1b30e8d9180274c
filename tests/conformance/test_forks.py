"""What cases are played on: a fork serves the next case only if it is as it was made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store

from tests.conformance.forks import Forks
from tests.stores import rows

TITLE = "select title from articles where id = 1"


@pytest.fixture
def forks() -> Iterator[Forks]:
    with Store() as store:
        store.create_collection("articles", {"title": "string"})
        store.database.write_now(lambda session: session.execute("insert into articles values (1, 'as it was')"))
        with Forks(store) as found:
            yield found


def test_a_fork_that_was_only_read_serves_the_next_case(forks: Forks) -> None:
    with forks.lend() as first:
        assert rows(first, TITLE) == [("as it was",)]
    with forks.lend() as second:
        assert second is first
        assert rows(second, TITLE) == [("as it was",)]


@pytest.mark.parametrize("rolled_back", [False, True])
def test_a_fork_that_was_written_to_serves_no_other_case(forks: Forks, rolled_back: bool) -> None:
    def write(session: object) -> None:
        session.execute("update articles set title = 'changed'")  # type: ignore[attr-defined]
        if rolled_back:
            raise ValueError("after all not")

    with forks.lend() as first:
        if rolled_back:
            with pytest.raises(ValueError, match="after all not"):
                first.database.write_now(write)
        else:
            first.database.write_now(write)
    assert first.database.closed
    with forks.lend() as second:
        assert second is not first
        assert rows(second, TITLE) == [("as it was",)]


def test_a_fork_with_another_schema_serves_no_other_case(forks: Forks) -> None:
    with forks.lend() as first:
        first.create_collection("others", {"title": "string"})
    with forks.lend() as second:
        assert "others" not in second.schema.collections


def test_nobody_is_logged_in_when_a_case_begins(forks: Forks) -> None:
    with forks.lend() as first:
        sessions = first.sessions
        with pytest.raises(DirectusError):
            sessions.begin(first.access, "nobody@example.com", "wrong")
    with forks.lend() as second:
        assert second is first
        assert second.sessions is not sessions
