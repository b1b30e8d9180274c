from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scopebox.errors import ManifestError
from scopebox.urls.re2 import Re2

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def re2() -> Iterator[Re2]:
    engine = Re2()
    yield engine
    engine.close()


def test_an_expression_has_to_match_all_of_the_text(re2: Re2) -> None:
    assert re2.matches("a+", "aaa")
    assert not re2.matches("a+", "aab")
    assert not re2.matches("a+", "a\n")


def test_a_closed_engine_starts_again(re2: Re2) -> None:
    re2.close()
    re2.close()
    assert re2.matches("a", "a")


@pytest.mark.parametrize("pattern", ["(a", "(?=a)", "(?<!a)b", r"(a)\1", "a{9999}", "[", "*"])
def test_what_is_not_linear_is_refused(re2: Re2, pattern: str) -> None:
    with pytest.raises(ManifestError, match="read as RE2"):
        re2.matches(pattern, "")


def test_an_expression_that_explodes_elsewhere_is_answered(re2: Re2) -> None:
    assert not re2.matches("(a*)*(a|aa)*c", "a" * 5000)
