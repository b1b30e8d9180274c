"""What is to be added to a manifest: pasted where it says, the manifest asks for what was wanted."""

from __future__ import annotations

import json

import pytest
from scopebox.languages import LANGUAGES, LanguageName
from scopebox.manifest.additions import addition, key_text
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.permission import Permission

READ = Permission("read-items", role="reader")
REQUEST = Permission("request", allowed_urls=("https://a.test/*",), methods=("GET",))
LOG = Permission("log")


def pasted(text: str, at: str, cell: str, *, instead: bool = False) -> Manifest | None:
    """The manifest of a cell with the lines of an addition behind, or in the place of, the text ``at``."""
    lines = text.partition("\n")[2]
    return Manifest.from_cell(cell.replace(at, lines if instead else f"{at}{lines}", 1))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wanted", [READ, REQUEST], ids=["read", "request"])
def test_where_there_is_no_manifest_it_is_a_whole_one(language: LanguageName, wanted: Permission) -> None:
    code = "await exec('x')"
    told = addition(Manifest(), wanted, LANGUAGES[language], code, style="exec")
    head, _, block = told.partition("\n")
    assert head == "Write this manifest above the code of the cell:"
    assert Manifest.from_cell(f"{block}\n{code}", language) == Manifest("exec", (wanted,))


def test_for_code_of_the_api_it_is_one_of_scopes_with_all_that_the_code_calls() -> None:
    told = addition(Manifest(), REQUEST, LANGUAGES["js"], "", style="api", also=[LOG])
    assert Manifest.from_cell(told.partition("\n")[2], "js") == Manifest("api", (LOG, REQUEST))


def test_an_entry_goes_in_front_of_the_first_one() -> None:
    cell = '# /// sandbox\n# permissions = [\n# { permission = "request", allowedUrls = ["https://a.test/*"], methods = ["GET"] },\n# ]\n# ///'
    manifest = Manifest.from_cell(cell)
    assert manifest is not None
    told = addition(manifest, READ, LANGUAGES["python"], cell, style="exec")
    assert told.startswith("Add to the manifest, in front of the first entry of its permissions:\n")
    assert pasted(told, "# permissions = [\n# ", cell) == Manifest("exec", (READ, REQUEST))


def test_empty_permissions_are_written_anew() -> None:
    cell = "# /// sandbox\n# permissions = []\n# ///"
    manifest = Manifest.from_cell(cell)
    assert manifest is not None
    told = addition(manifest, READ, LANGUAGES["python"], cell, style="exec")
    assert pasted(told, "permissions = []", cell, instead=True) == Manifest("exec", (READ,))


def test_in_json_it_is_json() -> None:
    text = '{"permissions": [{"permission": "request", "allowedUrls": ["https://a.test/*"], "methods": ["GET"]}]}'
    told = addition(Manifest.read(text), READ, LANGUAGES["python"], "", style="exec").partition("\n")[2]
    assert Manifest.read(text.replace("[{", f"[{told}{{", 1)) == Manifest("exec", (READ, REQUEST))
    empty = addition(Manifest.read('{"permissions": []}'), READ, LANGUAGES["python"], "", style="exec")
    assert json.loads(f"{{{empty.partition(chr(10))[2]}}}")["permissions"][0]["role"] == "reader"


def test_a_scope_stands_below_the_others() -> None:
    cell = "// /// sandbox\n// [requestedScopes]\n// log = {}\n// ///"
    manifest = Manifest.from_cell(cell, "js")
    assert manifest is not None
    told = addition(manifest, REQUEST, LANGUAGES["js"], cell, style="api")
    assert told.startswith("Add to the manifest, below [requestedScopes]:\n// request = ")
    line = told.partition("\n")[2]
    assert Manifest.from_cell(cell.replace("// [requestedScopes]", f"// [requestedScopes]\n{line}"), "js") == Manifest(
        "api", (REQUEST, LOG)
    )


def test_a_scope_of_a_file_has_no_sign_and_in_json_is_a_key() -> None:
    written = Manifest.read("[requestedScopes]\nlog = {}")
    assert addition(written, REQUEST, LANGUAGES["js"], "", style="api").partition("\n")[2].startswith("request = ")
    text = '{"requestedScopes": {"log": {}}}'
    told = addition(Manifest.read(text), REQUEST, LANGUAGES["js"], "", style="api").partition("\n")[2]
    assert Manifest.read(text.replace('{"log"', f'{{{told} "log"')) == Manifest("api", (REQUEST, LOG))


def test_items_are_no_scope_so_the_manifest_becomes_another_and_keeps_its_requests() -> None:
    cell = '# /// sandbox\n# [requestedScopes]\n# log = {}\n# request = { methods = ["GET"], urls = ["https://a.test/*"] }\n# ///'
    manifest = Manifest.from_cell(cell)
    assert manifest is not None
    told = addition(manifest, READ, LANGUAGES["python"], cell, style="api")
    head, _, block = told.partition("\n")
    assert "give no access to items" in head
    assert Manifest.from_cell(block) == Manifest("exec", (REQUEST, READ))


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"permissions": []}', '"methods": ["GET", "POST"]'), ("permissions = []", 'methods = ["GET", "POST"]')],
)
def test_a_key_stands_as_in_the_manifest(text: str, expected: str) -> None:
    assert key_text(Manifest.read(text), "methods", ("GET", "POST")) == expected
