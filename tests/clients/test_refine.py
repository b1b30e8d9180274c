"""The data provider that refine's users take for a Directus."""

from __future__ import annotations

import json
from typing import cast

import pytest

from tests.clients.conftest import Run

Data = dict[str, object]


@pytest.fixture
def found(run: Run, url: str) -> dict[str, Data]:
    """Return what the provider came to."""
    return cast("dict[str, Data]", json.loads(run("refine.mjs", url)))


def test_it_lists_reads_writes_and_deletes(found: dict[str, Data]) -> None:
    assert found["list"] == {
        "data": [
            {"id": 6, "title": "What nobody tells you about sandboxes"},
            {"id": 5, "title": "Getting started with feature flags"},
        ],
        "total": 6,
    }
    assert cast("Data", found["one"]["data"])["title"] == "A short history of webhooks"
    assert [item["id"] for item in cast("list[Data]", found["many"]["data"])] == [1, 2]
    assert cast("Data", found["created"]["data"])["title"] == "by refine"
    assert cast("Data", found["updated"]["data"])["title"] == "by refine, too"
    assert [item["views"] for item in cast("list[Data]", found["changed"]["data"])] == [7, 7]
    assert found["left"]["total"] == 56
