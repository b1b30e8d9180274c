"""A fork of a store, beside a bare copy of the database."""

from __future__ import annotations

from typing import Final

from benchmarks.bare import bare_tables
from benchmarks.boxes import full_box
from benchmarks.measure import Clock, Pair, Row, Stage


def fork(stage: Stage) -> Pair:
    """Copy the large collection and all others; what was copied is given back outside of the measured time."""
    store, bare = stage.shared(full_box).store, stage.shared(bare_tables)

    def forked(clock: Clock) -> float:
        begin = clock()
        copy = store.fork()
        seconds = clock() - begin
        copy.close()
        return seconds

    def copied(clock: Clock) -> float:
        bare.execute("ATTACH ':memory:' AS copy")
        begin = clock()
        bare.execute("COPY FROM DATABASE memory TO copy")
        seconds = clock() - begin
        bare.execute("DETACH copy")
        return seconds

    return Pair(forked, copied)


ROWS: Final = (Row("forks.store", "a fork of the store", "`COPY FROM DATABASE` on a bare cursor", fork, rounds=7),)
