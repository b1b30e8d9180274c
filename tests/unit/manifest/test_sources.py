from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import ManifestError
from scopebox.languages import LANGUAGES, Language
from scopebox.manifest.bounds import MAX_MANIFEST_BYTES
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.sources import cell_block, load

if TYPE_CHECKING:
    from pathlib import Path


def error_of(text: object) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        load(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"permission": "request", "allowedUrls": [NaN],}] // x', "NaN is not JSON"),
        ('{"permissions": [],,}', "the JSON does not parse"),
        ('{"permissions": []} // x', "the JSON does not parse"),
        ('[{"permission": "log", "permission": "request"}]', 'the key "permission" is there twice'),
        ("[" * 100_000, "too deep"),
        ('{"a": ' * 5_000, "too deep"),
        ('{"a": ' + "1" * 5_000 + "}", "a number that is too long"),
        ("!!python/object/apply:os.system ['true']", "neither a file nor a manifest"),
        ("__import__('os').system('true')", "neither a file nor a manifest"),
        ("permissions: []\nx: 1", "a comma is missing"),
        ("a = 1\na = 2", "the TOML does not parse"),
        ("a = " + "[" * 50_000, "too deep"),
        ("x = " + '"' + "x" * MAX_MANIFEST_BYTES + '"', "are the limit"),
        ("{" + " " * MAX_MANIFEST_BYTES + "}", "are the limit"),
        ("", "is empty"),
        (" \n ", "is empty"),
        ('{"a": "\ud800"}', "lone surrogates"),
        ("5\n", "the TOML does not parse"),
        ("null\n", "the TOML does not parse"),
        *((f"{scheme}://a.test/x?y=1", "is a URL, and a manifest is") for scheme in ("http", "https", "file", "FTP")),
    ],
)
def test_text_that_is_no_manifest_is_refused_with_a_reason(text: str, message: str) -> None:
    assert message in error_of(text).message


def test_json_names_line_and_column() -> None:
    assert error_of('{\n  "permissions": [\n}').place == "line 3, column 1"


def test_tables_of_toml_are_not_taken_for_json() -> None:
    assert load('[[permissions]]\npermission = "log"').data == {"permissions": [{"permission": "log"}]}
    assert load("[requestedScopes.log]").data == {"requestedScopes": {"log": {}}}


def test_a_list_is_the_permissions_array() -> None:
    assert load('[{"permission": "log"}]').data == load([{"permission": "log"}]).data


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    large, binary = tmp_path / "large.json", tmp_path / "binary.toml"
    large.write_text(" " * (MAX_MANIFEST_BYTES + 1))
    binary.write_bytes(b"\xff\xfe")
    assert "are the limit" in error_of(large).message
    assert "cannot be read" in error_of(binary).message


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "neither a file" in error_of(tmp_path / "pipe").message


def test_a_cell_without_a_block_has_no_manifest() -> None:
    assert cell_block("x = 1\n# a comment\n# /// script\n# dependencies = []\n# ///") is None
    assert Manifest.from_cell("") is None


def test_the_block_of_a_cell_is_read_as_toml() -> None:
    cell = "# first\n\n# /// sandbox\n#\n# permissions = [\n#   { permission = 'log' }, # why\n# ]\n# ///\nx = 1\n"
    plain = cell_block(cell)
    assert plain is not None
    assert plain.data == {"permissions": [{"permission": "log"}]}
    assert cell_block(cell.replace("\n", "\r\n")) == plain


@pytest.mark.parametrize(
    ("cell", "line", "message"),
    [
        ("x = 1\n# /// sandbox\n# permissions = []\n", 4, "is not closed before"),
        ("# /// sandbox\n# permissions = []", 1, "has no end"),
        ("# /// sandbox\npermissions = []\n# ///", 2, "is not closed before"),
        ("# /// sandbox\n#permissions = []\n# ///", 2, "is not closed before"),
        ("# /// sandbox\n# ///\n\n# /// sandbox\n# ///", 4, "a second manifest; the first starts in line 1"),
        ("#/// sandbox\n# ///", 1, "looks like a manifest"),
        ("x = 1\n# // sandbox\n# //", 2, "looks like a manifest"),
        ("# /// Sandbox\n# ///", 1, "looks like a manifest"),
        (" # /// sandbox\n # ///", 1, "looks like a manifest"),
        ("# /// sandbox\n# permissions = [\n#   { permission = }\n# ]\n# ///", 3, "the TOML does not parse"),
        ("\n# /// sandbox\n# a = 1\n# a = 2\n# ///", 4, "the TOML does not parse"),
        ("\n# /// sandbox\n# a = [\n# ///", 3, "the TOML does not parse"),
    ],
)
def test_a_broken_block_is_an_error_with_its_line(cell: str, line: int, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        cell_block(cell)
    assert caught.value.place == f"line {line}"
    assert message in caught.value.message
    assert caught.value.hint


PYTHON, JS, TS = LANGUAGES["python"], LANGUAGES["js"], LANGUAGES["ts"]

# What "execution-types" prints for request and for items, with values in place of the types that stand there, and what "sandbox" prints
# for a package.json and for its scopes, whose last braces it leaves out.
PRINTED = {
    "{\n\tpermission: 'request',\n\toptional: true,\n\tallowedUrls: ['https://example-api.com/*']\n}": {
        "permissions": [
            {"permission": "request", "optional": True, "allowedUrls": ["https://example-api.com/*"]},
        ]
    },
    "{\n\tpermission: 'read-items',\n\toptional: false,\n\trole: 'editor'\n}": {
        "permissions": [{"permission": "read-items", "optional": False, "role": "editor"}]
    },
    """"directus:extension": {
    "type": "endpoint",
    "path": "dist/index.js",
    "source": "src/index.js",
    "host": "^10.7.0",
    "sandbox": {
        "enabled": true,
        "requestedScopes": {}""": {"type": "endpoint", "requestedScopes": {}},
    '"requestedScopes": {\n  "log": {}': {"requestedScopes": {"log": {}}},
    '"requestedScopes": {\n  "sleep": {}': {"requestedScopes": {"sleep": {}}},
    """"requestedScopes": {
  "request": {
    "methods": ["GET", "POST"],
    "urls": ["https://directus.io/*"]""": {
        "requestedScopes": {"request": {"methods": ["GET", "POST"], "urls": ["https://directus.io/*"]}}
    },
}


def block(text: str, language: Language, indent: str = " ") -> str:
    lines = ["/// sandbox", *text.split("\n"), "///"]
    return "\n".join(f"{language.comment}{indent}{line}".rstrip(" ") for line in lines)


@pytest.mark.parametrize("text", PRINTED)
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_what_the_documents_print_is_a_manifest_as_it_stands(text: str, language: Language) -> None:
    plain = cell_block(f"first()\n{block(text, language)}\nlast()", language)
    assert plain is not None
    assert plain.data == PRINTED[text]
    assert load(f"{text}\n").data == PRINTED[text]
    missing = text.count("{") - text.count("}")
    assert any("missing at the end" in note for note in plain.notes) is (missing > 0)


def test_entries_of_the_document_may_follow_each_other() -> None:
    entries = [text for text in PRINTED if text.startswith("{")]
    for between in ("\n", ",\n", "\n\n"):
        manifest = Manifest.from_cell(block(between.join(entries), JS), "js")
        assert manifest is not None
        assert [entry.permission for entry in manifest.permissions] == ["request", "read-items"]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_comma_may_follow_the_last_entry(language: Language) -> None:
    text = "{\n  permissions: [\n    { permission: 'log', },\n  ],\n},"
    plain = cell_block(block(text, language), language)
    assert plain is not None
    assert plain.data == load(text).data == {"permissions": [{"permission": "log"}]}


@pytest.mark.parametrize("line", ["\toptional: boolean,", "\trole: string", "\tallowedUrls: string[]"])
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_type_that_the_document_prints_is_refused_at_its_line(line: str, language: Language) -> None:
    shape = "\n" + block(f"{{\n\tpermission: 'log',\n{line}\n}}", language)
    with pytest.raises(ManifestError) as caught:
        cell_block(shape, language)
    assert caught.value.place is not None
    assert caught.value.place.startswith("line 5, column ")
    assert caught.value.hint


@pytest.mark.parametrize("text", ["permissions = [{ permission = 'log' }]", "[requestedScopes]\nlog = {} # why", ""])
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_block_is_toml_in_every_language_unless_it_begins_as_json(text: str, language: Language) -> None:
    assert cell_block(block(text, language), language) == cell_block(block(text, PYTHON))


@pytest.mark.parametrize("style", [[{"permission": "log"}], {"requestedScopes": {"log": {}}, "type": "hook"}])
def test_a_manifest_that_is_written_for_a_language_is_read_in_it(style: object) -> None:
    manifest = Manifest.read(style)
    for language in LANGUAGES.values():
        assert Manifest.from_cell(f"x\n{manifest.toml(language.name)}\ny", language.name) == manifest
        assert Manifest.read(manifest.toml(language.name)) == manifest


@pytest.mark.parametrize(
    ("line", "language", "hint"),
    [
        ("#/// sandbox", JS, "Write: // /// sandbox"),
        ("# // sandbox", TS, "Write: // /// sandbox"),
        ("// /// sandbox", PYTHON, "If the cell is JavaScript, add --lang js"),
        ("/// sandbox", PYTHON, "add --lang js"),
        ("/// sandbox", JS, "Write: // /// sandbox"),
        ("//// sandbox", JS, "Write: // /// sandbox"),
        ("  // /// sandbox", TS, "Write: // /// sandbox"),
        ("// /// Sandbox", JS, "Write: // /// sandbox"),
        ("/* /// sandbox", JS, "Write: // /// sandbox"),
    ],
)
def test_a_block_behind_other_signs_is_never_overlooked(line: str, language: Language, hint: str) -> None:
    sign = line.split(maxsplit=1)[0]
    with pytest.raises(ManifestError) as caught:
        cell_block(f"\nx\n{line}\n{sign} {{ permission: 'log' }}\n{sign} ///", language)
    assert caught.value.place == "line 3"
    assert hint in caught.value.hint


@pytest.mark.parametrize("language", [JS, TS])
def test_a_block_that_jupyterlab_made_a_comment_is_a_manifest_in_javascript(language: Language) -> None:
    for text in ("{ permission: 'log' }", "permissions = [{ permission = 'log' }]"):
        assert cell_block(f"x\n{block(text, PYTHON)}\nfirst()", language) == cell_block(block(text, PYTHON))
    with pytest.raises(ManifestError) as caught:
        cell_block("# /// sandbox\n# { permission: log }\n# ///", language)
    assert caught.value.place == "line 2, column 17"
    with pytest.raises(ManifestError) as caught:
        cell_block("# /// sandbox\n// {}\n# ///", language)
    assert caught.value.place == "line 2"


@pytest.mark.parametrize(
    "line", ["// sandbox", "//sandbox", "// /// script", '/// <reference types="sandbox" />', "x // sandbox"]
)
def test_a_comment_of_javascript_is_no_manifest(line: str) -> None:
    assert cell_block(f"{line}\n// ///", JS) is None


@pytest.mark.parametrize(
    ("cell", "line", "message"),
    [
        ("// /// sandbox\n// {}", 1, "has no end"),
        ("// /// sandbox\n// {\n# }\n// ///", 3, "is not closed before"),
        ("// /// sandbox\n//{}\n// ///", 2, "is not closed before"),
        ("// /// sandbox\n// {}\n///", 3, "is not closed before"),
        ("// /// sandbox\n// ///\n// /// sandbox\n// ///", 3, "a second manifest"),
        ("x\n// /// sandbox\n//\n// permissions = [\n//   { permission: 'log' }\n// ]\n// ///", 5, "the TOML does not parse"),
    ],
)  # fmt: skip
def test_a_broken_block_in_javascript_is_an_error_with_its_line(cell: str, line: int, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        cell_block(cell, JS)
    assert caught.value.place == f"line {line}"
    assert message in caught.value.message
    assert caught.value.hint


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["permission", "role"]), inner)
    ),
    max_leaves=10,
)


def refusal_of(source: object) -> str:
    try:
        Manifest.read(source)
    except ManifestError as error:
        return error.message
    return ""


@given(st.fixed_dictionaries({"permissions": st.lists(JSON, min_size=1)}) | JSON | st.dictionaries(st.text(), JSON))
def test_whatever_a_manifest_holds_it_is_read_or_refused_in_plain_words(data: object) -> None:
    if not isinstance(data, str):
        assert refusal_of(data).isprintable()


@given(st.text())
def test_whatever_a_text_holds_it_is_read_or_refused(text: str) -> None:
    for source in (
        text,
        f"{text}\n",
        f"{{{text}",
        f"# /// sandbox\n# {text}\n# ///",
        f"// /// sandbox\n// {{{text}\n// ///",
    ):
        refusal_of(source)
