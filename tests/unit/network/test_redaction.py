from __future__ import annotations

import base64
import html
import json
import random
import re
import tracemalloc
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.network.redaction import PIECE_BYTES, Redaction, Redactor, _Reading

if TYPE_CHECKING:
    from collections.abc import Callable

VALUE = 'p"ss w0rd+/=<&%41z'
REFERENCE = "{{secret.KEY}}"
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=4, max_size=40)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_any_order_of_case(text: str) -> str:
    return "".join(character.upper() if index % 2 else character.lower() for index, character in enumerate(text))


def in_numbers(text: str) -> str:
    return "".join(f"&#{ord(character):07};" for character in text)


def in_pieces(redaction: Redaction, text: str, sizes: Callable[[], int]) -> str:
    redactor, data, place, done = Redactor(redaction), text.encode(), 0, []
    while place < len(data):
        size = sizes()
        done.append(redactor.feed(data[place : place + size]))
        place += size
    return b"".join([*done, redactor.feed(b"", last=True)]).decode()


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
    "base64 in lower case": lambda value: encoded(f"user:{value}").lower(),
    "UTF-16 that nobody named": lambda value: value.encode("utf-16-le").decode(),
    "UTF-16 in JSON": lambda value: json.dumps(value.encode("utf-16-le").decode())[1:-1],
    "UTF-16 in JSON, the other way round": lambda value: json.dumps(value.encode("utf-16-be").decode())[1:-1],
    "UTF-16 in a query": lambda value: quote(value.encode("utf-16-le"), safe=""),
    "HTML, padded": lambda value: "".join(f"&#{ord(character):07};" for character in value),
    "HTML, padded, of HTML, padded": lambda value: "".join(f"&#0000038;#{ord(character):07};" for character in value),
    "HTML of each sign of HTML": lambda value: in_numbers(in_numbers(value)),
    "base64 in a query": lambda value: quote(encoded(f"u:{value}"), safe=""),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "value", [VALUE, "correct-horse-battery", "4711", "sk/live+8d7f==", "aaaaaaaaaa", r"sl\<sh \&nd"]
)
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


def test_what_was_sent_before_a_secret_was_set_anew_is_taken_out_as_well() -> None:
    both = Redaction({"A": "first-secret"}) | Redaction({"A": "second-secret"})
    assert both.text("first-secret second-secret") == "{{secret.A}} {{secret.A}}"


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_no_end_of_a_piece_hides_a_secret(spelling: str, size: int) -> None:
    redaction = Redaction({"KEY": VALUE})
    text = f"{'p' * 300}|{SPELLINGS[spelling](VALUE)}|{'p' * 300}"
    assert in_pieces(redaction, text, lambda: size) == redaction.text(text)
    assert REFERENCE in redaction.text(text)


ESCAPES: list[Callable[[int], str]] = [
    "%{:02x}".format, "&#{};".format, "&#x{:X};".format, "&#{:07};".format, "\\u{:04x}".format, "\\x{:02X}".format,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_hostile_secrets_are_found_in_any_pieces(seed: int) -> None:
    """Secrets that overlap themselves and one another, or look like escapes; texts that begin them, repeat them, and mix escapes."""
    dice = random.Random(seed)

    def spelled(text: str, times: int) -> str:
        for _ in range(times):
            text = "".join(
                dice.choice(ESCAPES)(ord(character)) if character in "%&\\" or dice.random() < 0.5 else character
                for character in text
            )
        return text

    values: dict[str, str] = {}
    for number in range(dice.choice([1, 2, 3, 16])):
        alphabet = dice.choice(["a", "ab", "0123", "abcdefgh", "a%&\\\"'=<+/"])
        value = "".join(dice.choice(alphabet) for _ in range(dice.choice([4, 5, 7, 12, 200])))
        if values and dice.random() < 0.4:
            value = (dice.choice(list(values.values())) * 2)[dice.randrange(5) :][: dice.randrange(4, 40)]
        values[f"S{number}"] = value
    redaction = Redaction(values)
    parts = []
    for value in dice.choices(list(values.values()), k=20):
        part = dice.choice([value, value, value[: dice.randrange(len(value))], "é", "%", "\\", "&#", "%2525", "x" * 50])
        parts.append(spelled(part, dice.randrange(3)))
    text = "".join(parts)
    whole = redaction.text(text)
    for left in re.split(r"\{\{secret\.S\d+\}\}", whole):
        assert not any(value.lower() in left.lower() for value in values.values())
    most = dice.choice([1, 3, 20, 300])
    assert in_pieces(redaction, text, lambda: dice.randint(1, most)) == whole
    for value in values.values():
        assert "{{secret." in redaction.text(f"|{spelled(value, 2)}|")


@pytest.mark.parametrize("value", ["aaaaaaaa", "abcdeabc", "aabaa", "abababab"])
def test_of_a_secret_that_overlaps_itself_nothing_stays(value: str) -> None:
    for shift in range(1, len(value)):
        if value[shift:] == value[: len(value) - shift]:
            assert Redaction({"KEY": value}).text(f"({value[:shift]}{value})") == f"({REFERENCE})"


def test_secrets_that_overlap_all_over_a_text_are_one_place_in_it() -> None:
    redaction = Redaction({f"S{size}": ("ab" * size)[size % 2 :][:size] for size in range(4, 20)})
    _, found = _Reading(redaction.needles).feed(b"ab" * 4_000, last=True)
    assert [(hit.start, hit.end) for hit in found] == [(0, 8_000)]


def test_of_a_long_text_of_secrets_little_is_kept_while_it_is_read() -> None:
    redactor = Redactor(Redaction({"KEY": "a" * 200, "OTHER": "b" * 200}))
    for _ in range(100):
        redactor.feed(b"a" * PIECE_BYTES)
        assert len(redactor._text) <= 2 * PIECE_BYTES
    assert redactor.feed(b"%2561", last=True) == REFERENCE.encode()
    for _ in range(100):  # each character takes a hundred bytes
        redactor.feed(in_numbers(in_numbers("b")).encode() * (PIECE_BYTES // 100))
        assert len(redactor._text) <= 60_000
    assert all(len(reading._escapes._ends) < PIECE_BYTES for reading in redactor._readings)


def test_a_long_text_of_escapes_takes_little_memory_while_it_is_read() -> None:
    text = "%61" * 100_000
    tracemalloc.start()
    try:
        assert Redaction({"KEY": "s3cret"}).text(text) == text
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * len(text)


def test_a_secret_that_is_base64_of_another_is_taken_out_with_its_neighbours() -> None:
    inner, other = "secret-inside", encoded("secret-inside").rstrip("=")
    redaction = Redaction({"INNER": inner, "OTHER": other})
    for text in (inner, other, f"{other}==", encoded(f"u:{inner}"), encoded(other)):
        assert re.fullmatch(r"\([A-Za-z0-9=]{0,3}\{\{secret\.(INNER|OTHER)\}\}\)", redaction.text(f"({text})"))
