"""What can follow on the line of a magic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from scopebox.notebook.completion import magic_line
from scopebox.notebook.session import Session
from scopebox.notebook.verb_table import VERBS
from scopebox.store.schema.schema import Collection, Schema


@pytest.mark.parametrize(
    ("before", "expected"), [("op", []), ("'op", ["'open hours'"]), ("pa", ["pages"]), ("dir", ["directus_users"])]
)
def test_collections_are_offered_in_quotes_where_their_names_take_some(before: str, expected: list[str]) -> None:
    schema = Schema(
        {name: Collection(name, {}) for name in ("open hours", "pages")},
        system={"directus_users": Collection("directus_users", {})},
    )
    session = SimpleNamespace(ready_box=SimpleNamespace(store=SimpleNamespace(schema=schema)))
    assert magic_line.for_parser(cast("Session", session), VERBS["schema"].parser(), before) == (before, expected)
