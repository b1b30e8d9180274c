"""Values that a server makes up are compared by their kind."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.conformance.cases import Json
from tests.conformance.masks import made_up, masked

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = "2b0f2f1e-8f2c-4b59-9a10-0d2f4f4a0b11"


def test_only_new_keys_and_times_of_now_are_made_up() -> None:
    answer: Json = {
        "data": [{"id": KEY, "owner": KEY[::-1], "at": "2026-01-02T03:04:01.000Z", "born": "2020-01-02T03:04:05Z"}],
        "days": ["2026-01-02", "2026-01-01"],
    }
    assert made_up(answer, "", NOW) == ["data.0.id", "data.0.at", "days.0"]
    assert made_up(answer, KEY, NOW) == ["data.0.at", "days.0"]
    assert made_up(answer, "2026-01-02", NOW) == ["data.0.id", "data.0.at"]


def test_a_mask_keeps_the_kind_and_nothing_else() -> None:
    answer: Json = {"data": [{"id": KEY, "n": 1, "t": "x", "at": "2026-01-02T03:04:05Z", "none": None}]}
    step: Json = {"masked": ["data.*.id", "data.0.n", "data.0.t", "data.0.at", "data.0.none", "data.1.id", "meta.x"]}
    kinds = {"id": "<masked uuid>", "n": "<masked int>", "t": "<masked text>", "at": "<masked time>", "none": None}
    assert masked(answer, step) == {"data": [kinds]}
