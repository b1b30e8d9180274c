"""Users, roles, policies, permissions and access as the API of a Directus lists them."""

from __future__ import annotations

import pytest
from scopebox.errors import SchemaError
from scopebox.store.access import Access

Record = dict[str, object]
POLICY: Record = {"icon": "badge", "description": None, "ip_access": None, "enforce_tfa": False, "admin_access": False, "app_access": False}  # fmt: skip
ROLE: Record = {"icon": "people", "description": None, "parent": None, "children": [], "users": []}


def lists() -> dict[str, list[Record]]:
    return {
        "policies": [
            {**POLICY, "id": "p-1", "name": "Readers", "permissions": [1], "roles": ["x-1"], "users": ["x-1"]},
            {**POLICY, "id": "p-2", "name": "Writers", "permissions": [2, 3], "roles": ["x-2", "x-3"], "users": []},
            {**POLICY, "id": "p-3", "name": "Everybody", "permissions": [4]},
        ],
        "permissions": [
            {"id": 1, "policy": "p-1", "collection": "a", "action": "read", "fields": ["id"], "permissions": {}, "validation": None, "presets": None},
            {"id": 2, "policy": "p-2", "collection": "a", "action": "update", "fields": ["*"], "permissions": None, "validation": None, "presets": None},
            {"id": 3, "policy": "p-2", "collection": "a", "action": "share", "fields": ["*"], "permissions": None, "validation": None, "presets": None},
            {"id": 4, "policy": "p-3", "collection": "b", "action": "read", "fields": ["*"], "permissions": None, "validation": None, "presets": None},
            {"policy": None, "system": True, "collection": "directus_fields", "action": "read", "fields": ["*"], "permissions": {}, "validation": None, "presets": None},
        ],
        "roles": [
            {**ROLE, "id": "r-2", "name": "Editor", "parent": "r-1", "policies": ["x-2"], "users": ["u-1"]},
            {**ROLE, "id": "r-1", "name": "Staff", "children": ["r-2"], "policies": ["x-1"]},
        ],
        "users": [
            {"id": "u-1", "first_name": "Ann", "last_name": "Lee", "email": "ann@x.example", "password": "**********", "role": "r-2", "token": "t-ann", "status": "active", "policies": []},
            {"id": "u-2", "first_name": "A", "last_name": "Bot", "email": None, "role": None, "token": "**********", "policies": ["x-3"]},
            {"id": "u-3", "first_name": "B", "last_name": "Bot", "email": None, "role": None, "token": "**********", "policies": []},
        ],
        "access": [
            {"id": "x-2", "role": "r-2", "user": None, "policy": "p-2", "sort": 1},
            {"id": "x-1", "role": "r-1", "user": None, "policy": "p-1", "sort": 1},
            {"id": "x-3", "role": None, "user": "u-2", "policy": "p-2", "sort": 2},
            {"id": "x-4", "role": None, "user": None, "policy": "p-3", "sort": 1},
        ],
    }  # fmt: skip


def the_same(access: Access) -> tuple[object, ...]:
    """Return what counts of an access: who has which policies, and what these allow."""
    users = {user.id: access.for_user(user) for user in access.users.values()}
    return (
        {id_: (who.roles, who.admin, access.policy_ids(who)) for id_, who in users.items()},
        access.policy_ids(access.public()),
        {
            policy.id: [(rule.collection, rule.action, rule.fields, rule.permissions) for rule in policy.permissions]
            for policy in access.policies.values()
        },
    )


def test_ids_lead_from_users_and_roles_to_policies_and_from_permissions_to_them() -> None:
    access = Access.read(lists())
    ann, bot = access.for_user(access.users["ann@x.example"]), access.for_user(access.users["A Bot"])
    assert ann.roles == ("r-1", "r-2")
    assert access.policy_ids(ann) == ["p-1", "p-2"]
    assert [rule.action for rule in access.permissions_of(ann, "a", "update")] == ["update"]
    assert access.policy_ids(bot) == ["p-3", "p-2"]
    assert access.policy_ids(access.public()) == ["p-3"]
    assert access.for_role("Editor") == access.for_role("r-2")


def test_the_forms_of_the_api_and_of_our_own_mean_the_same() -> None:
    whole = lists()
    answers = {part: {"data": records} for part, records in whole.items()}
    names = {"p-1": "Readers", "p-2": "Writers", "p-3": "Everybody"}
    by_name: Record = {
        "policies": {
            names[str(entry["id"])]: {
                **entry,
                "permissions": [rule for rule in whole["permissions"] if rule["policy"] == entry["id"]],
            }
            for entry in whole["policies"]
        },
        "roles": {
            "Staff": {"id": "r-1", "policies": ["Readers"]},
            "Editor": {"id": "r-2", "parent": "Staff", "policies": ["Writers"]},
            "public": {"policies": ["Everybody"]},
        },
        "users": {
            "ann@x.example": {"id": "u-1", "role": "Editor"},
            "A Bot": {"id": "u-2", "policies": ["Writers"]},
            "B Bot": {"id": "u-3"},
        },
    }
    expanded = {**whole, "access": [{**entry, "policy": {"id": entry["policy"]}} for entry in whole["access"]]}
    first, *others = (the_same(Access.read(source)) for source in (whole, answers, expanded, by_name))
    assert all(other == first for other in others)


def test_what_is_not_followed_is_counted() -> None:
    source = lists()
    source["policies"][0] |= {"ip_access": ["10.0.0.0/8"], "enforce_tfa": True}
    source["users"][0]["auth_data"] = {"secret": 1}
    source["access"] += [{"id": "x-9", "role": "r-9", "user": None, "policy": "p-1"}, {"id": "x-8", "role": "r-1", "user": None, "policy": "p-9"}]  # fmt: skip
    source["permissions"].append({**source["permissions"][0], "policy": "p-9"})
    source["users"][2]["role"] = "r-9"
    access = Access.read(source)
    assert list(access.notes) == [
        "1 access to a role: it is not in the project, not used (access[4])",
        "1 access to a policy: it is not in the project, not used (access[5])",
        "1 permission of a policy: it is not in the project, not used (permissions[5])",
        "1 permission to share: nothing is shared here, not used (Writers: a)",
        "1 policy with ip_access: it counts from every address here (Readers)",
        "1 policy with enforce_tfa: a login asks for no second factor here (Readers)",
        "1 user with a secret: second factors and the like are not kept (ann@x.example)",
        "2 users with a concealed token: no request can carry it; give another one (A Bot, B Bot)",
        "1 role of a record: it is not in the project, left out (users[2])",
    ]
    assert not {"password", "token", "auth_data", "tfa_secret"} & access.users["ann@x.example"].data.keys()
    assert access.users["ann@x.example"].data["first_name"] == "Ann"


def test_half_of_the_lists_is_read_and_what_is_missing_is_said() -> None:
    whole = lists()
    found = Access.read({"roles": whole["roles"], "policies": whole["policies"]})
    assert list(found.roles) == ["Editor", "Staff"]
    assert list(found.notes) == [
        "3 policies with permissions by number: no list of permissions has them (Readers, Writers, Everybody)",
        "2 policies of a role by the id of an access: no list of access has it, not used (Editor, Staff)",
    ]


def test_those_of_one_name_are_told_apart_by_their_ids() -> None:
    source = lists()
    source["roles"][0]["name"] = "Staff"
    access = Access.read(source)
    assert list(access.roles) == ["Staff (r-2)", "Staff (r-1)"]
    assert {role.name for role in access.roles.values()} == {"Staff"}
    assert access.for_role("Staff (r-1)") == access.for_role("r-1")
    with pytest.raises(LookupError, match=r"More than one role is called 'Staff'; say Staff \(r-2\) and Staff \(r-1\)"):
        access.for_role("Staff")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"roles": [5]}, r"roles\[0\] has to be an object, not 5"), ({"access": {"a": {}}}, "access has to be a list of objects"),
        ({"permissions": [{"role": "r", "collection": "a", "action": "read"}]}, r"permissions\[0\] has a role and no policy, as before Directus 11\nExport"),
        ({"policies": [{}]}, r"policies\[0\] has neither a name nor an id"), ({"roles": [{"name": "x"}, {"name": "x"}]}, "'x \\(\\)' is there twice"),
        ({"users": [{"id": "u", "role": 5}]}, r"users\[0\]\.role has to be a text, not 5"),
        ({"roles": [{"id": "r", "name": "R", "parent": "r"}]}, r"roles\[0\]\.parent: a role cannot stand above itself: 'R → R'"),
        ({"policies": {"data": [{"id": "p", "name": "P", "permissions": [{"collection": "a", "action": "reed"}]}]}}, r"policies\[0\]\.permissions\[0\]\.action: 'reed'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_list_is_named_with_its_place(source: object, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        Access.read(source)
