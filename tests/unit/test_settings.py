"""Settings: every limit has a unit, a range and a meaning."""

from __future__ import annotations

from dataclasses import fields

import pytest
from scopebox.errors import SettingsError
from scopebox.settings import ISOLATION, RANGES, Settings, check


def test_every_limit_has_a_documented_range() -> None:
    assert {entry.name for entry in fields(Settings)} == {*RANGES, ISOLATION}


def test_defaults_lie_inside_their_ranges() -> None:
    Settings()


@pytest.mark.parametrize("name", sorted(RANGES))
def test_a_value_outside_its_range_is_refused_with_the_range(name: str) -> None:
    beyond = type(getattr(Settings(), name))(RANGES[name].largest + 1)
    with pytest.raises(SettingsError, match=f"{name} has to lie between") as caught:
        Settings(**{name: beyond})
    assert RANGES[name].meaning in caught.value.hint


@pytest.mark.parametrize("value", [True, "5", None])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(SettingsError, match="busy has to be a number"):
        check("busy", value)


def test_a_whole_number_is_wanted_where_the_limit_counts() -> None:
    with pytest.raises(SettingsError, match="memory has to be a whole number"):
        check("memory", 64.5)


def test_not_a_number_is_refused() -> None:
    with pytest.raises(SettingsError, match="has to lie between"):
        check("wall", float("nan"))
