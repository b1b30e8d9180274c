from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.network.redaction import Redaction, Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

VALUE = 'p"ss w0rd+/=<&%41z'
REFERENCE = "{{secret.KEY}}"
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=4, max_size=40)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_any_order_of_case(text: str) -> str:
    return "".join(character.upper() if index % 2 else character.lower() for index, character in enumerate(text))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "mixed case": in_any_order_of_case,
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON within JSON": lambda value: json.dumps(json.dumps(value))[3:-3],
    "JSON as PHP writes it": lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),
    "JSON, all escaped": lambda value: "".join(f"\\u{ord(character):04x}" for character in value),
    "JSON, all escaped, upper case": lambda value: "".join(f"\\u{ord(character):04X}" for character in value),
    "percent": lambda value: quote(value, safe=""),
    "percent, slashes kept": quote,
    "percent, lower case": lambda value: quote(value, safe="").lower(),
    "percent, all": lambda value: "".join(f"%{ord(character):02X}" for character in value),
    "percent, twice": lambda value: quote(quote(value, safe=""), safe=""),
    "form": quote_plus,
    "HTML": html.escape,
    "HTML, decimal": lambda value: "".join(f"&#{ord(character)};" for character in value),
    "HTML, hexadecimal": lambda value: "".join(f"&#x{ord(character):X};" for character in value),
    "HTML of JSON": lambda value: html.escape(json.dumps(value))[6:-6],
    "hexadecimal": lambda value: value.encode().hex(),
    "hexadecimal, upper case": lambda value: value.encode().hex().upper(),
    "base64": encoded,
    "base64 without padding": lambda value: encoded(value).rstrip("="),
    "base64 of Bearer": lambda value: encoded(f"Bearer {value}"),
    "base64 of user": lambda value: encoded(f"user:{value}"),
    "base64 of another user": lambda value: encoded(f"users:{value}"),
    "base64 between others": lambda value: encoded(f"a:{value}:b"),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(f"??>{value}??>".encode()).decode(),
    "base64 in a query": lambda value: quote(encoded(f"u:{value}"), safe=""),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("value", [VALUE, "correct-horse-battery", "4711", "sk/live+8d7f==", "aaaaaaaaaa"])
def test_a_secret_is_taken_out_in_every_usual_spelling(spelling: str, value: str) -> None:
    spelled = SPELLINGS[spelling](value)
    redacted = Redaction({"KEY": value}).text(f"({spelled})")
    assert REFERENCE in redacted
    assert value.lower() not in redacted.replace(REFERENCE, "").lower()
    assert spelled not in redacted


@given(VALUES.filter(lambda value: value == value.strip()), st.sampled_from(sorted(SPELLINGS)), st.text(), st.text())
def test_no_value_and_no_surroundings_hide_it(value: str, spelling: str, before: str, after: str) -> None:
    redacted = Redaction({"KEY": value}).text(f"{before}|{SPELLINGS[spelling](value)}|{after}")
    assert REFERENCE in redacted


@given(st.text(), VALUES)
def test_a_text_without_the_secret_stays_as_it_is(text: str, value: str) -> None:
    hidden = any(SPELLINGS[name](value).lower() in text.lower() for name in SPELLINGS)
    if not hidden and not set("%\\&") & set(text):
        assert Redaction({"KEY": value}).text(text) == text
    assert Redaction().text(text) == text


@given(
    st.lists(st.sampled_from(["a", "b", "%41", "\\u0041", "s3cr", "et", "s3cret", "é", "&#115;", "\\\\"]), max_size=60)
)
def test_a_text_in_pieces_is_redacted_as_a_whole_one(parts: list[str]) -> None:
    redaction = Redaction({"KEY": "s3cret", "OTHER": "abab"})
    redactor = Redactor(redaction)
    pieces = [redactor.feed(part.encode()) for part in parts]
    together = b"".join([*pieces, redactor.feed(b"", last=True)]).decode()
    assert "s3cret" not in together
    assert together == redaction.text("".join(parts))


def test_a_secret_within_another_does_not_uncover_it() -> None:
    redaction = Redaction({"SHORT": "abcd", "LONG": "abcdefgh"})
    assert redaction.text("x abcdefgh abcd") == "x {{secret.LONG}} {{secret.SHORT}}"


def test_only_the_secrets_that_are_given_are_looked_for() -> None:
    assert Redaction({"A": "first-secret"}).text("first-secret second-secret") == "{{secret.A}} second-secret"
    assert not Redaction()
    both = Redaction({"A": "first-secret"}) | Redaction({"B": "second-secret"})
    assert both.text("first-secret second-secret") == "{{secret.A}} {{secret.B}}"
