"""Completion: on the lines of the magics, in the manifest, and inside the cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from scopebox.isolate.pool import IsolatePool
from scopebox.notebook.completion.cursor import place_of
from scopebox.notebook.verb_table import VERBS
from scopebox.store.query.operators import BY_TYPE
from scopebox.store.store import Store

from tests.growth import grows_with, quick
from tests.shells import Notebook, notebook

MANIFEST = "%%sandbox x\n# /// sandbox\n# permissions = [\n"
READ = "%%sandbox x\nawait exec('read-items', 'articles', {'query': {"
CURSOR = "|"


@pytest.fixture(scope="module")
def book(
    tmp_path_factory: pytest.TempPathFactory, sandbox_store: Store, sandbox_pool: IsolatePool
) -> Iterator[Notebook]:
    with notebook(str(tmp_path_factory.mktemp("ipython")), (sandbox_store, sandbox_pool)) as made:
        made.prepare()
        made.fine(
            "%%sandbox directus-extension-all\n# /// sandbox\n# permissions = [\n"
            '#   { permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true },\n'
            '#   { permission = "read-items", role = "reader" },\n# ]\n# ///\n'
            'await exec("register-operation", {"id": "shout", "handler": lambda data: 1})\n'
            'await exec("register-endpoint", {"method": "GET", "path": "/hi", "handler": lambda request: 1})'
        )
        made.names["my_manifest"] = {}
        made.shell.Completer.use_jedi = False  # it takes 20 s to read what it knows, and adds nothing to the magics
        yield made


def offered(book: Notebook, text: str) -> list[str]:
    """What the completer offers at the cursor, as whole words."""
    at = text.index(CURSOR)
    with provisionalcompleter():
        found = list(book.shell.Completer.completions(text.replace(CURSOR, "", 1), at))
    return [completion.text for completion in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%sandbox --gr|", ["--grant"]),
        ("%%sandbox directus|", ["directus-extension-all"]),
        ("%%sandbox x --type |", ["endpoint", "hook", "operation"]),
        ("%%sandbox x --type=h|", ["hook"]),
        ("%%sandbox x --manifest my|", ["my_manifest"]),
        ("%%sandbox x --grant re|", ["read-items", "request"]),
        ("%%sandbox x --quiet --o|", ["--out"]),
        ("%%sandbox x --la|", ["--lang"]),
        ("%%sandbox x --lang |", ["js", "python", "ts"]),
        ("%sandbox ex|", ["export"]),
        ("box = %sandbox li|", ["list"]),
        ("%sandbox schema ar|", ["articles", "articles_labels"]),
        ("%sandbox roles wr|", ["writer"]),
        ("x = 1\n%sandbox unl|", ["unload"]),
        ("%sandbox export d|", ["directus-extension-all"]),
        ("%sandbox grant direc|", ["directus-extension-all"]),
        ("%sandbox grant directus-extension-all r|", ["request"]),
        ("%sandbox run sh|", ["shout"]),
        ("%sandbox request GET /d|", ["/directus-extension-all/hi"]),
        ("%sandbox request GET /items/articles|", ["/items/articles_labels"]),
        ("%sandbox request G|", ["GET"]),
        ("%sandbox emit fi|", ["filter"]),
        ("%sandbox emit filter authors.items.c|", ["authors.items.create"]),
        ("%sandbox emit filter items.create --role e|", ["editor"]),
    ],
)
def test_the_line_of_a_magic_is_completed(book: Notebook, text: str, expected: list[str]) -> None:
    assert offered(book, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%sandbox x\n# /// sandbox\n# perm|", ["permissions"]),
        ('%%sandbox x\n# /// sandbox\n# type = "op|', ["operation"]),
        (f"{MANIFEST}#   {{ perm|", ["permission"]),
        (f'{MANIFEST}#   {{ permission = "read|', ["read-items"]),
        (f'{MANIFEST}#   {{ permission = "read-items", ro|', ["role"]),
        (f'{MANIFEST}#   {{ permission = "read-items", role = "wr|', ["writer"]),
        (f'{MANIFEST}#   {{ permission = "request", methods = ["GET", "PO|', ["POST"]),
        ("%%sandbox x\n# /// sandbox\n# [requestedScopes]\n# sl|", ["sleep"]),
    ],
)  # fmt: skip
def test_the_manifest_is_completed(book: Notebook, text: str, expected: list[str]) -> None:
    assert offered(book, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('%%sandbox x\nawait exec("read|', ["read-items"]),
        ("%%sandbox x\nawait exec('read-items', 'articles_|", ["articles_labels"]),
        ("%%sandbox x\nawait exec('read-items', 'articles', {'qu|", ["query"]),
        (f"{READ}'fi|", ["fields", "filter"]),
        (f"{READ}'filter': {{'titl|", ["title"]),
        (f"{READ}'filter': {{'title': {{'_st|", ["_starts_with"]),
        (f"{READ}'filter': {{'_and': [{{'author': {{'coun|", ["country"]),
        (f"{READ}'filter': {{'author': {{'name': {{'_ico|", ["_icontains"]),
        (f"{READ}'sort': 'title,-pri|", ["-price"]),
        (f"{READ}'sort': ['-pri|", ["-price"]),
        (f"{READ}'fields': ['id', 'author.coun|", ["author.country"]),
        (f"{READ}'aggregate': {{'countD|", ["countDistinct"]),
        ("%%sandbox x\nawait exec('create-items', 'articles', {'data': [{'title': 'x', 'pri|", ["price"]),
        ("%%sandbox x\nawait exec('update-items', 'articles', {'data': {'pri|", ["price"]),
        ("%%sandbox x\nawait exec('request', 'https://a', {'method': 'PA|", ["PATCH"]),
        ("%%sandbox x\nawait exec('register-filter', {'event': 'articles.items.cr|", ["articles.items.create"]),
        ("%%sandbox x\nawait exec('register-endpoint', {'han|", ["handler"]),
        ("%%sandbox x\ndef default(filter, action):\n    @filter('authors.items.u|", ["authors.items.update"]),
        ("%%sandbox x\nfrom directus.api import log, sl|", ["sleep"]),
        ("%%sandbox x\nimport stat|", ["statistics"]),
        ("%%sandbox x\nfrom json import d|", ["dumps"]),
        ("%%sandbox x\nimport math\nmath.sq|", ["sqrt"]),
        ("%%sandbox x\nwords.appe|", ["append"]),
        ("%%sandbox x\nsomewhere = 1\nsome|", ["somewhere"]),
        ("%%sandbox x\nawait ex|", ["exec"]),
    ],
)  # fmt: skip
def test_the_cell_is_completed(book: Notebook, text: str, expected: list[str]) -> None:
    assert offered(book, text) == expected


JS = "%%sandbox x --lang js\n"
READ_JS = f"{JS}await exec('read-items', 'articles', {{ query: {{ "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("await exec('read|", ["read-items"]),
        ('await exec("register-op|', ["register-operation"]),
        ("await exec(`read|", ["read-items"]),
        ("const rows = await exec('read-items', 'articles_|", ["articles_labels"]),
        ("await exec('read-items', 'articles', { qu|", ["query"]),
        ("await exec('read-items', 'articles', { 'qu|", ["query"]),
        ('await exec("read-items", `articles`, { "qu|', ["query"]),
        ("await exec('read-items', 'articles', {\n\tquery: { fi|", ["fields", "filter"]),
        ("await exec('read-items', 'articles', { query: { filter: { titl|", ["title"]),
        ("await exec('read-items', 'articles', { query: { filter: { title: { _st|", ["_starts_with"]),
        ("await exec('read-items', 'articles', { query: { filter: { 'title': { '_st|", ["_starts_with"]),
        ("await exec('read-items', 'articles', { query: { filter: { _and: [{ author: { coun|", ["country"]),
        ("await exec('read-items', 'articles', { query: { limit: 5, sort: '-pri|", ["-price"]),
        ("await exec('read-items', 'articles', { query: { sort: ['id', '-pri|", ["-price"]),
        ("await exec('read-items', 'articles', { query: { fields: ['id', `author.coun|", ["author.country"]),
        ("await exec('read-items', 'articles', { query: { aggregate: { countD|", ["countDistinct"]),
        ("await exec('create-items', 'articles', { data: [{ title: 'x', pri|", ["price"]),
        ("await exec('update-items', 'articles', { query: { filter: {} }, data: { pri|", ["price"]),
        ("await exec('request', 'https://a.test', { method: 'PA|", ["PATCH"]),
        ("await exec('request', url, { out|", ["output"]),
        ("await exec('register-filter', { event: 'articles.items.cr|", ["articles.items.create"]),
        ("await exec('register-action', {\n  han|", ["handler"]),
        ("await exec('register-endpoint', { method: 'POST', pa|", ["path"]),
        ("// it's a comment\n/* it's ` */ const r = /['\"`]/;\nawait exec('read|", ["read-items"]),
        ("const text = `${await exec('read-items', 'articles', { qu|", ["query"]),
        ("await exec('register-filter', { event: 'items.create', handler: async (data) => { await exec('upd|", ["update-items"]),
        ("export default ({ filter }) => {\n  filter('authors.items.u|", ["authors.items.update"]),
        ("export default (router) => {\n  router.pa|", ["patch"]),
        ("import { log, sl|", ["sleep"]),
        ("import { log } from 'dir|", ["directus:api"]),
        ('import "dir|', ["directus:api"]),
        ("console.deb|", ["debug"]),
        ("JSON.str|", ["stringify"]),
        ("const rows = [];\nrows.toSor|", ["toSorted"]),
        ("const somewhere = 1;\nsome|", ["somewhere"]),
        ("await ex|", ["exec", "export"]),
        ("await exec('register-filter', { event: 'x', handler: async (d) => { encodeURI|", ["encodeURIComponent"]),
        ("enco|", ["encodeURIComponent"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["js", "ts"])
def test_a_javascript_cell_is_completed(book: Notebook, text: str, expected: list[str], language: str) -> None:
    assert offered(book, f"%%sandbox x --lang {language}\n{text}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ perm|", ["permission", "permissions"]),
        ("{ 'permissions': [{ perm|", ["permission"]),
        ("permissions: [{ perm|", ["permission"]),
        ("[{ opt|", ["optional"]),
        ("{\n// \tpermission: 'read|", ["read-items"]),
        ("{\n// \tpermission: 'read-items',\n// \trole: 'wr|", ["writer"]),
        ("{ permissions: [{ permission: 'request', methods: ['GET', 'PO|", ["POST"]),
        ("{ type: 'op|", ["operation"]),
        ('"requestedScopes": {\n//   "sl|', ["sleep"]),
        ("{ requestedScopes: { request: { ur|", ["urls"]),
        ('"requestedScopes": { "request": { "methods": ["PA|', ["PATCH"]),
        ("perm|", ["permissions"]),
        ('permissions = [\n//   { permission = "read|', ["read-items"]),
    ],
)  # fmt: skip
def test_a_manifest_is_completed_in_every_language_and_notation(book: Notebook, text: str, expected: list[str]) -> None:
    for lang in ("js", "ts"):
        assert offered(book, f"%%sandbox x --lang {lang}\n// /// sandbox\n// {text}") == expected
    for lang in ("js", "python"):
        behind = text.replace("//", "#")
        assert offered(book, f"%%sandbox x --lang {lang}\n# /// sandbox\n# {behind}") == expected


def test_the_language_of_a_cell_is_that_of_its_line_or_else_of_the_notebook(book: Notebook) -> None:
    text = "\nawait exec('read-items', 'articles', { qu|"
    assert offered(book, f"%%sandbox x --lang=js{text}") == ["query"]
    assert offered(book, f"%%sandbox x{text}") != ["query"]
    book.magics.session.magics_config.lang = "js"
    try:
        assert offered(book, f"%%sandbox x{text}") == ["query"]
        assert offered(book, f"%%sandbox x --no-such-option{text}") == ["query"]
        assert offered(book, f"%%sandbox x --lang python{text}") != ["query"]
    finally:
        book.magics.session.magics_config.lang = "python"


def test_only_what_stands_before_the_cursor_is_replaced(book: Notebook) -> None:
    text = "%%sandbox x\nawait exec('read-items', 'art')"
    with provisionalcompleter():
        found = next(iter(book.shell.Completer.completions(text, len(text) - 2)))
    assert text[found.start : found.end] == "art"


def test_other_cells_are_left_to_ipython(book: Notebook) -> None:
    for text in ("exec('read", "%%sandboxes --gr", "x = '%sandbox '"):
        assert book.magics.completion.complete(text, 0, len(text)) is None
    assert "print" in offered(book, "prin|")


@pytest.mark.parametrize(
    "text",
    [
        "%sandbox run zz|",
        "%sandbox nosuchverb |",
        "%sandbox export zz|",
        "%sandbox request GET /zz|",
        "%sandbox request GET /items/articles/|",
        "%sandbox serve --port |",
        "%sandbox panel p|",
        "%sandbox emit filter x pri|",
        "%sandbox mock GET https://|",
        "%sandbox grant zz|",
        "%%sandbox x --timeout |",
        "%%sandbox x --no-such|",
        "%%sandbox x\nawait exec('read-items', 'zz|",
        "%%sandbox x\nawait exec('log', 'pri|",
        "%%sandbox x\nfrom nowhere import pri|",
        "%%sandbox x\nzzzz|",
        "%%sandbox x\n|",
        "%%sandbox x --lang js\nfrom = {zz|",
        "%%sandbox x\n# /// sandbox\n# permissions = [{ reason = 'pri|",
        "%%sandbox x\nawait exec('request', 'https://a.test', {'headers': {'a': '{{secret.zz|",
    ],
)
def test_where_nothing_fits_nothing_is_offered_by_anybody(
    book: Notebook, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("print.py", "zz.py"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    book.names["pristine"] = len
    assert offered(book, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%sandbox request GET /items/|", {"/items/articles", "/items/comments"}),
        ("%sandbox request GET /|", {"/items/articles", "/directus-extension-all/hi"}),
        ("%sandbox grant |", {"directus-extension-all", "request"}),
        ("%sandbox deny req|", {"request"}),
        ("%sandbox grant directus-extension-all |", {"request"}),
        ("%sandbox run shout |", {"my_manifest"}),
        ("%sandbox secret API|", {"API_TOKEN"}),
        ("%sandbox export directus-extension-all --with req|", {"request"}),
        ("%sandbox help req|", {"request"}),
        ("%sandbox |", set(VERBS)),
    ],
)
def test_what_fits_is_offered_and_nothing_of_python(book: Notebook, text: str, expected: set[str]) -> None:
    book.box.secrets["API_TOKEN"] = "a-long-token"
    found = set(offered(book, text))
    assert expected <= found
    assert not {"print", "exec", "len"} & found


def test_files_and_folders_are_offered_where_one_is_meant(
    book: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "trace 1.jsonl").touch()
    (tmp_path / ".hidden").touch()
    monkeypatch.chdir(tmp_path)
    assert offered(book, "%sandbox reset --project f|") == ["folder/"]
    assert offered(book, "%sandbox mock --from folder/|") == ["folder/trace\\ 1.jsonl"]
    assert offered(book, "%sandbox trace --jsonl nowhere/|") == []


@pytest.mark.parametrize(
    "text",
    [
        "%%sandbox x\nawait exec('request', 'https://a.test', {'headers': {'Authorization': 'Bearer {{secret.|",
        "%%sandbox x --lang js\nawait exec('request', 'https://a.test', { headers: { Authorization: 'Bearer {{secret.A|",
        "%%sandbox x --lang ts\nawait request(`https://a.test`, { headers: { Authorization: `Bearer {{secret.API_|",
    ],
)
def test_names_of_secrets_are_offered_behind_their_opening(book: Notebook, text: str) -> None:
    book.box.secrets["API_TOKEN"] = "a-long-token"
    assert offered(book, text) == ["API_TOKEN}}"]


def test_what_never_loaded_and_what_a_reset_ended_is_not_offered(book: Notebook) -> None:
    asks = "# /// sandbox\n# permissions = [{ permission = 'request', allowedUrls = ['https://a.test'], optional = true }]\n# ///\n"
    assert book.run(f"%%sandbox NoName\n{asks}1").error is not None
    assert book.run(f"%%sandbox failed\n{asks}1 / 0").error is not None
    assert book.run("%%sandbox broken\n1 / 0").error is not None
    assert set(offered(book, "%sandbox grant |")) == {"directus-extension-all", "failed"}
    assert set(offered(book, "%sandbox export |")) & {"NoName", "failed", "broken"} == set()
    for line in ("grant nobody request", "export nobody"):
        said = book.run(f"%sandbox {line}").text
        assert "directus-extension-all" in said
        assert "NoName" not in said
        assert "broken" not in said


@pytest.mark.parametrize(
    "text",
    [
        f"{head}\n{body}"
        for head in ("%%sandbox x", "%%sandbox x --lang js", "%%sandbox x --lang ts")
        for body in ("'\\", ")]}'", "\x00\ud800", "[" * 5000, "`${", "}`", "/*", "// /// sandbox\n// {'\\")
    ],
)
def test_no_text_is_an_error(book: Notebook, text: str) -> None:
    lines = text.split("\n")
    book.magics.completion.complete(text, len(lines) - 1, len(lines[-1]))


def test_an_error_within_is_no_error_outside(book: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> tuple[str, list[str]]:
        raise RuntimeError

    monkeypatch.setattr(book.magics.completion, "complete", broken)
    assert isinstance(offered(book, "%%sandbox x --gr|"), list)


def test_a_place_knows_the_keys_on_the_way() -> None:
    place = place_of("x = f(a, {'b': [1, {'c': {'d")
    assert place.text == "d"
    assert place.path == ("b", "[]", "c", "")
    assert place.call is not None
    assert place.call.callee == "f"


def test_closed_brackets_comments_and_other_texts_do_not_count() -> None:
    place = place_of("f(')]}', g({'a': 1}),  # (((\n '''x''', 'y")
    assert place.text == "y"
    assert place.path == ()
    assert place.call is not None
    assert place.call.texts == [")]}", None, "x"]


def test_the_operators_on_offer_are_those_that_a_type_of_field_takes(book: Notebook) -> None:
    found = {word for word in offered(book, f"{READ}'filter': {{'title': {{'_|") if word.startswith("_")}
    assert found - {"_and", "_or", "_some", "_none"} == frozenset().union(*BY_TYPE.values())


ATOMS = ("a", "1", ".", " ", "a.", "a, ", "a ,", "(", "[", "{", '"', "\\", "=", "#", "\n", "$-", "é", "a =", "import ", "from a import ",
         '{"a":', "%sandbox ", "; %sandbox x", '"""', "a=", "-x ", "\t", "`", "`${", "/", "{a:", "a:", "// ", "'")  # fmt: skip
HEADS = ("", "%%sandbox ", "%%sandbox x\n", "%%sandbox x\nimport ", "%%sandbox x\nfrom a import ", "%%sandbox x\n# /// sandbox\n# ",
         JS, f"{JS}import {{ ", f"{JS}// /// sandbox\n// {{", READ_JS,
         "%sandbox ", "%sandbox request ", '%%sandbox x\nexec("read-items", "a", {"query": {"filter": {"')  # fmt: skip


@pytest.mark.parametrize("atom", ATOMS)
def test_completion_takes_time_as_the_text_is_long(book: Notebook, atom: str) -> None:
    complete = book.magics.completion.complete

    for head in HEADS:
        small, large = (head + atom * (size // len(atom)) for size in (1_000, 4_000))
        assert grows_with(lambda text: complete(text, text.count("\n"), len(text)), small, large), head


@pytest.mark.parametrize("atom", ATOMS)
def test_what_is_too_long_for_completion_has_none(book: Notebook, atom: str) -> None:
    text = "%%sandbox x\n" + atom * (1_000_000 // len(atom))
    complete = book.magics.completion.complete
    assert complete(text, text.count("\n"), 10_000_000) == ("", [])
    assert quick(lambda: complete(text, text.count("\n"), 10_000_000))


def test_files_of_every_language_are_offered(book: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.py", "b.js", "c.mjs", "d.ts", "e.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert offered(book, "%%sandbox --file |") == ["a.py", "b.js", "c.mjs", "d.ts"]
