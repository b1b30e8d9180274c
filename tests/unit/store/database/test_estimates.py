"""About how many rows a table has, and where its keys stand, is looked up now and then, not at every read."""

from __future__ import annotations

from scopebox.store.database.estimates import FRESH_SECONDS, MOST, Estimates
from scopebox.store.store import Store


def test_an_estimate_is_looked_up_again_when_it_is_no_longer_fresh() -> None:
    now, found = [0.0], iter([10, 20])
    estimates = Estimates(lambda: now[0])
    assert [estimates.of("a", lambda: next(found)) for _ in range(3)] == [10, 10, 10]
    now[0] = FRESH_SECONDS
    assert [estimates.of("a", lambda: next(found)) for _ in range(3)] == [20, 20, 20]


def test_what_was_noted_stands_until_it_is_no_longer_fresh() -> None:
    now = [0.0]
    estimates = Estimates(lambda: now[0])
    assert estimates.of("a", lambda: 10) == 10
    assert estimates.note("a", None) is None
    assert estimates.of("a", lambda: 10) is None
    now[0] = FRESH_SECONDS
    assert estimates.of("a", lambda: 20) == 20


def test_what_is_no_table_has_no_rows() -> None:
    with Store.sample() as store:
        assert store.database.read_now(lambda session: session.size("a")) == 0


def test_few_are_kept() -> None:
    estimates = Estimates()
    for number in range(3 * MOST):
        estimates.of(str(number), lambda: 1)
    assert len(estimates._known) <= MOST


def test_each_store_has_sizes_of_its_own() -> None:
    with Store.sample() as store, store.fork() as fork:
        fork.database.write_now(lambda session: session.execute("CREATE TABLE a AS SELECT 1 FROM range(1000)"))
        assert fork.database.read_now(lambda session: session.size("a")) == 1000
        assert store.database.read_now(lambda session: session.size("a")) == 0
        assert store.database.read_now(lambda session: session.size("articles")) > 0
