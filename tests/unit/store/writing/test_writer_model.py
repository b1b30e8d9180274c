"""Create, read, update and delete against a dict that does the same."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from scopebox.errors import DirectusError
from scopebox.store.items import ItemsService
from scopebox.store.store import Store

from tests.stores import Row, items, project

T = TypeVar("T")
NAMES = st.sampled_from(["a", "b", "c", "d"]) | st.text(max_size=3).filter(lambda text: "\x00" not in text)
WEIGHTS = st.none() | st.integers(-(2**31), 2**31 - 1)
RECORDS = st.lists(st.fixed_dictionaries({"name": NAMES}, optional={"weight": WEIGHTS}), min_size=1, max_size=4)


class Labels(RuleBasedStateMachine):
    """The labels of the store, whose names are unique, and a dict of what they should be."""

    store: Store
    base: Store

    @initialize()
    def begin(self) -> None:
        self.store = self.base.fork()
        self.model: dict[object, Row] = {}
        self._run(self._labels().delete_by_query({"limit": -1}))
        self.next = 21

    def _labels(self) -> ItemsService:
        return items(self.store, "labels")

    def _run(self, work: Coroutine[object, object, T]) -> T | None:
        """Return the result of ``work``; None where a name was not unique."""
        try:
            return asyncio.run(work)
        except DirectusError as error:
            if error.code != "RECORD_NOT_UNIQUE":
                raise
            return None

    def _taken(self, names: list[object], without: set[object]) -> bool:
        others = {row["name"] for key, row in self.model.items() if key not in without}
        return len(set(names)) < len(names) or bool(others & set(names))

    @rule(records=RECORDS)
    def create(self, records: list[Row]) -> None:
        keys = self._run(self._labels().create(records))
        if self._taken([record["name"] for record in records], set()):
            assert keys is None
            return
        assert keys == list(range(self.next, self.next + len(records)))
        self.next += len(records)
        self.model |= {key: {"weight": None, **record} for key, record in zip(keys, records, strict=True)}

    @precondition(lambda self: self.model)
    @rule(data=st.data(), name=NAMES, weight=WEIGHTS)
    def update(self, data: st.DataObject, name: str, weight: int | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.model, key=str)))
        keys = self._run(self._labels().update_many([key, 999], {"name": name, "weight": weight}))
        if self._taken([name], {key}):
            assert keys is None
        else:
            self.model[key] = {"name": name, "weight": weight}

    @precondition(lambda self: self.model)
    @rule(weight=st.integers(-5, 5), limit=st.integers(1, 3))
    def update_by_query(self, weight: int, limit: int) -> None:
        keys = self._run(self._labels().update_by_query({"sort": ["-id"], "limit": limit}, {"weight": weight}))
        wanted = sorted(self.model, reverse=True, key=lambda key: int(str(key)))[:limit]
        assert sorted(keys or [], key=str) == sorted(wanted, key=str)
        for key in wanted:
            self.model[key]["weight"] = weight

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        keys = data.draw(st.lists(st.sampled_from(sorted(self.model, key=str)), max_size=2))
        self._run(self._labels().delete_many([*keys, 999]))
        for key in keys:
            self.model.pop(key, None)

    @invariant()
    def both_hold_the_same(self) -> None:
        if not hasattr(self, "store"):
            return
        found = asyncio.run(self._labels().read({"fields": ["id", "name", "weight"], "limit": -1}))
        stored = msgspec.json.decode(found.json())
        assert {row["id"]: {"name": row["name"], "weight": row["weight"]} for row in stored} == self.model

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


def test_labels_behave_like_a_dict(monkeypatch: pytest.MonkeyPatch) -> None:
    with project() as store:
        monkeypatch.setattr(Labels, "base", store, raising=False)
        machine = Labels.TestCase
        machine.settings = settings(
            max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        )
        machine("runTest").runTest()
