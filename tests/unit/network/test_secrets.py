from __future__ import annotations

import pytest
from scopebox.network.secrets import MAX_REFERENCES, Secrets, refers

VALUE = 'p"ss w0rd+/='


@pytest.fixture
def secrets() -> Secrets:
    vault = Secrets()
    vault["API_KEY"] = VALUE
    return vault


def fill(secrets: Secrets, text: str) -> str:
    return secrets.fill({"x-a": text}).headers["x-a"]


def test_a_reference_is_replaced_by_the_value(secrets: Secrets) -> None:
    assert fill(secrets, "Bearer {{secret.API_KEY}}") == f"Bearer {VALUE}"
    assert fill(secrets, "{{ secret.API_KEY }}{{secret.API_KEY}}") == VALUE * 2
    assert fill(secrets, "plain {{other}}") == "plain {{other}}"


@pytest.mark.parametrize(
    "text", ["{{secret.OTHER}}", "{{secret.}}", "{{secret.api_key}}", "{{secret.API_KEY", "{{secret}}"]
)
def test_what_refers_to_no_secret_is_an_error(secrets: Secrets, text: str) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        fill(secrets, text)
    assert VALUE not in str(caught.value)


def test_a_value_with_braces_is_not_taken_for_a_reference(secrets: Secrets) -> None:
    secrets["ODD"] = "{{secret.API_KEY}}"
    assert fill(secrets, "{{secret.ODD}}") == "{{secret.API_KEY}}"


def test_no_value_can_be_read_back(secrets: Secrets) -> None:
    assert not hasattr(secrets, "__getitem__")
    assert repr(secrets) == "<Secrets: API_KEY>"
    assert list(secrets) == ["API_KEY"]
    assert len(secrets) == 1


def test_a_deleted_secret_is_gone(secrets: Secrets) -> None:
    del secrets["API_KEY"]
    assert "API_KEY" not in secrets
    assert repr(secrets) == "<Secrets: none>"
    with pytest.raises(ValueError, match="There is no secret 'API_KEY'"):
        fill(secrets, "{{secret.API_KEY}}")
    with pytest.raises(KeyError):
        del secrets["API_KEY"]


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


def test_a_value_that_can_be_guessed_is_taken_with_a_warning(secrets: Secrets) -> None:
    with pytest.warns(UserWarning, match="The secret PIN has 7 characters and can be guessed"):
        secrets["PIN"] = "1234567"
    assert fill(secrets, "{{secret.PIN}}") == "1234567"
    secrets["PIN"] = "12345678"


def test_headers_are_filled_with_what_they_refer_to_alone(secrets: Secrets) -> None:
    secrets["OTHER"] = "another value"
    filled = secrets.fill({"a": "x {{secret.OTHER}}", "b": "plain"})
    assert filled.headers == {"a": "x another value", "b": "plain"}
    assert filled.redaction.text(f"another value, {VALUE}") == f"{{{{secret.OTHER}}}}, {VALUE}"
    assert not secrets.fill({"a": "{{other.KEY}}"}).redaction


def test_a_request_refers_to_a_few_secrets(secrets: Secrets) -> None:
    reference = "{{secret.API_KEY}}"
    assert fill(secrets, reference * MAX_REFERENCES) == VALUE * MAX_REFERENCES
    with pytest.raises(ValueError, match="more than 16 times"):
        secrets.fill({"a": reference * MAX_REFERENCES, "b": reference})


@pytest.mark.parametrize("length", [97, 16_000])
def test_a_reference_that_is_longer_than_any_is_an_error(secrets: Secrets, length: int) -> None:
    for text in ("{{secret." + " " * length + "x", "{{secret." + " " * length + "API_KEY}}"):
        with pytest.raises(ValueError, match="A reference to a secret is written"):
            fill(secrets, text)
