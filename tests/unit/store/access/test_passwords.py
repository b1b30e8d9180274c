"""Passwords for trying: plain text, and never told."""

from __future__ import annotations

import pytest
from scopebox import Store
from scopebox.errors import SchemaError, UnknownNameError
from scopebox.store.access import Access
from scopebox.store.access.passwords import MAX_PASSWORD, same_password


def test_only_the_same_password_is_the_same() -> None:
    assert same_password("a", "a")
    assert not any(same_password(wanted, given) for wanted, given in [("a", "b"), ("a", "aa"), (None, ""), (None, "a")])


def test_an_access_takes_plain_text_and_no_hash() -> None:
    users = {
        "a": {"password": "plain"},
        "b": {"password": "$argon2id$v=19$x"},
        "c": {"password": "**********"},
        "d": {},
    }
    access = Access.read({"users": users})
    assert [user.password for user in access.users.values()] == ["plain", None, None, None]
    assert access.notes == ("1 user with the hash of a password: no real one is kept; give another one (b)",)


@pytest.mark.parametrize("password", ["x" * (MAX_PASSWORD + 1), 5, ["s3cret"]])
def test_an_error_about_a_password_does_not_repeat_it(password: object) -> None:
    with pytest.raises(SchemaError) as caught:
        Access.read({"users": {"a": {"password": password}}})
    assert "users.a.password" in caught.value.message
    assert "xx" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_password_is_set_by_name_id_or_address() -> None:
    with Store.sample() as store:
        for called in ("reader", "READER@blog.example", str(store.access.users["reader"].id)):
            store.set_password(called, f"new of {called}")
            store.sessions.begin(store.access, "reader@blog.example", f"new of {called}")
        with pytest.raises(UnknownNameError, match="did you mean reader"):
            store.set_password("readr", "x")
        for wrong in ("", "$2b$10$abc", "x" * 500):
            with pytest.raises(ValueError, match="A password ") as caught:
                store.set_password("reader", wrong)
            assert not wrong or wrong not in str(caught.value)
        rows = store.sql("SELECT DISTINCT password FROM directus_users").fetchall()
    assert rows == [("**********",)]


def test_a_store_without_users_has_an_administrator_with_a_token_of_its_own() -> None:
    with Store() as one, Store() as other:
        tokens = [store.access.new_token for store in (one, other)]
        assert len(set(tokens)) == 2
        assert one.access.for_token(tokens[0]).admin
        assert tokens[0] not in repr(one.access)
    with Store.sample() as sample:
        assert sample.access.new_token == ""
