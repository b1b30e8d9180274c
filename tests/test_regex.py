from __future__ import annotations

import pytest
from scopebox.errors import ManifestError
from scopebox.regex import Regex


def test_an_expression_has_to_match_all_of_the_text() -> None:
    expression = Regex("a+")
    assert expression.matches("aaa")
    assert not expression.matches("aab")
    assert not expression.matches("a\n")
    expression.close()
    assert expression.matches("a")
    expression.close()


@pytest.mark.parametrize("pattern", ["(a", "(?=a)", "(?<!a)b", r"(a)\1", "a{9999}", "[", "*"])
def test_what_is_not_linear_is_refused(pattern: str) -> None:
    with pytest.raises(ManifestError, match="read as RE2"):
        Regex(pattern)


def test_an_expression_that_explodes_elsewhere_is_answered() -> None:
    expression = Regex("(a*)*(a|aa)*c")
    assert not expression.matches("a" * 5000)
    expression.close()
