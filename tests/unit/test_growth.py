"""The measure of growth finds what grows faster than its text, and nothing else."""

from __future__ import annotations

from tests.growth import worse_than_linear


def test_quadratic_work_is_found() -> None:
    def quadratic(text: str) -> int:
        return sum(len(text[start:].split("a")) for start in range(0, len(text), 20))

    assert worse_than_linear(quadratic, atoms="a", small=2_000) == ["a"]


def test_linear_work_passes() -> None:
    def linear(text: str) -> int:
        return sum(1 for character in text if character == "a")

    assert not worse_than_linear(linear, atoms="a", small=20_000)
