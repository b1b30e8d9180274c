"""About how many rows a table has is looked up now and then, not at every read; where the first rows end is remembered."""

from __future__ import annotations

from scopebox.store.database.estimates import FRESH_SECONDS, MOST_TABLES, Estimates
from scopebox.store.database.kept import MAX_CHARACTERS, MAX_ENTRIES
from scopebox.store.store import Store


def test_a_size_is_looked_up_again_when_it_is_no_longer_fresh() -> None:
    now, found = [0.0], iter([10, 20])
    estimates = Estimates(lambda: now[0])
    assert [estimates.size("a", lambda: next(found)) for _ in range(3)] == [10, 10, 10]
    now[0] = FRESH_SECONDS
    assert [estimates.size("a", lambda: next(found)) for _ in range(3)] == [20, 20, 20]


def test_few_sizes_are_kept() -> None:
    estimates = Estimates()
    for number in range(3 * MOST_TABLES):
        estimates.size(str(number), lambda: 1)
    assert len(estimates._sizes) <= MOST_TABLES


def test_an_end_is_that_of_a_statement_and_of_so_many_rows() -> None:
    estimates = Estimates()
    estimates.end("a", 1).value = "end"
    assert estimates.end("a", 1).value == "end"
    assert estimates.end("a", 2).value is None
    assert estimates.end("b", 1).value is None


def test_few_ends_are_kept_and_none_of_a_long_statement() -> None:
    estimates = Estimates()
    for number in range(3 * MAX_ENTRIES):
        estimates.end("a", number)
    assert len(estimates._ends) == MAX_ENTRIES
    estimates.end("a" * (MAX_CHARACTERS + 1), 1).value = "end"
    assert estimates.end("a" * (MAX_CHARACTERS + 1), 1).value is None


def test_each_store_has_sizes_of_its_own() -> None:
    with Store.sample() as store, store.fork() as fork:
        fork.database.write_now(lambda session: session.execute("CREATE TABLE a AS SELECT 1 FROM range(1000)"))
        assert fork.database.read_now(lambda session: session.size("a")) == 1000
        fork.database.write_now(lambda session: session.execute("DELETE FROM articles"))
        assert fork.database.read_now(lambda session: session.size("articles")) == 0
        assert store.database.read_now(lambda session: session.size("articles")) > 0
