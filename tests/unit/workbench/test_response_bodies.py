"""Bodies of answers become data only where that takes little, whatever is in them."""

from __future__ import annotations

import httpx
import pytest
from scopebox.notebook.views import response_view
from scopebox.workbench.response_bodies import MAX_DECODED_BYTES, json_of, says_json
from scopebox_guest import wire
from scopebox_widgets.results import answer

HEAVY = {
    "lists in lists": "[" + ",".join(["[" * 50 + "]" * 50] * 4_000) + "]",
    "objects": "[" + ",".join(['{"a":1}'] * 100_000) + "]",
    "keys": "{" + ",".join([f'"key {number}":1' for number in range(150_000)]) + "}",
    "empty lists": "[" + ",".join(["[]"] * 300_000) + "]",
}


def response(text: str | bytes, kind: str = "application/json") -> httpx.Response:
    content = text.encode() if isinstance(text, str) else text
    return httpx.Response(200, headers={"content-type": kind}, content=content)


@pytest.mark.parametrize("kind", HEAVY)
def test_what_takes_much_as_data_is_shown_as_text_and_why(kind: str) -> None:
    heavy = response(HEAVY[kind])
    with pytest.raises(
        ValueError, match="not laid out: it has keys and values that would take more than 16,777,216 bytes"
    ):
        json_of(heavy)
    shown = response_view(heavy)
    for words in (shown.text(), shown.html(), str(answer(heavy, 0.1))):
        assert "keys and values that would take more than 16,777,216 bytes of memory" in words
        assert len(words) < 100_000


def test_a_long_body_is_shown_as_text_and_why() -> None:
    with pytest.raises(ValueError, match="not laid out: it has more than 4,194,304 bytes"):
        json_of(response('"' + "a" * MAX_DECODED_BYTES + '"'))


def test_many_ordinary_items_are_data() -> None:
    items = [{"id": number, "title": f"Words {number}", "rate": 4.25, "at": "2026-01-02"} for number in range(20_000)]
    assert json_of(response(wire.encode({"data": items}))) == {"data": items}


def test_nothing_is_said_of_text_that_is_no_json() -> None:
    plain = response("words", "text/plain")
    assert not says_json(plain)
    assert "not said" not in response_view(plain).text()


def test_what_is_said_to_be_json_and_is_none_is_shown_and_why() -> None:
    assert "The body is not JSON" in response_view(response("[1")).text()
