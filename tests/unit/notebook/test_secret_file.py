"""The file of secrets: of this user alone, ignored by git, whole or not there at all."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from scopebox.errors import ScopeboxError
from scopebox.network.secrets import Secrets
from scopebox.notebook.secret_file import MAX_FILE_BYTES, SecretFile, named


@pytest.fixture
def kept(tmp_path: Path) -> SecretFile:
    return SecretFile(tmp_path)


def filled(kept: SecretFile) -> Secrets:
    secrets = Secrets()
    kept.fill(secrets)
    return secrets


def test_what_is_kept_is_there_in_the_next_session(kept: SecretFile) -> None:
    kept.keep("API_TOKEN", "a-long-token")
    kept.keep("OTHER", "another-token")
    assert list(filled(kept)) == ["API_TOKEN", "OTHER"]
    kept.keep("API_TOKEN", None)
    assert list(filled(kept)) == ["OTHER"]
    kept.keep("never", None)
    assert json.loads(kept.path.read_text()) == {"OTHER": "another-token"}


def test_without_a_file_there_is_nothing(kept: SecretFile) -> None:
    assert list(filled(kept)) == []


def test_it_belongs_to_the_user_alone_and_git_ignores_it(kept: SecretFile) -> None:
    kept.keep("API_TOKEN", "a-long-token")
    kept.keep("API_TOKEN", "a-newer-token")
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700
    assert (kept.path.parent / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 10_000, b'{"a": "' + b"x" * MAX_FILE_BYTES + b'"}'],
    ids=["empty", "list", "open", "text", "bytes", "deep", "large"],
)
def test_a_file_that_is_no_object_of_secrets_is_named_with_what_to_do(kept: SecretFile, content: bytes) -> None:
    kept.keep("API_TOKEN", "a-long-token")
    kept.path.write_bytes(content)
    for use in (lambda: filled(kept), lambda: kept.keep("OTHER", "another-token")):
        with pytest.raises(ScopeboxError) as caught:
            use()
        assert str(kept.path) in str(caught.value)
        assert caught.value.hint == "Mend the file, or remove it."
    assert kept.path.read_bytes() == content


@pytest.mark.parametrize(
    "data", [{"API_TOKEN": 5}, {"no name": "a-long-token"}, {"API_TOKEN": "a\nb"}, {"API_TOKEN": ""}]
)
def test_what_is_no_secret_is_named_and_never_shown(kept: SecretFile, data: dict[str, object]) -> None:
    kept.keep("API_TOKEN", "a-long-token")
    kept.path.write_text(json.dumps(data))
    with pytest.raises(ScopeboxError) as caught:
        filled(kept)
    assert str(kept.path) in str(caught.value)
    assert "a-long-token" not in str(caught.value)


def test_where_nothing_can_be_written_nothing_is_left_and_what_was_there_stays(
    kept: SecretFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep("API_TOKEN", "a-long-token")

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ScopeboxError, match="cannot be written: No space left on device"):
        kept.keep("OTHER", "another-token")
    assert {path.name for path in kept.path.parent.iterdir()} == {".gitignore", kept.path.name}
    assert list(filled(kept)) == ["API_TOKEN"]


def test_a_folder_in_the_place_of_the_file_is_said(kept: SecretFile) -> None:
    kept.path.mkdir(parents=True)
    with pytest.raises(ScopeboxError, match="cannot be read: Is a directory"):
        filled(kept)


def test_a_secret_stands_in_a_header_by_its_name() -> None:
    assert named("API_TOKEN") == "{{secret.API_TOKEN}}"
