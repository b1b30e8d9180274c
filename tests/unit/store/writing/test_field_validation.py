"""The validation of fields. ``tests/data/validation.jsonl`` holds what a Directus 11.17.4 answered to values under rules."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

import duckdb
import pytest
from scopebox.errors import DirectusError, SchemaError
from scopebox.store.access import Access
from scopebox.store.database.session import Session
from scopebox.store.query.patterns import Re2
from scopebox.store.query.validation_rules import followed
from scopebox.store.store import Store
from scopebox.store.writing.validation import Patterns

from tests.reading import Json
from tests.stores import Listener, items

MEASURED = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "data" / "validation.jsonl").read_text("utf-8").splitlines()
]
ADMIN = {"users": {"a": {"admin": True, "id": "081dee03-184d-4cf2-9ed9-125af3eaeaa7", "email": "admin@example.com"}}}
Make = Callable[..., Store]


def field(collection: str, name: str, type_: str = "string", rule: object = None, **schema: object) -> Json:
    return {
        "collection": collection,
        "field": name,
        "type": type_,
        "meta": {"validation": rule},
        "schema": {"is_nullable": True, **schema},
    }


def project(
    folder: Path, fields: Sequence[Json], relations: Sequence[Json] = (), files: Mapping[str, object] | None = None
) -> Store:
    """Return a store of a project with ``fields``; each collection gets a key."""
    names = dict.fromkeys(str(entry["collection"]) for entry in fields)
    keys = [
        field(name, "id", "integer", is_primary_key=True, has_auto_increment=True, is_nullable=False) for name in names
    ]
    snapshot = {
        "collections": [{"collection": name, "meta": {}, "schema": {"name": name}} for name in names],
        "fields": [*keys, *fields],
        "relations": relations,
    }
    (folder / "items").mkdir(parents=True)
    (folder / "snapshot.json").write_text(json.dumps(snapshot), "utf-8")
    for name, content in (files or {}).items():
        (folder / "items" / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return Store.from_project(folder)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make a store of a snapshot with the fields that are given."""
    with ExitStack() as stores:

        def store(*fields: Json, relations: Sequence[Json] = (), files: Mapping[str, object] | None = None) -> Store:
            return stores.enter_context(project(tmp_path / "project", fields, relations, files))

        yield store


def failed(work: object) -> list[tuple[object, object]]:
    """Return field and type of every failure of ``work``."""
    with pytest.raises(DirectusError) as caught:
        asyncio.run(work)  # type: ignore[arg-type]
    return [(entry.extensions["field"], entry.extensions["type"]) for entry in caught.value.all]


def shown(error: DirectusError, *, now: bool) -> list[Json]:
    hidden = {"valid", "invalid"} if now else set()
    found: list[Json] = []
    for entry in error.all:
        extensions = {key: value for key, value in entry.extensions.items() if key not in hidden}
        found.append({"message": None if now else entry.message, "extensions": extensions, "code": entry.code})
    return found


RULES = {f"c{at}": [*group] for at, (_, group) in enumerate(groupby(MEASURED, lambda case: json.dumps(case["rule"])))}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a collection for each rule that was measured."""
    fields = [
        entry
        for name, cases in RULES.items()
        for entry in (field(name, "x", rule=cases[0]["rule"]), field(name, "a", "integer"))
    ]
    with project(tmp_path_factory.mktemp("project"), fields) as store:
        store.access = Access.read(ADMIN)
        yield store


@pytest.mark.parametrize("name", RULES)
def test_a_value_is_judged_as_a_directus_judges_it_or_a_note_says_that_it_is_not(name: str, measured: Store) -> None:
    service = measured.items(name, accountability=measured.access.for_user(measured.access.users["a"]))
    for case in RULES[name]:
        found: list[Json] = []
        try:
            asyncio.run(service.create_one(case["payload"]))
        except DirectusError as error:
            found = shown(error, now="$NOW" in json.dumps(case["rule"]))
        if found != case["errors"]:
            with Re2() as re2:
                assert followed(case["rule"], re2).doubts, (case, found)


def test_the_fields_are_checked_in_their_order_and_before_the_rules_of_the_role(make: Make) -> None:
    store = make(
        field("c", "name", rule={"name": {"_in": ["a", "b"]}}, is_nullable=False),
        field("c", "age", "integer", rule={"age": {"_gte": 0}}),
        field("c", "note", is_nullable=False),
    )
    policy = {
        "permissions": [{"collection": "c", "action": "create", "fields": ["*"], "validation": {"age": {"_lt": -5}}}]
    }
    store.access = Access.read({"policies": {"p": policy}, "roles": {"editor": {"policies": ["p"]}}})
    expected = [("name", "nnull"), ("name", "in"), ("age", "gte"), ("note", "required")]
    payload = {"name": None, "age": -1}
    assert failed(items(store, "c").create_one(payload)) == expected
    assert failed(items(store, "c", role="editor").create_one(payload)) == [*expected, ("age", "lt")]


def test_every_write_is_checked_and_an_item_that_fails_leaves_nothing_behind(make: Make) -> None:
    store = make(field("c", "age", "integer", rule={"age": {"_gte": 0}}))
    service, bad = items(store, "c"), [("age", "gte")]
    assert failed(service.create([{"age": 1}, {"age": -1}])) == bad
    assert store.count("c") == 0
    asyncio.run(service.create([{"age": 1}, {"age": 2}]))
    assert failed(service.update_many([1, 2], {"age": -1})) == bad
    assert failed(service.update_batch([{"id": 1, "age": 5}, {"id": 2, "age": -1}])) == bad
    assert failed(service.update_by_query({"filter": {"id": {"_eq": 1}}}, {"age": -1})) == bad
    assert store.sql("select age from c order by id").fetchall() == [(1,), (2,)]


def test_nested_items_are_checked_with_their_path(make: Make) -> None:
    link = {
        "collection": "c", "field": "parent", "related_collection": "p", "schema": {},
        "meta": {"many_collection": "c", "many_field": "parent", "one_collection": "p", "one_field": "children"},
    }  # fmt: skip
    store = make(
        field("p", "name", rule={"name": {"_nempty": True}}),
        {"collection": "p", "field": "children", "type": "alias", "meta": {"special": ["o2m"]}, "schema": None},
        field("c", "parent", "integer"),
        field("c", "age", "integer", rule={"age": {"_gte": 0}}),
        relations=[link],
    )
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "p").create_one({"name": "n", "children": [{"age": -1}]}))
    assert caught.value.message.startswith('Validation failed for field "age" at "children". Value has to be greater')
    assert failed(items(store, "c").create_one({"age": 1, "parent": {"name": ""}})) == [("name", "nempty")]


def test_what_is_checked_is_what_the_filters_of_hooks_made_of_it(make: Make) -> None:
    store = make(field("c", "age", "integer", rule={"age": {"_gte": 0}}))
    listener = Listener()

    async def negated(payload: Json, _meta: Json) -> Json:
        return {"age": -int(str(payload["age"]))}

    listener.filters["c.items.create"] = negated
    service = items(store, "c", listener)
    assert failed(service.create_one({"age": 1})) == [("age", "gte")]
    asyncio.run(service.create_one({"age": -1}))


def test_the_store_itself_is_not_checked(make: Make) -> None:
    store = make(field("c", "age", "integer", rule={"age": {"_gte": 0}}))
    asyncio.run(store.items("c", accountability=None).create_one({"age": -1}))
    assert store.count("c") == 1


def test_items_of_files_are_not_checked(make: Make) -> None:
    store = make(field("c", "age", "integer", rule={"age": {"_gte": 0}}), files={"c": [{"id": 1, "age": -1}]})
    assert store.sql("select age from c").fetchall() == [(-1,)]


@pytest.mark.parametrize(
    ("rule", "doubt"),
    [
        ({"x": {"_regex": "^(?=a)b|c"}}, "a look-ahead that is part of an alternative"),
        ({"x": {"_regex": "a(?=b)"}}, r"it has a look-ahead, \(\?=…\), which RE2 does not have"),
        ({"x": {"_regex": "(?<!a)b"}}, r"a look-behind, \(\?<!…\)"),
        ({"x": {"_regex": r"(?<q>a)\k<q>"}}, r"it refers back, \\k<…>"),
        ({"x": {"_regex": "a{2000}"}}, "repetition size"),
        ({"x": {"_regex": "a" * 3000}}, "more than 2,000 characters"),
        ({"x": {"_foo": 1}}, "there is no operator '_foo' in a validation"),
        ({"x": {"_some": {"id": {"_eq": 1}}}}, "there is no operator '_some'"),
        ({"y": {"_eq": 1}}, "there is no field 'y'"),
        ({"x": {"_in": [*range(2000)]}}, "more than 1,000 conditions and values"),
        ("no rule", "'no rule' is no condition"),
        ("[" * 5000, "is no condition"),
        (5, "5 is no condition"),
        ({"_or": [{"x": {"_eq": 1}}, {"x": {"_between": [1]}}]}, "_between takes two numbers or dates"),
    ],
)
def test_what_of_a_rule_cannot_be_followed_is_noted(rule: object, doubt: str, make: Make) -> None:
    store = make(field("c", "x", rule=rule))
    assert len(store.notes) == 1
    assert re.fullmatch(rf"1 validation: not followed, .*{doubt}.* \(c\.x\)", store.notes[0])


def test_the_conditions_beside_one_that_cannot_be_followed_hold(make: Make) -> None:
    store = make(field("c", "x", rule={"_and": [{"x": {"_regex": "(?=a)"}}, {"x": {"_nempty": True}}]}))
    assert failed(items(store, "c").create_one({"x": ""})) == [("x", "nempty")]


def test_a_collection_has_a_bounded_number_of_conditions(make: Make) -> None:
    store = make(*(field("c", f"x{at}", rule={f"x{at}": {"_in": [*range(900)]}}) for at in range(7)))
    assert [note for note in store.notes if "5,000" in note] == [
        "2 validations: not followed, with it c has more than 5,000 conditions and values (c.x5, c.x6)",
    ]


def test_a_collection_made_by_hand_may_have_validations_that_can_be_followed() -> None:
    with Store() as store:
        store.create_collection("c", {"x": {"type": "string", "validation": {"x": {"_regex": "^[a-z]+$"}}}})
        assert failed(items(store, "c").create_one({"x": "A"})) == [("x", "regex")]
        with pytest.raises(SchemaError, match=r"d\.x\.validation: .*look-ahead"):
            store.create_collection("d", {"x": {"type": "string", "validation": {"x": {"_regex": "(?=a)"}}}})
        with pytest.raises(SchemaError, match=r"d\.x\.validation"):
            store.create_collection("d", {"x": {"type": "string", "validation": "rule"}})


def test_a_rule_stays_with_a_store_in_a_file(tmp_path: Path) -> None:
    with Store(tmp_path / "s.duckdb") as store:
        store.create_collection("c", {"x": {"type": "integer", "validation": {"x": {"_gt": 1}}}})
    with Store(tmp_path / "s.duckdb") as store:
        assert failed(items(store, "c").create_one({"x": 1})) == [("x", "gt")]


def test_the_patterns_of_many_items_are_matched_at_once(make: Make) -> None:
    store = make(field("c", "x", rule={"x": {"_regex": "^(?=.*[0-9])[a-z0-9]+$"}}))
    service = items(store, "c")
    reads: list[str] = []
    row = Session.row
    good = [{"x": f"a{at}"} for at in range(50)]

    def counted(self: Session, sql: str, parameters: Sequence[object] = ()) -> object:
        reads.append(sql)
        return row(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "row", counted)
        asyncio.run(service.create(good))
    assert not [sql for sql in reads if "regexp" in sql]
    assert store.count("c") == 50
    assert failed(service.create([*good, {"x": "a"}, {"x": "1A"}])) == [("x", "regex")]
    assert store.count("c") == 50


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"\p{L}", "p{L}", True), (r"\p{L}", "a", False), (r"^\u00e9$", "é", True), (r"^[\b]$", "\b", True), (r"^\s$", "\u00a0", True),
        (r"^\S$", "\u00a0", False), (r"^[\s]$", "\u2003", True), ("^.$", "\r", False), ("^[^]$", "\n", True), ("[]", "a", False), ("^[[]$", "[", True),
        (r"^(?<n>a)$", "a", True), (r"^\_\-\/$", "_-/", True), (r"^\0$", "\x00", True), (r"^\x41$", "A", True), (r"^\q$", "q", True), ("^(?:a|b)$", "b", True),
        (r"^(?=.*\d)(?=.*[A-Z]).{8,}$", "abcDef12", True), (r"^(?=.*\d)(?=.*[A-Z]).{8,}$", "abcdef12", False), (r"^(?=.*\d)[a-z\d]+$", "abc", False),
        ("^(?!x)", "xy", False), ("^(?!x)", "yx", True), ("^(?!(?:a|b)$)[)(]*c", ")c", True), (r"/^(?=a|b)\w$/", "b", True), (r"/^(?=a|b)\w$/", "c", False),
    ],
)  # fmt: skip
def test_a_pattern_means_what_it_means_in_javascript(pattern: str, text: str, matches: bool) -> None:
    with Re2() as re2:
        assert re2.complaint(pattern) == ""
    patterns = Patterns()
    for part, value in patterns.wanted({"x": {"_regex": pattern}}, {"x": text}):
        found = duckdb.execute("SELECT regexp_matches(?, ?)", [value, part]).fetchone()
        assert found is not None
        patterns.known[part, value] = found[0]
    assert patterns.match(pattern, text) is matches
