"""The way out: what an extension becomes, and what cannot leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from scopebox.directus.export.report import ExportReport
from scopebox.errors import ExportError, ExtensionError, ScopeboxError, UnknownNameError
from scopebox.manifest.package_shape import HOST, PACKAGE_KEY
from scopebox.manifest.permission import MAX_URLS
from scopebox.sandbox.sandbox import Sandbox
from scopebox.vocabulary import METHODS

from tests.unit.directus.export import cells

NAME = "directus-extension-x"


def exported(box: Sandbox, folder: Path, source: str, language: str = "js", **options: object) -> ExportReport:
    box.load(source, name=NAME, language=language)
    return box.export(NAME, folder / "out", **options)  # type: ignore[arg-type]


def extension_in(folder: Path) -> dict[str, object]:
    found = json.loads((folder / "package.json").read_text("utf-8"))[PACKAGE_KEY]
    assert isinstance(found, dict)
    return found


def scopes_in(folder: Path) -> dict[str, object]:
    sandbox = extension_in(folder)["sandbox"]
    assert isinstance(sandbox, dict)
    scopes = sandbox["requestedScopes"]
    assert isinstance(scopes, dict)
    return scopes


def test_javascript_in_the_style_of_the_api_leaves_as_it_is(box: Sandbox, tmp_path: Path) -> None:
    exported(box, tmp_path, cells.ENDPOINT)
    out = tmp_path / "out"
    assert (out / "src/index.js").read_text("utf-8") == cells.ENDPOINT.partition("// ///\n")[2]
    built = (out / "dist/index.js").read_text("utf-8")
    assert "var index = (router) => {" in built
    assert built.endswith("\n\nexport { index as default };\n")
    assert extension_in(out)["host"] == HOST
    assert scopes_in(out) == {"log": {}, "request": {"methods": ["GET"], "urls": ["https://api.example.com/*"]}}
    assert sorted(path.name for path in out.iterdir()) == [".gitignore", "LICENSE", "README.md", "dist", "package.json", "src"]  # fmt: skip


def test_typescript_is_source_and_blanked_where_it_is_built(box: Sandbox, tmp_path: Path) -> None:
    exported(box, tmp_path, cells.HOOK, "ts")
    source = (tmp_path / "out/src/index.ts").read_text("utf-8")
    built = (tmp_path / "out/dist/index.js").read_text("utf-8")
    assert "type Title = { title: string };" in source
    assert "payload: Title" in source
    assert "Title =" not in built
    assert "async (payload       ) =>" in built


def test_typescript_that_calls_exec_keeps_its_types_in_its_source(box: Sandbox, tmp_path: Path) -> None:
    report = exported(box, tmp_path, cells.TYPED, "ts")
    assert "leaves as JavaScript" not in report.text()
    source = (tmp_path / "out/src/index.ts").read_text("utf-8")
    built = (tmp_path / "out/dist/index.js").read_text("utf-8")
    above, _, inside = source.partition("const cell = async () => {\n")
    for statement in ("import type { Unknown } from", "declare function helper", "export type Title ="):
        assert statement in above
        assert statement not in inside
    for statement in ("interface Row extends", "type Keys ="):
        assert statement in inside
    assert "declare const exec" not in source  # the shim has one
    assert "const exec = async (type: string, ...args: any[]): Promise<any> => {" in above
    assert (
        "function shown(row: Row, short: boolean): string;\nfunction shown(row: Row, short = false): string {" in inside
    )
    assert source.count("from 'directus:api';") == 2
    for word in ("interface", "Promise<", ": string", "satisfies", "as Keys", "/*:", "/*?:"):
        assert word not in built
    assert built.startswith("import { log, request } from 'directus:api';\n")
    assert extension_in(tmp_path / "out")["source"] == "src/index.ts"


def test_typescript_without_types_leaves_as_javascript(box: Sandbox, tmp_path: Path) -> None:
    report = exported(box, tmp_path, "await exec('register-operation', { id: 'o', handler: (data) => data.a });", "ts")
    assert "It leaves as JavaScript" in report.text()
    assert (tmp_path / "out/src/api.js").exists()


def test_an_operation_has_an_app_half_with_what_its_handler_reads(box: Sandbox, tmp_path: Path) -> None:
    exported(box, tmp_path, cells.OPERATION)
    app = (tmp_path / "out/dist/app.js").read_text("utf-8")
    options = json.loads(app[app.index("options: [") + 9 : app.index("],\n}") + 1])
    assert [(option["field"], option["type"], option.get("schema")) for option in options] == [
        ("text", "string", None),
        ("times", "integer", {"default_value": 2}),
        ("loud", "boolean", {"default_value": True}),
        ("ending", "string", {"default_value": "!"}),
    ]
    assert 'id: "shout"' in app
    assert "import" not in app
    assert (tmp_path / "out/dist/api.js").exists()


def test_a_mixed_cell_becomes_a_folder_of_each_type(box: Sandbox, tmp_path: Path) -> None:
    report = exported(box, tmp_path, cells.MIXED)
    out = tmp_path / "out"
    assert [package.name for package in report.packages] == [f"{NAME}-hook", f"{NAME}-endpoint", f"{NAME}-operation"]
    assert [extension_in(out / package.name)["type"] for package in report.packages] == [
        "hook",
        "endpoint",
        "operation",
    ]
    assert 'const baseUrl = "/directus-extension-x-endpoint";' in (out / f"{NAME}-endpoint/dist/index.js").read_text()
    assert "it is split" in report.text()


def test_items_come_over_rest_with_a_token_that_git_ignores(box: Sandbox, tmp_path: Path) -> None:
    report = exported(box, tmp_path, cells.MIXED, url="https://directus.example.com/")
    endpoint, operation = (tmp_path / "out" / f"{NAME}-{kind}" for kind in ("endpoint", "operation"))
    assert "src/config.js" in (endpoint / ".gitignore").read_text().split()
    assert (endpoint / "src/config.js").read_text() == (endpoint / "src/config.example.js").read_text()
    assert 'url: "https://directus.example.com/"' in (endpoint / "dist/index.js").read_text()
    assert scopes_in(endpoint) == {
        "log": {},
        "request": {"methods": ["GET", "POST"], "urls": ["https://directus.example.com/items/*"]},
    }
    assert not (operation / "src/config.js").exists()
    app = (operation / "dist/app.js").read_text()
    assert '"directus_token"' in app
    assert '"masked": true' in app
    assert '"title"' in app
    assert '"text"' in app
    assert "IMPORT_IP_DENY_LIST" in report.text()
    assert "Whoever reads the built package reads the token" in report.text()


def test_the_url_of_the_items_comes_on_top_of_as_many_as_a_manifest_may_have(box: Sandbox, tmp_path: Path) -> None:
    urls = [f"https://{number}.a.test/" for number in range(MAX_URLS)]
    listed = json.dumps(urls).replace(", ", ",\n// ")
    source = cells.MIXED.replace('["https://api.example.com/*"], optional = true', listed)
    exported(box, tmp_path, source, url="https://directus.example.com/")
    scopes = scopes_in(tmp_path / "out" / f"{NAME}-endpoint")
    assert scopes["request"] == {"methods": list(METHODS), "urls": [*urls, "https://directus.example.com/items/*"]}


def test_what_does_not_carry_over_is_named_with_its_line(box: Sandbox, tmp_path: Path) -> None:
    report = exported(box, tmp_path, cells.MIXED)
    lost = [loss.text for loss in report.lost]
    assert "line 9: console goes to the notebook alone: a Directus loses it, use log." in lost
    assert "line 16: Nobody is named there: accountability is always null." in lost
    assert any("request is optional here and left out there" in text for text in lost)
    assert any("Roles are those of one token there" in text for text in lost)
    assert "never used: create-items" in report.least.text()


def test_an_optional_permission_is_asked_for_with_with(box: Sandbox, tmp_path: Path) -> None:
    report = exported(box, tmp_path, cells.MIXED, permissions=["request"])
    assert "https://api.example.com/*" in json.dumps(scopes_in(tmp_path / "out" / f"{NAME}-hook"))
    assert "request is optional here and required there" in report.text()
    with pytest.raises(ExportError, match="no optional permission"):
        box.export(NAME, tmp_path / "other", permissions=["read-items"])


def test_python_leaves_as_a_stub_and_the_report_says_so_first(box: Sandbox, tmp_path: Path) -> None:
    report = exported(box, tmp_path, cells.PYTHON, "python")
    assert report.text().startswith("! The code is Python here")
    source = (tmp_path / "out/src/index.js").read_text("utf-8")
    assert "// import hashlib\n" in source
    assert '//     return {"status": 200, "body": "*/ </script>"}' in source
    assert "status: 501" in (tmp_path / "out/dist/index.js").read_text()
    assert scopes_in(tmp_path / "out") == {"log": {}}
    assert "line 4: hashlib has no counterpart in a Directus isolate." in report.text()


TWO_TYPES = """\
export default (router) => { router.get('/', () => ({ status: 200 })); };
exec('register-operation', { id: 'o', handler: () => 1 });
"""


def test_what_is_imported_needs_its_scope_where_the_manifest_has_it_built_in(box: Sandbox, tmp_path: Path) -> None:
    source = "import { log } from 'directus:api';\nexport default (router) => { router.get('/', () => { log('x'); return { status: 200 }; }); };"
    box.load(source, name=NAME, language="js", type="endpoint")
    box.export(NAME, tmp_path / "out")
    assert scopes_in(tmp_path / "out") == {"log": {}}


def test_a_default_export_that_calls_exec_stays_a_module(box: Sandbox, tmp_path: Path) -> None:
    source = (
        '// /// sandbox\n// permissions = [{ permission = "read-items", role = "editor" }]\n// ///\n'
        "import { log as say } from 'directus:api';\n"
        "export default (router) => { router.get('/', async () => { say('x'); return { status: 200, body: await exec('read-items', 'articles') }; }); };"
    )
    box.load(source, name=NAME, language="js", type="endpoint")
    box.export(NAME, tmp_path / "out")
    built = (tmp_path / "out/dist/index.js").read_text("utf-8")
    assert built.startswith("import { log, request } from 'directus:api';\n")
    assert "const say = log;" in built
    assert built.count("import") == 1
    assert built.endswith("export { index as default };\n")


def test_handlers_under_scopes_get_one_argument_there_as_here(box: Sandbox, tmp_path: Path) -> None:
    source = (
        "// /// sandbox\n// requestedScopes = {}\n// ///\n"
        "await exec('register-endpoint', { path: '/', method: 'GET', handler: ({ body }) => ({ status: 200, body }) });"
    )
    exported(box, tmp_path, source)
    assert "(path, handler);" in (tmp_path / "out/dist/index.js").read_text("utf-8")


def test_variables_of_the_notebook_are_named(box: Sandbox, tmp_path: Path) -> None:
    source = "await exec('register-operation', { id: 'o', handler: () => limit });"
    box.load(source, name=NAME, language="js", inputs={"limit": 3})
    report = box.export(NAME, tmp_path / "out")
    assert "limit was given to the cell with --input" in report.text()


@pytest.mark.parametrize(("source", "said"), [("exec('log', 'x')", "registers nothing"), (TWO_TYPES, "of one type")], ids=["nothing", "two"])  # fmt: skip
def test_what_a_directus_would_not_load_is_refused(box: Sandbox, tmp_path: Path, source: str, said: str) -> None:
    box.load(source, name=NAME, language="js", type="endpoint" if "router" in source else None)
    with pytest.raises(ExportError, match=said):
        box.export(NAME, tmp_path / "out")
    assert not list(tmp_path.iterdir())


FAILED = "await exec('register-operation', { id: 'o', handler: () => 1 }); null.x;"
ENDLESS = "await exec('register-operation', { id: 'o', handler: () => { while (true) {} } });"


def test_nothing_is_exported_of_a_cell_that_failed(box: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(ExtensionError, match="null"):
        box.load(FAILED, name=NAME, language="js")
    with pytest.raises(UnknownNameError, match=NAME):
        box.export(NAME, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_nothing_is_exported_whose_isolate_has_ended(box: Sandbox, tmp_path: Path) -> None:
    extension = box.load(ENDLESS, name=NAME, language="js", wall=1.0)
    with pytest.raises(ScopeboxError):
        box.run_operation("o", {})
    assert not extension.alive
    with pytest.raises(ExportError, match=f"{NAME} has ended, and its hooks are gone: ") as raised:
        box.export(NAME, tmp_path / "out")
    assert raised.value.hint == "Run its cell again, then export it."
    assert not list(tmp_path.iterdir())


def test_nothing_is_exported_that_is_not_loaded_or_has_ended(box: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        box.export("directus-extension-never", tmp_path / "out")
    extension = box.load(cells.ENDPOINT, name=NAME, language="js")
    assert extension.isolate is not None
    extension.unload()
    with pytest.raises(UnknownNameError):
        box.export(NAME, tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("event", "collection", "refused"),
    [("articles.items.create", "articles", True), ("items.update", "articles", True), ("articles.items.create", "labels", False)],
)  # fmt: skip
def test_a_hook_that_writes_to_what_it_listens_to_is_refused(
    box: Sandbox, tmp_path: Path, event: str, collection: str, refused: bool
) -> None:
    source = (
        '// /// sandbox\n// permissions = [{ permission = "update-items", role = "editor" }]\n// ///\n'
        f"exec('register-action', {{ event: '{event}', handler: async () => {{\n"
        f"\tawait exec('update-items', '{collection}', {{ data: {{}}, query: {{ limit: 1 }} }});\n}} }});"
    )
    box.load(source, name=NAME, language="js")
    if refused:
        with pytest.raises(ExportError, match=r"line 5: the hook on .* without end") as raised:
            box.export(NAME, tmp_path / "out")
        assert "--allow-recursion" in raised.value.hint
        assert not list(tmp_path.iterdir())
    box.export(NAME, tmp_path / "out", allow_recursion=refused)


WICKED: Final = "'\"`${x}*/</script><img src=x>[a](b)"


def test_foreign_text_is_text_in_all_that_is_written(box: Sandbox, tmp_path: Path) -> None:
    source = (
        f"// /// sandbox\n// permissions = [{{ permission = 'request', allowedUrls = ['https://a.test/*'], reason = {json.dumps(WICKED)} }}]\n// ///\n"
        "await exec('register-operation', { id: 'o', handler: (data) => data['a\"b'] + data['<img>'] + data.c });\n"
    )
    exported(box, tmp_path, source)
    readme = (tmp_path / "out/README.md").read_text("utf-8")
    assert "<" not in readme
    assert r"\[a\]\(b\)" in readme
    app = (tmp_path / "out/dist/app.js").read_text("utf-8")
    assert '"field": "c"' in app
    assert "<img>" not in app


def test_python_ends_no_comment_of_its_stub(box: Sandbox, tmp_path: Path) -> None:
    lines = f"text = {WICKED!r}  # a\u2028b\x0bc */\n" + cells.PYTHON
    exported(box, tmp_path, lines, "python")
    source = (tmp_path / "out/src/index.js").read_text("utf-8")
    code = source.rpartition("export default ")[2].partition("\n}")[2]
    assert all(line.startswith("//") for line in code.replace("\u2028", "\n").splitlines() if line.strip(" ;"))
