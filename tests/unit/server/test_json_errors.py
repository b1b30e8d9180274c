"""What is said of a body that is no JSON, as a Directus on Node 22 said it of the same body."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scopebox.server.json_errors import MAX_FOLLOWED, body_error

DATA = Path(__file__).parents[2] / "data"
RECORDED = [json.loads(line) for line in (DATA / "json_errors.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_a_mistake_is_told_as_there(number: int) -> None:
    assert body_error(RECORDED[number]["body"].removeprefix("\ufeff")) == RECORDED[number]["said"]


def test_a_mistake_far_behind_is_told_in_general() -> None:
    assert body_error("[" + "1," * MAX_FOLLOWED + "x]") == "The body is not valid JSON"


def test_a_mistake_before_is_told_however_long_the_text_is() -> None:
    assert body_error("[x" + " " * (2 * MAX_FOLLOWED) + "]").startswith("Unexpected token 'x', \"[x")
