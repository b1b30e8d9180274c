"""``%sandbox secret --user``: a password that stands in no cell."""

from __future__ import annotations

import getpass

import pytest
from scopebox.errors import ScopeboxError
from scopebox.notebook.session import Session
from scopebox.notebook.user_password import ask_password
from scopebox.sandbox.sandbox import Sandbox


class Book:
    """What a verb needs of the notebook: the sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box


def session(box: Sandbox) -> Session:
    return Book(box)  # type: ignore[return-value]


def test_a_user_logs_in_with_what_was_typed(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "typed"

    monkeypatch.setattr(getpass, "getpass", typed)
    shown = ask_password(session(box), "reader@blog.example")
    assert asked == ["password of reader, for trying: "]
    assert "typed" not in repr(shown)
    assert "reader logs in as reader@blog.example" in repr(shown)
    box.store.sessions.begin(box.store.access, "reader@blog.example", "typed")


def test_what_is_no_password_is_told_without_it(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _: "$2b$10$hash")
    with pytest.raises(ScopeboxError, match="not the hash of a real one") as caught:
        ask_password(session(box), "reader")
    assert "$2b$" not in str(caught.value)
    with pytest.raises(LookupError, match="did you mean reader"):
        ask_password(session(box), "readr")
