"""What a write has to find out about many items, many fields or many rules, it does in portions that nobody can tell from one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access
from scopebox.store.bounds import MAX_TABLES
from scopebox.store.database.session import Row, Session
from scopebox.store.store import Store
from scopebox.store.writing import constraints, gate, places
from scopebox.store.writing.planner import Planner

from tests.stores import Listener, items, rows

FIELDS = 6
NAMES = [f"u{at}" for at in range(FIELDS)]
Given = list[dict[str, object]]


def permission(**more: object) -> dict[str, object]:
    return {"collection": "wide", "action": "create", "fields": ["*"], "permissions": {}, **more}


def with_role(store: Store, *permissions: dict[str, object]) -> Store:
    """Give ``store`` a role ``ruled`` with ``permissions``."""
    more = Access.read(
        {"policies": {"ruled": {"permissions": [*permissions]}}, "roles": {"ruled": {"policies": ["ruled"]}}}
    )
    access = store.access
    policies, roles = {**access.policies, **more.policies}, {**access.roles, **more.roles}
    store.access = replace(access, policies=policies, roles=roles)
    return store


@pytest.fixture
def store() -> Iterator[Store]:
    """Give a store of a collection with unique fields and references."""
    with Store() as made:
        made.create_collection("ones", {"name": "string"})
        fields: dict[str, object] = {name: {"type": "string", "unique": True} for name in NAMES}
        fields |= {f"r{at}": {"references": "ones"} for at in range(FIELDS)}
        made.create_collection("wide", fields)
        asyncio.run(items(made, "ones").create([{"name": "n"}] * 3))
        asyncio.run(items(made, "wide").create([dict.fromkeys(NAMES, "there")]))
        yield made


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Sequence[object]]]:
    """Collect the statements that find rows."""
    found: list[tuple[str, Sequence[object]]] = []
    whole = Session.rows

    def noting(self: Session, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        found.append((sql, parameters))
        return whole(self, sql, parameters)

    monkeypatch.setattr(Session, "rows", noting)
    return found


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Collect how often others have their turn, which is as often as they may."""
    taken: list[None] = []

    async def breathe(_self: places.Outside) -> None:
        taken.append(None)

    monkeypatch.setattr(places, "TURN_SECONDS", -1.0)
    monkeypatch.setattr(places.Outside, "breathe", breathe)
    return taken


def new(count: int, **of: Mapping[str, object]) -> Given:
    """Return new items, with what is given ``of`` some of them, by their places."""
    data: Given = [
        {name: f"{name} {at}" for name in NAMES} | {f"r{n}": n % 3 + 1 for n in range(6)} for at in range(count)
    ]
    for at, values in of.items():
        data[int(at.removeprefix("at"))] |= values
    return data


BROKEN: dict[str, tuple[Given, str, str]] = {
    "a value that is there": (new(5, at3={"u4": "there"}), "u4", "RECORD_NOT_UNIQUE"),
    "a value of one before": (new(5, at3={"u4": "u4 1"}), "u4", "RECORD_NOT_UNIQUE"),
    "a reference to nothing": (new(5, at3={"r5": 9}), "r5", "INVALID_FOREIGN_KEY"),
    "of one item the first field": (new(5, at3={"r0": 9, "u5": "there", "u1": "there"}), "u1", "RECORD_NOT_UNIQUE"),
    "of several the first item": (new(5, at1={"r5": 9}, at2={"u0": "there"}), "r5", "INVALID_FOREIGN_KEY"),
    "and the last looked up": (new(5, at4={"u0": "there"}, at3={"r5": 9}), "r5", "INVALID_FOREIGN_KEY"),
}


@pytest.mark.parametrize("most", [1, 10, 10_000])
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("heard", [False, True], ids=["unheard", "heard"])
def test_the_first_constraint_that_is_broken_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, broken: tuple[Given, str, str], most: int, *, heard: bool
) -> None:
    data, field, code = broken
    monkeypatch.setattr(constraints, "MAX_LOOKED_UP", most)
    listener = Listener()
    if heard:
        listener.filters["wide.items.create"] = unchanged
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "wide", listener).create(data))
    assert (caught.value.extensions["field"], caught.value.code) == (field, code)
    assert rows(store, "select count(*) from wide") == [(1,)]


async def unchanged(payload: object, _meta: object) -> object:
    return payload


@pytest.mark.parametrize("heard", [False, True], ids=["unheard", "heard"])
def test_no_statement_looks_up_more_values_than_it_may(
    store: Store, monkeypatch: pytest.MonkeyPatch, statements: list[tuple[str, Sequence[object]]], *, heard: bool
) -> None:
    monkeypatch.setattr(constraints, "MAX_LOOKED_UP", 100)
    listener = Listener()
    if heard:
        listener.filters["wide.items.create"] = unchanged
    asyncio.run(items(store, "wide", listener).create(new(40)))
    looked_up = [sql.count("unnest(v)") for sql, _ in statements if "unnest(v)" in sql]
    assert len(looked_up) > FIELDS // 2
    assert max(looked_up) == 2  # columns of 40 values each
    assert rows(store, "select count(*) from wide") == [(41,)]


def test_others_go_on_while_it_is_found_out_what_to_look_up(store: Store, turns: list[None]) -> None:
    listener = Listener()
    listener.filters["wide.items.create"] = unchanged
    asyncio.run(items(store, "wide", listener).create(new(10)))
    assert len(turns) == 20  # for what each item brings, and for each item


RULE: dict[str, object] = {"_and": [{"u0": {"_icontains": f"{at}"}} for at in range(7)]}
EITHER: dict[str, object] = {"_or": [{"u0": {"_istarts_with": f"{at}"}} for at in range(7)]}


@pytest.mark.parametrize(("rule", "broken"), [(RULE, 6), (EITHER, 0)], ids=["all", "either"])
def test_others_go_on_between_the_conditions_that_a_text_is_held_against(
    store: Store, turns: list[None], rule: dict[str, object], broken: int
) -> None:
    with_role(store, permission(validation=rule))
    if broken:
        with pytest.raises(DirectusError) as caught:
            asyncio.run(items(store, "wide", role="ruled").create_one({"u0": "5"}))
        assert len(caught.value.all) == broken
    else:
        asyncio.run(items(store, "wide", role="ruled").create_one({"u0": "5"}))
    assert len(turns) >= 7


def test_others_go_on_between_the_permissions_of_a_role(store: Store, turns: list[None]) -> None:
    with_role(store, *(permission(presets={"u1": "p"}) for _ in range(9)))
    asyncio.run(items(store, "wide", role="ruled").create_one({"u0": "5"}))
    assert len(turns) >= 2 * 9


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect how many texts and patterns are known to match or not, for each item."""
    found: list[int] = []
    create: Callable[..., object] = Planner.create

    async def noting(self: Planner, *args: object, **named: object) -> object:
        found.append(len(self._gate._patterns.known))
        return await create(self, *args, **named)  # type: ignore[misc]

    monkeypatch.setattr(Planner, "create", noting)
    return found


@pytest.mark.parametrize("most", [5, 10_000])
def test_texts_are_matched_some_at_a_time_and_forgotten(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    statements: list[tuple[str, Sequence[object]]],
    known: list[int],
    most: int,
) -> None:
    fields = {f"x{at}": {"type": "string", "validation": {f"x{at}": {"_regex": f"^[a-z]+{at}"}}} for at in range(3)}
    store.create_collection("told", fields)
    monkeypatch.setattr(gate, "MAX_MATCHED", most)
    good = [{f"x{at}": f"{letter}{at}" for at in range(3)} for letter in "abcdefghij"]
    asyncio.run(items(store, "told").create(good))
    matched = [len(parameters[1]) for sql, parameters in statements if "regexp_matches(text" in sql]  # type: ignore[arg-type]
    assert sum(matched) == 30
    assert max(matched) == (2 if most == 5 else 10)  # of one pattern: two items are more than five texts
    assert max(known) == (6 if most == 5 else 30)
    assert not [sql for sql, _ in statements if "regexp_matches(?" in sql]  # none of them alone
    with pytest.raises(DirectusError, match="x1"):
        asyncio.run(items(store, "told").create([*good, {"x1": "A"}]))
    assert rows(store, "select count(*) from told") == [(10,)]


def test_what_single_texts_matched_is_forgotten_too(
    store: Store, monkeypatch: pytest.MonkeyPatch, known: list[int]
) -> None:
    with_role(store, permission(validation={"u0": {"_regex": "^u"}}))
    monkeypatch.setattr(gate, "MAX_MATCHED", 2)
    asyncio.run(items(store, "wide", role="ruled").create([{"u0": f"u{at}"} for at in range(20)]))
    assert max(known) == 5


def test_a_few_items_with_many_references_are_looked_up_in_as_many_tables_as_a_statement_may_have(
    statements: list[tuple[str, Sequence[object]]],
) -> None:
    with Store() as store:
        store.create_collection("ones", {"name": "string"})
        store.create_collection("hub", {f"r{at}": {"references": "ones"} for at in range(2 * MAX_TABLES)})
        keys = asyncio.run(items(store, "ones").create([{}, {}]))
        asyncio.run(items(store, "hub").create([{f"r{at}": key for at in range(2 * MAX_TABLES)} for key in keys]))
    looked_up = [sql.count("unnest(v)") for sql, _ in statements if "unnest(v)" in sql]
    assert sum(looked_up) >= 2 * MAX_TABLES
    assert max(looked_up) == MAX_TABLES
