"""Which roles are enough for something: the weakest first, those that may everything last."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from scopebox.store.access import Access
from scopebox.store.access.enough import MAX_ROLES, Need, may, roles_for

OWN = {"owner": {"_eq": "$CURRENT_USER"}}
PUBLISHED = {"status": {"_eq": "published"}}


def rule(action: str, fields: list[str], rule: Mapping[str, object] | None = None) -> dict[str, object]:
    return {"collection": "notes", "action": action, "fields": fields, "permissions": rule or {}}


ACCESS = Access.read(
    {
        "policies": {
            "wide": {"permissions": [rule("read", ["*"]), rule("create", ["*"]), rule("delete", ["*"])]},
            "narrow": {"permissions": [rule("read", ["id", "title"])]},
            "some": {"permissions": [rule("read", ["id", "title", "text"], PUBLISHED)]},
            "own": {"permissions": [rule("read", ["*"], OWN)]},
            "text": {"permissions": [rule("read", ["text"])]},
            "all": {"admin_access": True},
        },
        "roles": {
            "boss": {"policies": ["all"]},
            "wide": {"policies": ["wide"]},
            "narrow": {"policies": ["narrow"]},
            "some": {"policies": ["some"]},
            "own": {"policies": ["own"]},
            "both": {"policies": ["narrow", "text"]},
        },
    }
)


@pytest.mark.parametrize(
    ("need", "roles"),
    [
        (Need("notes", "read"), ["narrow", "some", "both", "wide", "boss", "admin"]),
        (Need("notes", "read", frozenset({"title"})), ["narrow", "some", "both", "wide", "boss", "admin"]),
        (Need("notes", "read", frozenset({"id", "text"})), ["some", "both", "wide", "boss", "admin"]),
        (Need("notes", "read", frozenset({"id", "text"}), everywhere=True), ["both", "wide", "boss", "admin"]),
        (Need("notes", "create", frozenset({"title"})), ["wide", "boss", "admin"]),
        (Need("notes", "delete", frozenset({"whatever"})), ["wide", "boss", "admin"]),
        (Need("notes", "update"), ["boss", "admin"]),
        (Need("others", "read"), ["boss", "admin"]),
    ],
    ids=["read", "field", "fields", "everywhere", "create", "delete", "update", "other"],
)
def test_the_weakest_role_that_is_enough_comes_first(need: Need, roles: list[str]) -> None:
    assert roles_for(ACCESS, (need,)) == roles


def test_several_needs_have_to_be_covered_all() -> None:
    needs = (Need("notes", "read", frozenset({"title"})), Need("notes", "create"))
    assert roles_for(ACCESS, needs) == ["wide", "boss", "admin"]


def test_a_rule_about_the_current_user_covers_nobody() -> None:
    assert not may(ACCESS, ACCESS.for_role("own"), Need("notes", "read"))
    assert may(ACCESS, ACCESS.for_role("some"), Need("notes", "read"))


def test_what_may_everything_may_this() -> None:
    assert may(ACCESS, ACCESS.for_role("boss"), Need("others", "delete"))
    assert not may(ACCESS, ACCESS.for_role("public"), Need("others", "delete"))


def test_of_very_many_roles_the_first_are_looked_at() -> None:
    many = Access.read(
        {
            "roles": {f"role-{at}": {"policies": ["all"]} for at in range(MAX_ROLES * 2)},
            "policies": {"all": {"admin_access": True}},
        }
    )
    assert len(roles_for(many, (Need("notes", "read"),))) == MAX_ROLES
