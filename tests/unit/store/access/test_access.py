"""Users, roles and policies, and what they add up to."""

from __future__ import annotations

import pytest
from scopebox.errors import DirectusError, SchemaError
from scopebox.store.access import Access, Accountability

SOURCE: dict[str, object] = {
    "policies": {
        "base": {
            "permissions": [{"collection": "a", "action": "read", "fields": ["id"], "permissions": {"x": {"_eq": 1}}}]
        },
        "more": {
            "id": "p-more",
            "app_access": True,
            "permissions": [{"collection": "a", "action": "read", "fields": ["*"]}],
        },
        "all": {"admin_access": True},
    },
    "roles": {
        "reader": {"id": "r-1", "policies": ["base", "more"]},
        "boss": {"policies": ["all"]},
        "nobody": {"policies": []},
    },
    "users": {
        "ann": {"id": "u-1", "role": "reader", "token": "t-ann", "email": "ann@x.example"},
        "root": {"admin": True, "token": "t-root"},
        "public": {"token": None},
    },
}


def test_a_role_is_found_by_name_and_by_id() -> None:
    access = Access.read(SOURCE)
    assert access.for_role("reader") == access.for_role("r-1") == Accountability(None, "r-1", ("r-1",), app=True)


def test_a_token_is_its_user() -> None:
    access = Access.read(SOURCE)
    assert access.for_token("t-ann").user == "u-1"
    assert access.for_token("t-root").admin


@pytest.mark.parametrize("token", ["", "t-ann ", "T-ANN", "None", "é"])
def test_a_wrong_token_is_a_401(token: str) -> None:
    with pytest.raises(DirectusError, match=r"Invalid user credentials\.") as caught:
        Access.read(SOURCE).for_token(token)
    assert caught.value.status == 401


def test_admin_and_public_are_built_in() -> None:
    access = Access()
    assert access.for_role("admin").admin
    assert access.for_role("admin").as_data()["app"] is False
    assert access.for_role("public") == access.public() == Accountability()


def test_an_unknown_role_names_a_close_one() -> None:
    with pytest.raises(LookupError, match=r"'raeder'; did you mean 'reader'"):
        Access.read(SOURCE).for_role("raeder")


def test_policies_add_up() -> None:
    access = Access.read(SOURCE)
    found = access.permissions_of(access.for_role("reader"), "a", "read")
    assert [permission.fields for permission in found] == [("id",), ("*",)]
    assert access.permissions_of(access.for_role("nobody"), "a", "read") == []
    assert access.permissions_of(access.public(), "a", "read") == []
    assert access.for_role("boss").admin


def test_ids_that_are_not_given_stay_the_same() -> None:
    first, second = (Access.read(SOURCE).users["root"].id for _ in range(2))
    assert first == second
    assert first is not None


@pytest.mark.parametrize(
    "source",
    [
        [], {"users": 5}, {"roles": {"r": {"policies": ["gone"]}}}, {"users": {"u": {"role": "gone"}}},
        {"policies": {"p": {"permissions": [{"collection": "a", "action": "reed"}]}}},
        {"policies": {"p": {"permissions": [{"action": "read"}]}}}, {"policies": {"p": {"permissions": {}}, "q": {"permissions": "x"}}},
        {"policies": {"p": {"permissions": [{"collection": "a", "action": "read", "permissions": [1]}]}}},
    ],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_refused(source: object) -> None:
    with pytest.raises(SchemaError):
        Access.read(source)


NESTED: dict[str, object] = {
    "policies": {name: {"id": f"p-{name}", "permissions": [{"collection": "a", "action": "read", "fields": [name]}]} for name in ("top", "mid", "low", "own", "all")},
    "roles": {
        "low": {"id": "r-low", "parent": "mid", "policies": ["low"]},
        "mid": {"id": "r-mid", "parent": "top", "policies": ["mid"]},
        "top": {"id": "r-top", "policies": ["top"]},
        "public": {"policies": ["all"]},
    },
    "users": {
        "ann": {"role": "low", "token": "t-ann", "policies": ["own"]},
        "bob": {"token": "t-bob", "policies": ["own"]},
        "eve": {"role": "low", "token": "t-eve", "status": "suspended"},
        "kim": {"role": "admin", "token": "t-kim"},
        "lee": {"role": "public", "token": "t-lee"},
    },
}  # fmt: skip


def test_the_policies_of_roles_above_add_up_from_the_top_and_those_of_the_user_come_last() -> None:
    access = Access.read(NESTED)
    ann = access.for_token("t-ann")
    assert (ann.role, ann.roles) == ("r-low", ("r-top", "r-mid", "r-low"))
    assert access.policy_ids(ann) == ["p-top", "p-mid", "p-low", "p-own"]
    assert [rule.fields for rule in access.permissions_of(ann, "a", "read")] == [("top",), ("mid",), ("low",), ("own",)]
    assert access.policy_ids(access.for_role("mid")) == ["p-top", "p-mid"]


def test_a_user_without_a_role_has_the_policies_of_everybody_and_its_own() -> None:
    access = Access.read(NESTED)
    assert access.policy_ids(access.public()) == ["p-all"]
    assert access.policy_ids(access.for_token("t-bob")) == ["p-all", "p-own"]
    assert access.policy_ids(access.for_token("t-lee")) == ["p-all"]


def test_the_built_in_administrator_may_be_the_role_of_a_user() -> None:
    kim = Access.read(NESTED).for_token("t-kim")
    assert kim.admin
    assert kim.user is not None


def test_the_token_of_a_user_who_is_not_active_opens_nothing() -> None:
    with pytest.raises(DirectusError, match=r"Invalid user credentials\."):
        Access.read(NESTED).for_token("t-eve")


def test_rights_that_a_policy_of_ones_own_gives_are_ones_own() -> None:
    source = {
        "policies": {"all": {"admin_access": True}},
        "roles": {"r": {}},
        "users": {"u": {"role": "r", "token": "t", "policies": ["all"]}},
    }
    access = Access.read(source)
    assert (access.for_token("t").admin, access.for_token("t").app, access.for_role("r").admin) == (True, True, False)


@pytest.mark.parametrize("parents", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}])
def test_a_role_above_itself_is_refused(parents: dict[str, str]) -> None:
    roles = {name: {"parent": parents.get(name)} for name in "abc"}
    with pytest.raises(SchemaError, match=r"roles\..\.parent: a role cannot stand above itself"):
        Access.read({"roles": roles})
