from __future__ import annotations

import base64

import pytest
from scopebox.vault import Secrets, refers

VALUE = 'p"ss w0rd+/='


@pytest.fixture
def secrets() -> Secrets:
    vault = Secrets()
    vault["API_KEY"] = VALUE
    return vault


def test_a_reference_is_replaced_by_the_value(secrets: Secrets) -> None:
    assert secrets.fill("Bearer {{secret.API_KEY}}") == f"Bearer {VALUE}"
    assert secrets.fill("{{ secret.API_KEY }}{{secret.API_KEY}}") == VALUE * 2
    assert secrets.fill("plain {{other}}") == "plain {{other}}"


@pytest.mark.parametrize(
    "text", ["{{secret.OTHER}}", "{{secret.}}", "{{secret.api_key}}", "{{secret.API_KEY", "{{secret}}"]
)
def test_what_refers_to_no_secret_is_an_error(secrets: Secrets, text: str) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        secrets.fill(text)
    assert VALUE not in str(caught.value)


def test_a_value_with_braces_is_not_taken_for_a_reference(secrets: Secrets) -> None:
    secrets["ODD"] = "{{secret.API_KEY}}"
    assert secrets.fill("{{secret.ODD}}") == "{{secret.API_KEY}}"


def test_no_value_can_be_read_back(secrets: Secrets) -> None:
    assert not hasattr(secrets, "__getitem__")
    assert repr(secrets) == "<Secrets: API_KEY>"
    assert list(secrets) == ["API_KEY"]
    assert len(secrets) == 1


def test_a_deleted_secret_is_gone(secrets: Secrets) -> None:
    del secrets["API_KEY"]
    assert "API_KEY" not in secrets
    assert repr(secrets) == "<Secrets: none>"
    assert secrets.redact(VALUE) == VALUE
    with pytest.raises(KeyError):
        del secrets["API_KEY"]


@pytest.mark.parametrize(
    "spelling",
    [
        VALUE,
        'p\\"ss w0rd+/=',
        "p%22ss%20w0rd%2B%2F%3D",
        base64.b64encode(VALUE.encode()).decode(),
        VALUE.encode().hex(),
    ],
)
def test_a_value_is_taken_out_in_the_usual_spellings(secrets: Secrets, spelling: str) -> None:
    assert "{{secret.API_KEY}}" in secrets.redact(f"a{spelling}b")
    assert spelling.rstrip("=") not in secrets.redact(f"a{spelling}b")


def test_a_secret_within_another_does_not_uncover_it() -> None:
    secrets = Secrets()
    secrets["SHORT"] = "abcd"
    secrets["LONG"] = "abcdefgh"
    assert secrets.redact("x abcdefgh abcd") == "x {{secret.LONG}} {{secret.SHORT}}"


@pytest.mark.parametrize("name", ["", "a-b", "1a", "a b", "x" * 100])
def test_a_name_is_an_identifier(name: str) -> None:
    with pytest.raises(ValueError, match="name of a secret"):
        Secrets()[name] = "value"


@pytest.mark.parametrize("value", ["", "abc", "a\r\nX: y", " abcd", "abcd\x00", "pässword", "x" * 10_000])
def test_a_value_is_what_a_header_can_hold(value: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as caught:
        Secrets()["KEY"] = value
    assert not value or value not in str(caught.value)


def test_a_value_is_text() -> None:
    with pytest.raises(TypeError):
        Secrets()["KEY"] = b"value"  # type: ignore[assignment]


def test_attempts_at_references_are_seen() -> None:
    assert refers("{{secret.A}}")
    assert refers("{{  secret.A")
    assert not refers("{{secrets}}")
    assert not refers("secret.A")
