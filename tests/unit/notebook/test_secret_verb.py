"""``%sandbox secret``: typed unseen, kept beside the notebook, and shown to nobody."""

from __future__ import annotations

import getpass
from argparse import Namespace
from pathlib import Path

import pytest
from scopebox.errors import ScopeboxError
from scopebox.network.secrets import Secrets
from scopebox.notebook.secret_file import SecretFile
from scopebox.notebook.secret_verb import secret
from scopebox.notebook.session import Session
from scopebox.sandbox.sandbox import Sandbox

TOKEN = "a-long-token"


class Book:
    """What a verb needs of the notebook: the sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box


@pytest.fixture
def session(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.chdir(tmp_path)
    return Book(box)  # type: ignore[return-value]


def types(monkeypatch: pytest.MonkeyPatch, value: str | type[BaseException]) -> list[str]:
    """Let somebody type a value, or fail to; return what was asked."""
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        if isinstance(value, str):
            return value
        raise value

    monkeypatch.setattr(getpass, "getpass", typed)
    return asked


def said(session: Session, name: str | None = None, *, forget: bool = False) -> str:
    """What the verb shows."""
    return secret(session, Namespace(secret=name, forget=forget, user=None)).text()


def kept(tmp_path: Path) -> list[str]:
    secrets = Secrets()
    SecretFile(tmp_path).fill(secrets)
    return list(secrets)


def test_it_asks_keeps_and_says_how_it_is_used(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = types(monkeypatch, TOKEN)
    shown = said(session, "API_TOKEN")
    assert asked == ["API_TOKEN: "]
    assert "{{secret.API_TOKEN}}" in shown
    assert "--forget" in shown
    assert TOKEN not in shown + said(session)
    assert list(session.box.secrets) == kept(tmp_path) == ["API_TOKEN"]


def test_alone_it_lists_the_names(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "none; %sandbox secret NAME asks for one" in said(session)
    types(monkeypatch, TOKEN)
    said(session, "API_TOKEN")
    assert "API_TOKEN  {{secret.API_TOKEN}}" in said(session)


def test_what_is_forgotten_is_gone_here_and_in_the_file(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, TOKEN)
    said(session, "API_TOKEN")
    with pytest.raises(LookupError, match="did you mean API_TOKEN"):
        said(session, "API_TOKE", forget=True)
    assert "is forgotten" in said(session, "API_TOKEN", forget=True)
    assert list(session.box.secrets) == kept(tmp_path) == []


@pytest.mark.parametrize("name", ["1", "no name", "a-b", "x" * 65, "", "é"])
def test_what_is_no_name_is_said_before_anybody_types(
    session: Session, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = types(monkeypatch, TOKEN)
    with pytest.raises(ScopeboxError) as caught:
        said(session, name)
    assert caught.value.hint == "For example: %sandbox secret API_TOKEN"
    assert asked == []


@pytest.mark.parametrize("value", ["", "abc", "a b\nc", "ünvisible-token", " spaces "])
def test_what_is_no_secret_is_said_without_it_and_nothing_is_kept(
    session: Session, tmp_path: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, value)
    with pytest.raises(ScopeboxError) as caught:
        said(session, "API_TOKEN")
    assert not value.strip() or value not in str(caught.value)
    assert list(session.box.secrets) == kept(tmp_path) == []


@pytest.mark.parametrize("reason", [EOFError, NotImplementedError])
def test_where_nobody_can_be_asked_it_says_how_else(
    session: Session, reason: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, reason)
    with pytest.raises(ScopeboxError, match='Nobody can be asked for "API_TOKEN" here') as caught:
        said(session, "API_TOKEN")
    assert 'box.secrets["API_TOKEN"]' in caught.value.hint
