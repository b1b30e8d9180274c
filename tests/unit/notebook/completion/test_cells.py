"""What completion knows of a cell."""

from __future__ import annotations

import pytest
from scopebox.languages import LANGUAGES
from scopebox.notebook.completion.cells import arguments_of_cell, manifest_before

PYTHON, JS = LANGUAGES["python"], LANGUAGES["js"]


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("%%sandbox", ""),
        ("  %%sandbox x --lang js", " x --lang js"),
        ("%%sandboxes x", None),
        ("x %%sandbox", None),
        ("%sandbox x", None),
        ("", None),
    ],
)
def test_a_cell_is_told_by_its_first_line(line: str, given: str | None) -> None:
    assert arguments_of_cell(line) == given


@pytest.mark.parametrize("sign", ["//", "#"])
def test_the_manifest_of_javascript_stands_behind_either_sign(sign: str) -> None:
    assert manifest_before(f"x\n{sign} /// sandbox\n{sign} a\n{sign}\n{sign}  b", JS) == "a\n\n b"
    assert manifest_before(f"{sign} /// sandbox\n{sign} a\n{sign} ///\n{sign} b", JS) is None
    assert manifest_before(f"{sign} /// sandbox\n{sign} a\nb", JS) is None


def test_the_manifest_of_python_stands_behind_its_own_sign() -> None:
    assert manifest_before("# /// sandbox\n# a", PYTHON) == "a"
    assert manifest_before("// /// sandbox\n// a", PYTHON) is None
