"""About how many rows a table has is looked up now and then, not at every read."""

from __future__ import annotations

from scopebox.store.database.sizes import FRESH_SECONDS, MOST_TABLES, Sizes
from scopebox.store.store import Store


def test_a_size_is_looked_up_again_when_it_is_no_longer_fresh() -> None:
    now, found = [0.0], iter([10, 20])
    sizes = Sizes(lambda: now[0])
    assert [sizes.of("a", lambda: next(found)) for _ in range(3)] == [10, 10, 10]
    now[0] = FRESH_SECONDS
    assert [sizes.of("a", lambda: next(found)) for _ in range(3)] == [20, 20, 20]


def test_what_is_no_table_has_no_rows() -> None:
    assert Sizes().of("a", lambda: None) == 0


def test_few_sizes_are_kept() -> None:
    sizes = Sizes()
    for number in range(3 * MOST_TABLES):
        sizes.of(str(number), lambda: 1)
    assert len(sizes._known) <= MOST_TABLES


def test_each_store_has_sizes_of_its_own() -> None:
    with Store.sample() as store, store.fork() as fork:
        fork.database.write_now(lambda session: session.execute("CREATE TABLE a AS SELECT 1 FROM range(1000)"))
        assert fork.database.read_now(lambda session: session.size("a")) == 1000
        assert store.database.read_now(lambda session: session.size("a")) == 0
        assert store.database.read_now(lambda session: session.size("articles")) > 0
