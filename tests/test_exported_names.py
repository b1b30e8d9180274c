"""The public names: adding or removing one is a decision, so it changes this file."""

from __future__ import annotations

import pytest
import scopebox

NAMES: list[str] = []


def test_the_public_names_are_these() -> None:
    assert sorted(getattr(scopebox, "__all__", [])) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_exists_and_says_what_it_is(name: str) -> None:
    assert getattr(scopebox, name).__doc__
