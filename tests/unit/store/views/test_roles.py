"""Roles as people read them: what each may do with which items, and who has it."""

from __future__ import annotations

import pytest
from scopebox.errors import UnknownNameError
from scopebox.store.access.access import Access
from scopebox.store.store import Store
from scopebox.store.views.roles import MAX_ROLES, MAX_ROWS, MAX_USERS, roles_view

from tests.unit.widgets.hostile import HOSTILE, harmless

RULE = {"organisation": {"_eq": "$CURRENT_USER.organisation"}}
ACCESS = Access.read(
    {
        "policies": {
            "members": {
                "permissions": [
                    {"collection": "notes", "action": "create", "fields": ["title"], "presets": {"by": "$CURRENT_USER"}},
                    {"collection": "notes", "action": "read", "fields": ["*"], "permissions": RULE},
                    {"collection": "notes", "action": "update", "fields": ["*"], "permissions": RULE},
                    {"collection": "notes", "action": "delete", "permissions": RULE},
                    {"collection": "pages", "action": "update", "fields": ["a", "b"], "validation": {"a": {"_gt": 1}}},
                ]
            },
            "more": {"permissions": [{"collection": "pages", "action": "read", "fields": ["id"]}]},
            "all": {"admin_access": True},
            "everyone": {"permissions": [{"collection": "pages", "action": "read", "fields": ["*"]}]},
        },
        "roles": {
            "member": {"policies": ["members", "more"]},
            "boss": {"policies": ["all"]},
            "public": {"policies": ["everyone"]},
        },
        "users": {
            "root": {"admin": True, "token": "root-token"},
            "ann": {"role": "member", "token": "ann-token"},
            "ben": {"role": "member"},
            "nobody": {},
        },
    }
)  # fmt: skip


def rows(text: str) -> list[list[str]]:
    """Return the lines of a table as their cells."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.split("\n")]


def test_what_a_role_may_do_stands_in_a_row_for_all_actions_with_the_same_conditions() -> None:
    found = rows(roles_view(ACCESS, "member").text())
    assert found[0] == ["member, by members and more"]
    assert found[1] == ["collection", "may", "fields", "items", "new values", "presets"]
    assert found[2:6] == [
        ["notes", "create", "title", "all", "by = $CURRENT_USER"],
        ["notes", "read, update, delete", "all", "organisation = $CURRENT_USER.organisation"],
        ["pages", "update", "a, b", "all", "a > 1"],
        ["pages", "read", "id", "all"],
    ]


def test_columns_that_no_row_needs_are_left_out() -> None:
    lines = rows(roles_view(ACCESS, "public").text())
    assert lines[1] == ["collection", "may", "fields", "items"]


def test_every_role_is_there_and_those_that_are_always_there() -> None:
    text = roles_view(ACCESS).text()
    assert "admin: everything" in text.split("\n")
    assert "boss, by all: everything" in text.split("\n")
    assert "public, by everyone" in text.split("\n")
    assert "public: nothing" in roles_view(Access()).text().split("\n")


def test_users_are_listed_without_their_tokens() -> None:
    text = roles_view(ACCESS).text()
    users = rows(text[text.index("Users\n") :])[2:]
    assert users == [
        ["root", "admin", "has one"],
        ["ann", "member", "has one"],
        ["ben", "member", "none"],
        ["nobody", "public", "none"],
    ]
    assert "-token" not in text + roles_view(ACCESS).html()


def test_one_role_is_shown_with_its_own_users() -> None:
    text = roles_view(ACCESS, "member").text()
    assert "ann" in text
    assert "root" not in text
    assert roles_view(ACCESS, ACCESS.roles["member"].id).text() == text
    with pytest.raises(UnknownNameError, match="did you mean 'member'"):
        roles_view(ACCESS, "membr")


def test_what_roles_above_and_policies_of_users_add_is_said() -> None:
    access = Access.read(
        {
            "policies": [{"id": "1", "name": "Staff"}, {"id": "2", "name": "Desk"}, {"id": "3", "name": "$t:public_label"}],
            "permissions": [{"policy": "1", "collection": "pages", "action": "read", "fields": ["*"]}],
            "roles": [{"id": "a", "name": "Top"}, {"id": "b", "name": "Low", "parent": "a"}],
            "access": [{"role": "a", "policy": "1"}, {"user": "u", "policy": "2"}, {"role": None, "user": None, "policy": "3"}],
            "users": [{"id": "u", "email": "u@example.com", "role": "b"}, {"id": "v", "email": "v@example.com", "status": "draft"}],
        }
    )  # fmt: skip
    text = roles_view(access).text()
    assert "Low, below Top, by Staff\n" in text
    assert "public, by Public: nothing" in text
    users = rows(text[text.index("Users\n") :])[2:4]
    assert users == [["u@example.com", "Low", "by Desk", "none"], ["v@example.com", "public", "draft", "none"]]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_names_and_rules_are_text(words: str) -> None:
    name = words[:300]
    rule = {
        "collection": words, "action": "read", "fields": [words],
        "permissions": {words[:100]: {"_eq": words}}, "presets": {words: words},
    }  # fmt: skip
    access = Access.read(
        {
            "policies": {name: {"permissions": [rule]}},
            "roles": {name: {"policies": [name]}},
            "users": {name: {"role": name}},
        }
    )
    view = roles_view(access)
    assert harmless(view.html().partition("</style>")[2])
    assert all(line.isprintable() for line in view.text().split("\n"))


def test_of_many_roles_rules_and_users_the_beginning_is_shown() -> None:
    rules = [{"collection": f"c{at}", "action": "read", "fields": ["*"]} for at in range(MAX_ROWS + 5)]
    many = {f"r{at}": {"policies": ["all"] if at == 0 else []} for at in range(MAX_ROLES + 3)}
    users = {f"u{at}": {"role": "r1"} for at in range(MAX_USERS + 4)}
    text = roles_view(Access.read({"policies": {"all": {"permissions": rules}}, "roles": many, "users": users})).text()
    assert "… 5 more" in text
    assert "… 4 more" in text
    assert "5 more roles: %sandbox roles ROLE" in text


def test_the_sample_says_what_its_roles_may_do() -> None:
    with Store.sample() as store:
        text = roles_view(store.access).text()
    assert 'status = "published"' in text
    assert 'owner = $CURRENT_USER, status = "draft"' in text
