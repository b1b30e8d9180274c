from __future__ import annotations

from datetime import UTC, datetime

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access, Accountability
from scopebox.store.access.records import Action
from scopebox.store.access.variables import Variables
from scopebox.store.schema.schema import Collection, Field
from scopebox.store.steps import at_once
from scopebox.store.writing.rights import WriteRights, as_object, names_of, required_of, resolved, rights_of

NOTES = Collection(
    "notes",
    {
        "id": Field("id", "integer", primary_key=True, auto_increment=True, nullable=False),
        "title": Field("title", "string", nullable=False),
        "state": Field("state", "string", nullable=False, default="new"),
        "owner": Field("owner", "uuid", special=("uuid",), nullable=False),
        "body": Field("body", "text"),
    },
)
ACCESS = Access.read(
    {
        "roles": {"both": {"id": "r", "policies": ["one", "two"]}},
        "policies": {
            "one": {
                "permissions": [
                    {
                        "collection": "notes",
                        "action": "update",
                        "fields": ["title"],
                        "permissions": {"state": {"_eq": "new"}},
                    },
                    {
                        "collection": "notes",
                        "action": "create",
                        "fields": ["title"],
                        "presets": {"state": "a", "owner": "$CURRENT_USER"},
                    },
                ]
            },
            "two": {
                "permissions": [
                    {"collection": "notes", "action": "update", "fields": ["title", "body"]},
                    {"collection": "notes", "action": "create", "fields": ["body"], "presets": {"state": "b"}},
                ]
            },
        },
    }
)
WHO = Accountability(user="u", role="r", roles=("r",))


def rights(action: Action, who: Accountability = WHO) -> WriteRights:
    return at_once(rights_of(NOTES, ACCESS, action, Variables(ACCESS, who, datetime(2020, 1, 2, tzinfo=UTC))))


def test_policies_add_up() -> None:
    found = rights("create")
    found.check_fields({"title": "t", "body": "b"})
    assert found.presets == {"state": "b", "owner": "u"}


def test_a_field_that_no_policy_allows_is_forbidden() -> None:
    with pytest.raises(DirectusError, match='fields "id", "nope"'):
        rights("create").check_fields({"id": 1, "title": "t", "nope": 1})


def test_without_any_permission_the_collection_is_forbidden() -> None:
    with pytest.raises(DirectusError, match='collection "notes"'):
        rights("delete")


def test_each_field_has_to_be_allowed_by_a_rule_that_covers_the_item() -> None:
    found = rights("update")
    assert list(found.rules_for(["title"])) == [[{"state": {"_eq": "new"}}, {}]]
    assert list(found.rules_for(["body"])) == [[{"state": {"_eq": "new"}}, {}], [{}]]


def test_administrators_may_do_everything() -> None:
    found = rights("delete", Accountability(admin=True))
    found.check_fields({"nope": 1})
    assert (found.grants, found.presets) == (None, {})


def test_columns_demand_what_nothing_else_provides() -> None:
    create, update = required_of(NOTES, "create"), required_of(NOTES, "update")
    assert (create.submitted, create.not_null) == (frozenset({"title"}), ("id", "title", "state"))
    assert (update.submitted, update.not_null) == (frozenset(), ("id", "title", "state"))


def test_variables_are_resolved_at_any_depth() -> None:
    variables = Variables(ACCESS, WHO, datetime(2020, 1, 2, tzinfo=UTC))
    rule = {"_and": [{"owner": {"_eq": "$CURRENT_USER"}}, {"at": {"_gt": "$NOW(-1 day)"}}, {"n": 5}]}
    assert resolved(rule, variables) == {
        "_and": [{"owner": {"_eq": "u"}}, {"at": {"_gt": "2020-01-01T00:00:00.000Z"}}, {"n": 5}]
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"a": 1}, {"a": 1}), (["x"], {"0": "x"}), ("ab", {"0": "a", "1": "b"}), (5, {}), (None, {}), (False, {})],
)
def test_a_payload_that_is_no_object_becomes_one_as_in_javascript(value: object, expected: dict[str, object]) -> None:
    assert as_object(value) == expected


def test_null_has_no_names() -> None:
    with pytest.raises(DirectusError, match="Cannot convert undefined or null to object"):
        names_of(None)


def test_the_rules_the_validation_and_the_presets_of_one_who_writes_are_counted_together() -> None:
    listed = {"title": {"_in": [*range(4_000)]}}
    more = {"permissions": listed, "validation": listed, "presets": {"body": [*range(4_000)]}}
    permission = {"collection": "notes", "action": "create", "fields": ["*"], **more}
    policies = {name: {"permissions": [permission]} for name in ("one", "two")}
    access = Access.read({"policies": policies, "roles": {"both": {"id": "r", "policies": ["one", "two"]}}})
    variables = Variables(access, WHO, datetime(2020, 1, 2, tzinfo=UTC))
    with pytest.raises(DirectusError, match="values in rules and presets, 20,000 are the limit; give the role fewer"):
        at_once(rights_of(NOTES, access, "create", variables))
