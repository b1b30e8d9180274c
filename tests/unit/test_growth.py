"""The measure of growth finds what grows faster than its text, and nothing else."""

from __future__ import annotations

from tests.growth import worse_than_linear


def test_cubic_work_is_found() -> None:
    """So much worse than what is looked for that no busy machine hides it."""

    def cubic(text: str) -> int:
        places = range(0, len(text), 20)
        return sum(len(text[start:end].split("a")) for start in places for end in places)

    assert worse_than_linear(cubic, atoms="a", small=400) == ["a"]


def test_linear_work_passes() -> None:
    def linear(text: str) -> int:
        return sum(1 for character in text if character == "a")

    assert not worse_than_linear(linear, atoms="a", small=20_000)
