"""Errors of a manifest show the line of the cell that they speak of."""

from __future__ import annotations

from typing import Final

import pytest
from scopebox.errors import ManifestError
from scopebox.errors.traceback_lines import render
from scopebox.languages import LANGUAGES
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.places import locate
from scopebox.sandbox.sandbox import Sandbox

INLINE: Final = """# %%sandbox x
# /// sandbox
# permissions = [
#   { permission = "read-items", role = "reader" },
#   # { permission = "sleep" }, a comment
#   { permission = "request", allowedUrls = [
#       "https://a.example/*",
#       "https://*.*",
#     ], methods = ["GET"] },
# ]
# ///
1"""
TABLES: Final = """# /// sandbox
# [[permissions]]
# permission = "read-items"
# role = "reader"
# [[permissions]]
# permission = "create-items"
# role = "nobody"
# ///
"""
SCOPES: Final = """# /// sandbox
# [requestedScopes]
# log = {}
# request = { methods = ["GET"], urls = ["nonsense"] }
# ///
"""
JSON: Final = """// /// sandbox
// {
//   "permissions": [
//     {"permission": "read-items", "role": "reader"},
//     {"permission": "update-items",
//      "role": "nobody"}
//   ]
// }
// ///
"""


@pytest.mark.parametrize(
    ("cell", "place", "line"),
    [
        (INLINE, "permissions[0]", 4),
        (INLINE, "permissions[0].role", 4),
        (INLINE, "permissions[1].allowedUrls[1]", 8),
        (INLINE, "permissions[1].methods[0]", 9),
        (INLINE, "permissions[1].unknown", 6),
        (INLINE, "permissions[7]", 3),
        (INLINE, "permissions", 3),
        (TABLES, "permissions[0].role", 4),
        (TABLES, "permissions[1].role", 7),
        (TABLES, "permissions[1]", 5),
        (SCOPES, "requestedScopes.request.urls[0]", 4),
        (SCOPES, "requestedScopes.log", 3),
        (JSON, "permissions[1].role", 6),
        (JSON, "permissions[1].permission", 5),
        (JSON, "line 5, column 3", 5),
        (INLINE, "nothing", 0),
        (INLINE, "", 0),
        ("1 + 1", "permissions[0]", 0),
    ],
)
def test_a_place_is_found_in_the_cell(cell: str, place: str, line: int) -> None:
    error = ManifestError("wrong", place=place)
    locate(error, cell, LANGUAGES["js" if cell is JSON else "python"])
    assert (error.in_extension.line if error.in_extension else 0) == line


def shown(cell: str) -> str:
    with pytest.raises(ManifestError) as raised:
        Manifest.from_cell(cell)
    return "\n".join(render(raised.value.with_traceback(None)))


def test_an_entry_that_cannot_be_read_is_shown_with_an_arrow() -> None:
    assert shown(TABLES.replace('role = "nobody"', "role = 3")).startswith(
        "In the manifest, line 7\n\n"
        "    5 | # [[permissions]]\n"
        '    6 | # permission = "create-items"\n'
        "--> 7 | # role = 3\n"
        "    8 | # ///\n\n"
        "ManifestError: permissions[1].role: "
    )


def test_what_does_not_parse_is_shown_with_an_arrow() -> None:
    assert "--> 3 | # role =\n" in shown('# /// sandbox\n# permission = "x"\n# role = \n# ///\n')


def test_a_block_without_end_is_shown_with_an_arrow() -> None:
    assert "--> 4 | x = 2\n" in shown("x = 1\n# /// sandbox\n# a = 1\nx = 2\n")


def test_a_role_that_the_store_does_not_have_is_shown_with_an_arrow(box: Sandbox) -> None:
    with pytest.raises(ManifestError) as raised:
        box.load(TABLES, name="hello")
    assert '--> 7 | # role = "nobody"\n' in "\n".join(render(raised.value))


def test_an_error_of_a_manifest_that_is_no_part_of_a_cell_has_no_excerpt() -> None:
    with pytest.raises(ManifestError) as raised:
        Manifest.read({"permissions": [{"permission": "read-items", "role": 3}]})
    assert render(raised.value.with_traceback(None))[0].startswith("ManifestError: ")


@pytest.mark.parametrize(
    "place", ["[" * 10_000, "a." * 10_000, "permissions[999999]", "line 999999999", "[].[]..", "x" * 10**5]
)
@pytest.mark.parametrize(
    "cell",
    [INLINE, "# /// sandbox\n" + "# [{" * 5_000 + "\n# ///\n", "# /// sandbox\n# " + '"' * 20_001 + "\n# ///\n"],
    ids=["plain", "brackets", "quotes"],
)
def test_whatever_the_place_and_the_manifest_are_nothing_else_is_raised(cell: str, place: str) -> None:
    error = ManifestError("wrong", place=place)
    locate(error, cell, LANGUAGES["python"])
    assert render(error)
