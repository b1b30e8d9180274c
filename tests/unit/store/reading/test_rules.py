"""Several policies whose rules show different fields of different items, worked out once more in plain Python."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access, Accountability
from scopebox.store.reading import levels, plans
from scopebox.store.reading.request import Request
from scopebox.store.store import Store

from tests.reading import Json, count_as_large, read

Item = dict[str, object]
SIZES: Final = (3, None, 8, 1, 9, 4, None, 7, 2, 6, 5, 0)
MEMBERS: Final = [0, 2, 3, 7, 8, *range(100, 120)]
ITEMS: Final[dict[int, Item]] = {
    key: {
        "id": key, "size": size, "rule_0": f"x{key}", "a": f"a{key % 3}", "b": f"b{key % 2} x{key}", "c": f"c{key}",
        "up": None if key == 1 else (key + 1) // 2,
    }
    for key, size in enumerate(SIZES, start=1)
}  # fmt: skip


def downs(item: Item) -> list[Item]:
    """Return the items that are below one."""
    return [other for other in ITEMS.values() if other["up"] == item["id"]]


def number(value: object) -> float:
    """Return a size; one that is less than, and no more than, any other where there is none."""
    return value if isinstance(value, int) else float("nan")


def upper(item: Item) -> Item:
    """Return the item above one."""
    return ITEMS[item["up"]] if isinstance(item["up"], int) else {"size": None}


Rule = Callable[[Item], bool]
POLICIES: Final[dict[str, tuple[Json, Rule, list[str]]]] = {
    "less": ({"size": {"_lt": 5}}, lambda item: number(item["size"]) < 5, ["id", "a", "up", "rule_0"]),
    "among": ({"size": {"_in": MEMBERS}}, lambda item: item["size"] in MEMBERS, ["id", "b", "size"]),
    "not": ({"size": {"_neq": 8}}, lambda item: item["size"] not in (None, 8), ["c", "b"]),
    "above": ({"up": {"size": {"_gte": 4}}}, lambda item: number(upper(item)["size"]) >= 4, ["id", "a", "c", "downs"]),
    "below": (
        {"downs": {"_some": {"size": {"_null": True}}}},
        lambda item: any(other["size"] is None for other in downs(item)),
        ["id", "size", "downs"],
    ),
    "unknown": (
        {"_or": [{"size": {"_null": True}}, {"size": {"_gt": 8}}]},
        lambda item: item["size"] is None or number(item["size"]) > 8,
        ["size", "up"],
    ),
}
PLAIN: Final = ("less", "among", "not", "unknown")
ALL: Final = tuple(POLICIES)
FIELDS: Final = ("id", "size", "rule_0", "a", "b", "c", "up", "downs")


def granting(role: tuple[str, ...], names: list[str]) -> list[tuple[Rule, list[str]]]:
    """Return the rules that grant one of the fields, with all that they grant."""
    rules = [POLICIES[policy][1:] for policy in role]
    return [(rule, granted) for rule, granted in rules if set(granted) & set(names) or not names]


def visible(role: tuple[str, ...], names: list[str]) -> list[Item]:
    """Return the items that show where ``names`` are asked for."""
    return [item for item in ITEMS.values() if any(rule(item) for rule, _ in granting(role, names))]


def shows(role: tuple[str, ...], item: Item, name: str) -> bool:
    """Return whether a field of an item shows."""
    return any(rule(item) for rule, granted in granting(role, []) if name in granted)


def below(role: tuple[str, ...], item: Item, names: list[str]) -> list[int]:
    """Return the keys of the items below one that show where ``names`` are asked for."""
    return [int(str(other["id"])) for other in visible(role, names) if other["up"] == item["id"]]


def shown(role: tuple[str, ...], item: Item, names: list[str]) -> Item:
    """Return what shows of an item; a list as the keys of those of its items that show."""
    values = {**item, "downs": below(role, item, [])}
    return {name: values[name] if shows(role, item, name) else None for name in names}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store() as made:
        fields: Json = {"size": "integer", "up": {"references": "c", "one_field": "downs"}}
        fields |= dict.fromkeys(("rule_0", "Rule__1", "a", "b", "c"), "string")
        made.create_collection("c", fields)
        asyncio.run(made.items("c", accountability=None).create(list(ITEMS.values())))
        policies = {
            name: {"permissions": [{"collection": "c", "action": "read", "fields": fields, "permissions": rule}]}
            for name, (rule, _, fields) in POLICIES.items()
        }
        roles = {",".join(role): {"policies": list(role)} for role in (PLAIN, ALL)}
        made.access = Access.read({"policies": policies, "roles": roles})
        yield made


@pytest.fixture(params=[PLAIN, ALL], ids=["plain", "related"])
def role(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


@pytest.fixture(params=[False, True], ids=["client", "extension"])
def ask(request: pytest.FixtureRequest, store: Store, role: tuple[str, ...]) -> Callable[[Json], object]:
    return lambda query: read(store, query, role=",".join(role), collection="c", literal=request.param)


Ask = Callable[[Json], object]


def granted(role: tuple[str, ...]) -> list[str]:
    return [name for name in FIELDS if any(name in POLICIES[policy][2] for policy in role)]


@pytest.mark.parametrize("large", [False, True])
def test_each_field_shows_under_the_rules_that_grant_it(
    role: tuple[str, ...], ask: Ask, monkeypatch: pytest.MonkeyPatch, *, large: bool
) -> None:
    if large:
        count_as_large(monkeypatch)
    names = granted(role)
    expected = [shown(role, item, names) for item in visible(role, names)]
    assert expected != [item for item in ITEMS.values() if item in expected]
    assert ask({"fields": names, "sort": ["id"]}) == expected
    assert ask({"fields": names, "sort": ["-id"], "limit": 3, "offset": 1}) == expected[::-1][1:4]


@pytest.mark.parametrize("name", ["id", "size", "rule_0", "a", "b", "c", "up"])
def test_rules_that_grant_nothing_of_what_is_asked_for_show_no_item(role: tuple[str, ...], ask: Ask, name: str) -> None:
    expected = [shown(role, item, [name]) for item in visible(role, [name])]
    assert ask({"fields": [name], "sort": ["id"] if name == "id" else []}) == expected or name != "id"
    found = ask({"fields": [name]})
    assert isinstance(found, list)
    assert Counter(str(item) for item in found) == Counter(str(item) for item in expected)


def test_one_item_shows_what_it_shows_among_others(store: Store, role: tuple[str, ...]) -> None:
    who, names = store.access.for_role(",".join(role)), granted(role)
    for item in visible(role, names):
        found = asyncio.run(store.items("c", accountability=who).read_one(item["id"], {"fields": names}))
        assert found.data == shown(role, item, names)


@pytest.mark.parametrize("text", ["x1", "a1", "c1", "b1", "5"])
def test_a_search_looks_at_no_field_that_does_not_show(role: tuple[str, ...], ask: Ask, text: str) -> None:
    searched = [name for name in ("rule_0", "a", "b", "c") if name in granted(role)]
    numbers = ["id", "size", "up"] if text.isdigit() else []
    expected = [
        item["id"]
        for item in visible(role, ["id"])
        if any(text in str(item[name]) and shows(role, item, name) for name in searched)
        or any(str(item[name]) == text and shows(role, item, name) for name in numbers)
    ]
    found = ask({"fields": ["id"], "search": text, "sort": ["id"]})
    assert isinstance(found, list)
    shown_ids = [key if shows(role, ITEMS[key], "id") else None for key in expected if isinstance(key, int)]
    assert [item["id"] for item in found] == shown_ids


@pytest.mark.parametrize("name", ["size", "a", "b", "c", "rule_0"])
def test_groups_and_counts_are_of_what_shows(role: tuple[str, ...], ask: Ask, name: str) -> None:
    found = ask({"aggregate": {"count": "*"}, "groupBy": [name]})
    assert isinstance(found, list)
    values = Counter(item[name] if shows(role, item, name) else None for item in visible(role, [name]))
    assert {group[name]: int(group["count"]) for group in found} == values
    assert ask({"aggregate": {"count": "*"}}) == [{"count": str(len(visible(role, [])))}]


def test_related_items_show_what_they_show_by_themselves(store: Store) -> None:
    names = ["id", "a", "b", "c", "size"]
    for literal in (False, True):
        query: Json = {"fields": ["id", "downs.id", *(f"up.{name}" for name in names)], "sort": ["id"]}
        found = read(store, query, role=",".join(ALL), collection="c", literal=literal)
        expected = []
        for item in visible(ALL, ["id", "up", "downs"]):
            seen = {other["id"]: other for other in visible(ALL, names)}
            above = seen.get(item["up"]) if shows(ALL, item, "up") else None
            keys = below(ALL, item, ["id"]) if shows(ALL, item, "downs") else None
            expected.append(
                {
                    "id": shown(ALL, item, ["id"])["id"],
                    "up": above and shown(ALL, above, names),
                    "downs": keys if keys is None else [shown(ALL, ITEMS[key], ["id"]) for key in keys],
                }
            )
        assert found == expected


@pytest.mark.parametrize("literal", [False, True])
def test_what_is_counted_is_visible(store: Store, *, literal: bool) -> None:
    found = read(store, {"fields": ["id", "count(downs)"]}, role=",".join(ALL), collection="c", literal=literal)
    expected = {
        str({"id": shown(ALL, item, ["id"])["id"], "downs_count": number})
        for item in visible(ALL, ["id", "downs"])
        for number in [len(below(ALL, item, [])) if shows(ALL, item, "downs") else None]
    }
    assert {
        str({**item, "downs_count": item["downs_count"] and int(str(item["downs_count"]))}) for item in found
    } == expected
    counted: Json = {"fields": ["id"], "filter": {"count(downs)": {"_eq": 2}}, "sort": ["id"]}
    two = [item for item in visible(ALL, ["id"]) if len(below(ALL, item, [])) == 2]
    assert read(store, counted, role=",".join(ALL), collection="c", literal=literal) == [
        shown(ALL, item, ["id"]) for item in two
    ]


@pytest.mark.parametrize("literal", [False, True])
def test_conditions_on_hidden_items_tell_an_extension_nothing(store: Store, *, literal: bool) -> None:
    seen = visible(ALL, []) if literal else list(ITEMS.values())
    cases: list[tuple[Json, Rule]] = [
        ({"up": {"a": {"_eq": "a1"}}}, lambda item: upper(item) in seen and upper(item).get("a") == "a1"),
        (
            {"downs": {"_some": {"a": {"_eq": "a1"}}}},
            lambda item: any(other["a"] == "a1" for other in downs(item) if other in visible(ALL, [])),
        ),
    ]
    for filter_, matches in cases:
        query: Json = {"fields": ["id"], "filter": filter_, "sort": ["id"]}
        expected = [shown(ALL, item, ["id"]) for item in visible(ALL, ["id"]) if matches(item)]
        assert read(store, query, role=",".join(ALL), collection="c", literal=literal) == expected


def test_the_count_of_a_search_is_that_of_its_items(store: Store) -> None:
    service = store.items("c", accountability=store.access.for_role(",".join(ALL)))
    query: Json = {"search": "x1", "meta": "*"}
    found = read(store, {**query, "fields": ["*"]}, role=",".join(ALL), collection="c")
    assert asyncio.run(service.counts(query))["filter_count"] == len(found) > 0


def ruled(store: Store, policies: int, rule: Callable[[int], object], fields: Callable[[int], list[str]]) -> str:
    """Give a role so many policies; return its name."""
    made = {
        f"p{number}": {
            "permissions": [
                {"collection": "c", "action": action, "fields": fields(number), "permissions": rule(number)}
                for action in ("read", "update")
            ]
        }
        for number in range(policies)
    }
    store.access = Access.read({"policies": made, "roles": {"r": {"policies": list(made)}}})
    return "r"


@pytest.fixture
def wide() -> Iterator[Store]:
    """A store with 60 fields beside the key, a size and a relation to itself."""
    with Store() as made:
        fields: Json = {f"f{number}": "string" for number in range(60)}
        made.create_collection("c", fields | {"size": "integer", "up": {"references": "c", "one_field": "downs"}})
        items = [{"id": key, "size": key, "up": max(key - 1, 1), "f0": "x"} for key in range(1, 6)]
        asyncio.run(made.items("c", accountability=None).create(items))
        yield made


def some(number: int) -> list[str]:
    """Return some of the fields, others for every policy."""
    return ["id", "up", "downs", *(f"f{at}" for at in range(60) if at % 7 != number % 7)]


def every(_: int) -> list[str]:
    """Return all of the fields."""
    return ["*"]


def less(number: int) -> object:
    """Return a rule with one condition."""
    return {"size": {"_lt": number}}


def among(number: int) -> object:
    """Return a rule with a long list."""
    return {"size": {"_in": list(range(number, number + 9_000))}}


TWENTY: Final[Json] = {"alias": {f"a{n}": "up" for n in range(20)}, "fields": [f"a{n}.*" for n in range(20)]}
Policies = tuple[int, Callable[[int], object], Callable[[int], list[str]]]


def test_the_rules_of_an_ordinary_project_apply_on_every_level(wide: Store) -> None:
    role = ruled(wide, 30, lambda number: {"size": {"_gte": 1 - number}, "f1": {"_null": True}}, some)
    fields = ["*", *(f"{'up.' * depth}*" for depth in range(1, 5))]
    [found] = read(
        wide, {"fields": fields, "search": "x", "limit": 1, "sort": ["id"]}, role=role, collection="c", literal=True
    )
    assert found["f0"] == "x"
    above = found
    for _ in range(4):
        above = above["up"]  # type: ignore[assignment]
        assert above["f0"] == "x"


@pytest.mark.parametrize("fields", [some, every])
def test_a_list_of_a_rule_stands_in_a_statement_once(
    wide: Store, asked: list[str], fields: Callable[[int], list[str]]
) -> None:
    role = ruled(wide, 40, lambda number: {"size": {"_in": list(range(number, number + 20))}}, fields)
    assert len(read(wide, {"fields": ["id", "f0", "f1", "f2"]}, role=role, collection="c")) == 5
    sql = max(asked, key=len)
    assert sql.count("unnest") <= 10
    assert sql.count("list_position") == 40 - sql.count("unnest")


def test_a_list_of_a_rule_is_one_parameter_however_often_it_applies(wide: Store, made: list[str]) -> None:
    role = ruled(wide, 1, lambda _: {"size": {"_in": list(range(100))}}, every)
    query: Json = {"fields": ["id"], "filter": {"up": {"up": {"up": {"f0": {"_eq": "x"}}}}}, "limit": -1}
    assert len(read(wide, query, role=role, collection="c", literal=True)) == 5
    assert "$1" in max(made, key=len)
    assert "$3" not in max(made, key=len)


@pytest.mark.parametrize(
    ("query", "policies", "message"),
    [
        ({"fields": ["*"]}, (200, less, some), r"pairs of a field and a rule that shows it among 200 rules, 400 are the limit"),
        (TWENTY, (30, less, some), r"pairs of a field and a rule that shows it in all levels of a query, 10,000 are the limit"),
        ({}, (601, less, every), r"601 conditions of rules for items in one statement, 600 are the limit; ask for fewer relations"),
        (TWENTY, (400, less, every), r"3,0\d\d conditions of rules for items in all levels of a query, 3,000 are the limit"),
        ({}, (3, among, every), r"27,006 values in rules and presets, 20,000 are the limit; give the role fewer policies"),
        (TWENTY | {"alias": {f"a{n}": "up" for n in range(25)}, "fields": [f"a{n}.id" for n in range(25)]}, (2, among, every), r"values in rules for items in all levels of a query, 400,000 are the limit"),
    ],
)  # fmt: skip
def test_rules_beyond_measure_are_refused_before_a_database_plans_them(
    wide: Store, asked: list[str], query: Json, policies: Policies, message: str
) -> None:
    role = ruled(wide, *policies)
    with pytest.raises(DirectusError, match=message) as refused:
        read(wide, query, role=role, collection="c", literal=True)
    assert refused.value.status == 400
    assert not asked


def test_the_rules_for_a_change_are_counted_too(wide: Store) -> None:
    role = ruled(wide, 40, lambda number: {"size": {"_in": [number, *range(20)]}}, every)
    service = wide.items("c", accountability=wide.access.for_role(role))
    assert asyncio.run(service.update_many([1, 2], {"f1": "new"})) == [1, 2]
    role = ruled(wide, 3, among, every)
    service = wide.items("c", accountability=wide.access.for_role(role))
    with pytest.raises(DirectusError, match="values in rules and presets, 20,000 are the limit"):
        asyncio.run(service.update_many([1], {"f1": "newer"}))


@pytest.mark.parametrize(("rule", "order"), [(among, ["other", "made"]), (less, ["made", "other"])])
def test_others_have_their_turn_between_long_rules_and_the_statement_that_is_made_of_them(
    wide: Store, monkeypatch: pytest.MonkeyPatch, rule: Callable[[int], object], order: list[str]
) -> None:
    found: list[str] = []

    def noted(*rest: object, make: Callable[..., object] = levels.compile_level) -> object:
        found.append("made")
        return make(*rest)

    async def reading(who: Accountability) -> None:
        asyncio.get_running_loop().call_soon(found.append, "other")
        await wide.reader.read("c", {"fields": ["id"]}, Request(who))

    monkeypatch.setattr(plans, "compile_level", noted)
    name = ruled(wide, 1, rule, every)
    asyncio.run(reading(wide.access.for_role(name)))
    assert found == order
