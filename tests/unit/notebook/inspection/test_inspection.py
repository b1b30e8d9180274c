"""Shift+Tab: on everything in a cell and on our lines, in the cell's own language; nobody else answers there."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from IPython.core.interactiveshell import InteractiveShell
from scopebox import IsolatePool, Sandbox, Store
from scopebox.languages import LANGUAGES
from scopebox.notebook.completion.language import Language
from scopebox.notebook.inspection.inspection import Inspection
from scopebox.notebook.inspection.places import MAX_CELL_CHARACTERS
from scopebox.notebook.session import Session
from scopebox.notebook.verb_table import VERBS
from scopebox.vocabulary import EXECUTION_TYPES, ITEM_EVENTS, MANIFEST_KEYS, PERMISSION_KEYS, QUERY_KEYS, SCOPE_KEYS

from tests.growth import grows_with

CURSOR = "|"
NAMES = Language(builtins=frozenset({"len", "filter"}))


def session(box: Sandbox | None = None) -> Session:
    """What help has to know of a session."""
    return cast(
        "Session",
        SimpleNamespace(
            magics_config=SimpleNamespace(lang="python"),
            ready_box=box,
            language=NAMES,
            shell=SimpleNamespace(user_ns={"sum": sum}, user_ns_hidden={}),
        ),
    )


SESSION = session()


@pytest.fixture(scope="module")
def box(sandbox_pool: IsolatePool) -> Iterator[Sandbox]:
    with Sandbox(Store.sample("blog"), pool=sandbox_pool) as made:
        made.secrets["API_TOKEN"] = "not-to-be-shown"
        yield made


def at(cell: str, known: Session = SESSION) -> str:
    """The page for the cursor of a whole cell, as text."""
    before, _, after = cell.partition(CURSOR)
    page = Inspection(known).at(before + after, len(before)).page
    return "" if page is None else page.plain()


def helped(text: str, language: str = "js", box: Sandbox | None = None) -> str:
    return at(f"%%sandbox x --lang {language}\n{text}", session(box))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("await ex|ec('read-items', 'articles')", "await exec('read-items', collection, { query })"),
        ("await |exec('log', 'x')", "await exec('log', message)"),
        ("await exec('up|date-items')", "await exec('update-items', collection, { query, data })"),
        ("await exec('request', |", "await exec('request', url, { method, headers, body, output })"),
        ("await exec(`register-filter`, { event: |", "await exec('register-filter', { event, handler })"),
        ("await exec(|", "await exec(type, …)"),
        ("await exec('no|", "await exec(type, …)"),
        ("f = ex|ec", "await exec(type, …)"),
        ("await exec('log'|)", "await exec('log', message)"),
        ("import { lo|g } from 'directus:api';", "log(message)"),
        ("lo|g('x')", "log(message)"),
        ("await sleep(|", "await sleep(milliseconds)"),
        ("await request('https://a.test', { |", "await request(url, { method, headers, body })"),
        ("export default (rou|ter) => {", "router.get(path, handler)"),
        ("export def|ault (router) => {", "export default"),
        ("router.po|st('/')", "router.get(path, handler)"),
        ("router.get('/', |", "router.get(path, handler)"),
        ("filter('items.create', |", "filter(event, handler)"),
        ("act|ion('items.create')", "action(event, handler)"),
        ("action('articles.items.cre|ate')", "articles.items.create"),
        ("await exec('read-items', 'articles', { que|ry: {} })", "await exec('read-items', collection, { query })"),
        ("await exec('read-items', 'articles', { query: { so|rt: 'id' } })", "sort"),
        ("await exec('read-items', 'articles', { query: { filter: { _a|nd: [] } } })", "_and"),
        ("await exec('read-items', 'articles', { query: { filter: { title: { _starts|_with: 'A' } } } })", "_starts_with"),
        ("await exec('read-items', 'articles', { query: { aggregate: { countD|istinct: 'id' } } })", "countDistinct"),
        ("await exec('read-items', 'articles', { query: { fields: ['|*'] } })", "*"),
        ("await exec('request', 'https://a.test', { headers: { a: 'Bearer {{secret.API|_TOKEN}}' } })", "{{secret.API_TOKEN}}"),
    ],
)  # fmt: skip
def test_the_signature_is_that_of_javascript(text: str, first: str) -> None:
    for language in ("js", "ts"):
        assert helped(text, language).split("\n")[0] == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ('await ex|ec("read-items", "articles")', 'await exec("read-items", collection, {"query"})'),
        ("from directus.api import lo|g", "log(message)"),
        ("await request(|", 'await request(url, {"method", "headers", "body"})'),
        ("def default(rou|ter):", "router.get(path, handler)"),
        ("def def|ault(router):", "default"),
        ("router.get('/', |", "router.get(path, handler)"),
        ("await gath|er(exec('log', 'x'))", "await gather(*calls)"),
        ("pri|nt('x')", 'print(*objects, sep=" ", end="\\n", flush=False)'),
        ('await exec("read-items", "articles", {"que|ry": {}})', 'await exec("read-items", collection, {"query"})'),
        ('await exec("read-items", "articles", {"query": {"so|rt": ["id"]}})', "sort"),
        ('await exec("read-items", "articles", {"query": {"filter": {"title": {"_e|q": 1}}}})', "_eq"),
        ('await exec("register-filter", {"event": "items.cre|ate"})', "items.create"),
    ],
)
def test_in_python_it_is_that_of_python(text: str, first: str) -> None:
    assert helped(text, "python").split("\n")[0] == first


@pytest.mark.parametrize("language", ["python", "js", "ts"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exec('read-items', 'artic|les')", ("articles", "Collection: 60 items.", "title", "string", "may", "admin")),
        ("exec('read-items', 'articles', {'query': {'fields': ['tit|le']}})", ("articles.title: string", "required", "read", "editor")),
        ("exec('read-items', 'articles', {'query': {'fields': ['aut|hor.name']}})", ("articles.author: ", "→ authors")),
        ("exec('read-items', 'articles', {'query': {'fields': ['author.na|me']}})", ("authors.name: string",)),
        ("exec('read-items', 'articles', {'query': {'sort': ['-pri|ce']}})", ("articles.price: decimal",)),
        ("exec('read-items', 'articles', {'query': {'filter': {'author': {'coun|try': {}}}}})", ("authors.country: string",)),
        ("exec('create-items', 'articles', {'data': {'tit|le': 'x'}})", ("articles.title: string", "create")),
        ("exec('request', 'https://a.test', {'headers': {'a': '{{secret.API_TO|KEN}}'}})", ("{{secret.API_TOKEN}}", "It is set.")),
    ],
)  # fmt: skip
def test_what_the_store_holds_is_explained(box: Sandbox, text: str, expected: tuple[str, ...], language: str) -> None:
    found = helped(text, language, box)
    assert [words for words in expected if words not in found] == []
    assert "not-to-be-shown" not in found


@pytest.mark.parametrize(
    "text",
    [
        "rows.fil|ter(row => row)",
        "request|.body",
        "const log| = 1",
        "x|",
        "JSON.parse(|",
        "",
        "// exec(|",
        "`exec(|",
        "(|",
    ],
)
def test_what_only_has_such_a_name_has_no_page(text: str) -> None:
    assert helped(text) == ""


@pytest.mark.parametrize("name", EXECUTION_TYPES)
def test_every_execution_type_has_an_example_in_every_language(name: str) -> None:
    assert f"await exec('{name}', " in helped(f"exec('{name}|")
    assert f'await exec("{name}", ' in helped(f'exec("{name}|', "python")


@pytest.mark.parametrize("name", QUERY_KEYS)
def test_every_key_of_a_query_is_explained(name: str) -> None:
    assert QUERY_KEYS[name] in helped(f"exec('read-items', 'a', {{'query': {{'{name}|': 1}}}})", "python")


@pytest.mark.parametrize("event", ITEM_EVENTS)
def test_every_event_is_explained_alone_and_for_a_collection(event: str) -> None:
    assert ITEM_EVENTS[event] in helped(f"filter('{event}|')")
    assert "Only for items of pages." in helped(f"filter('pages.{event}|')")


MANIFEST = "# /// sandbox\n# {}\n# ///\n"


@pytest.mark.parametrize("language", ["python", "js", "ts"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((f"{key}| = 1", meaning) for key, meaning in MANIFEST_KEYS.items()),
        *((f"permissions = [{{ {key}| = 1 }}]", meaning) for key, meaning in PERMISSION_KEYS.items()),
        *((f"{{ permissions: [{{ '{key}|': 1 }}] }}", meaning) for key, meaning in PERMISSION_KEYS.items()),
        *((f"requestedScopes = {{ request = {{ {key}| = 1 }} }}", meaning) for key, meaning in SCOPE_KEYS.items()),
        ("[[permissions]]\n# ro|le = 'x'", PERMISSION_KEYS["role"]),
        ("[requestedScopes]\n# lo|g = {}", "log(message)"),
        ("[requestedSco|pes]", MANIFEST_KEYS["requestedScopes"]),
        ("permissions = [{ permission = 'read-it|ems' }]", "read-items"),
        ("permissions = [{ permission = 'request', methods = ['G|ET'] }]", PERMISSION_KEYS["methods"]),
        ("permissions = [{ allowedUrls = ['https://a.t|est/?x=1'] }]", PERMISSION_KEYS["allowedUrls"]),
        ("permissions = [{ permission = 'read-items', role = 'edi|tor' }]", "editor, by editor"),
        ("type = 'end|point'", "router"),
        ("{ type: 'end|point' }", "router"),
    ],
)
def test_the_manifest_is_explained(box: Sandbox, text: str, expected: str, language: str) -> None:
    assert expected in helped(MANIFEST.format(text), language, box)


@pytest.mark.parametrize(
    ("entry", "options", "state"),
    [
        ('permission = "request", allowedUrls = ["https://a.test"]', "", "required, granted by running it"),
        ('permission = "request", allowedUrls = ["https://a.test"], optional = true', "", "optional, not decided"),
        ('permission = "request", allowedUrls = ["https://a.test"], optional = true', "--grant request", "optional, granted"),
        ('permission = "request", allowedUrls = ["https://a.test"], optional = true', "--deny request", "optional, denied"),
        ('permission = "read-items", role = "reader"', "", "not asked for"),
        ('permission = "no-such-type"', "", 'there is no permission "no-such-type"'),
    ],
)  # fmt: skip
def test_it_says_what_the_manifest_of_the_cell_comes_to(box: Sandbox, entry: str, options: str, state: str) -> None:
    cell = f"%%sandbox x {options}\n# /// sandbox\n# permissions = [{{ {entry} }}]\n# ///\nawait exec('requ|est')"
    assert state in at(cell, session(box))


def test_what_was_decided_is_said_until_the_entry_changes(box: Sandbox) -> None:
    cell = (
        "%%sandbox decided\n# /// sandbox\n# permissions = [{ permission = 'request', allowedUrls = ['https://a.test'], "
        "optional = true }]\n# ///\nawait exec('requ|est', 'https://a.test')"
    )
    asked = session(box)
    assert "%sandbox grant decided request grants it." in at(cell, asked)
    box.load(cell.replace(CURSOR, "").partition("\n")[2].rpartition("\n")[0], name="decided").grants.deny("request")
    assert "Here: optional, denied." in at(cell, asked)
    box.extensions["decided"].grants.grant("request")
    assert "Here: optional, granted." in at(cell, asked)
    assert "optional, not decided" in at(cell.replace("a.test'],", "b.test'],"), asked)


def test_what_is_not_asked_for_comes_with_the_entry_and_the_weakest_role_that_is_enough(box: Sandbox) -> None:
    found = at("%%sandbox x\nawait ex|ec('read-items', 'articles')", session(box))
    assert '{ permission = "read-items", role = "reader" }' in found
    assert 'role = "…"' in at("%%sandbox x\nawait exec('read-it|ems')", session(box))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%%sand|box x", "Run the cell as an extension"),
        ("%%sandbox x --la|ng js", "What the cell is written in"),
        ("%%sandbox x --lang j|s", "One of python, js and ts."),
        ("%%sandbox x --grant requ|est", "await exec"),
        ("%%sandbox x --type end|point", "router"),
        ("%sand|box list", "Everyday:"),
        ("%sandbox li|st", "what is loaded and registered"),
        ("box = %sandbox li|st", "what is loaded and registered"),
        ("x = 1\n%sandbox requ|est GET /", "send a request"),
        ("%sandbox request GET /items/artic|les", "Collection: 60 items."),
        ("%sandbox request GET / --as edit|or", "editor, by editor"),
        ("%sandbox request GET / --a|s editor", "--as ROLE"),
        ("%sandbox emit filter articles.items.cre|ate", "Only for items of articles."),
        ("%sandbox schema arti|cles", "articles"),
        ("%sandbox grant x requ|est", "await exec"),
        ("%sandbox help li|st", "what is loaded and registered"),
        ("%sandbox nonsen|se", "Everyday:"),
        *((f"%sandbox {verb}|", verb) for verb in VERBS),
    ],
)
def test_our_lines_are_explained(box: Sandbox, line: str, expected: str) -> None:
    assert expected in at(line, session(box))
    assert expected in at(f"{line}\n1", session(box))


class Kernel:
    """What is asked for help."""

    def do_inspect(self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()) -> object:
        return {"status": "ok", "found": True, "data": {"text/plain": "of the kernel"}, "metadata": {}}


OF_THE_KERNEL = "of the kernel"


def asked(kernel: Kernel, cell: str, form: str = "text/plain") -> str:
    place = cell.index(CURSOR)
    answer = kernel.do_inspect(cell.replace(CURSOR, "", 1), place, 0, set())
    assert isinstance(answer, dict)
    assert answer["found"] == bool(answer["data"])
    return str(answer["data"].get(form, ""))


def shell_of(kernel: Kernel) -> InteractiveShell:
    return cast("InteractiveShell", SimpleNamespace(kernel=kernel))


def test_the_kernel_answers_for_cells_until_it_is_left() -> None:
    kernel = Kernel()
    given = Inspection(SESSION)
    given.attach(shell_of(kernel))
    given.attach(shell_of(kernel))
    assert "collection, { query })" in asked(kernel, "%%sandbox x --lang js\nawait ex|ec('read-items'")
    assert 'collection, {"query"})' in asked(kernel, "%%sandbox x\nawait ex|ec('read-items'")
    assert asked(kernel, "%%sandbox x\nawait ex|ec('read-items'", "text/markdown").startswith("```python\nawait exec(")
    for other in ("await ex|ec('log')", "%%time\nex|ec('log')", "%sandboxes li|st", "x = '%sandbox' + l|en(y)"):
        assert asked(kernel, other) == OF_THE_KERNEL
    given.detach(shell_of(kernel))
    assert asked(kernel, "%%sandbox x\nawait ex|ec('read-items'") == OF_THE_KERNEL
    assert vars(kernel) == {}
    given.detach(shell_of(kernel))


def test_in_a_cell_only_builtins_that_are_pythons_own_there_are_the_kernels() -> None:
    kernel = Kernel()
    Inspection(SESSION).attach(shell_of(kernel))
    assert asked(kernel, "%%sandbox x\nl|en(rows)") == OF_THE_KERNEL
    for text in ("op|en('x')", "ev|al('1')", "ro|ws", "su|m(rows)", "x.l|en", "# about ex|ec", "'ex|ec'", "x = 'ab|c'"):
        assert asked(kernel, f"%%sandbox x\n{text}") != OF_THE_KERNEL
        assert asked(kernel, f"%%sandbox x --lang js\n{text}") != OF_THE_KERNEL
    assert asked(kernel, "%%sandbox x --lang js\nl|en(rows)") == ""
    assert asked(kernel, f"%%sandbox\nex|ec('log')\n{' ' * MAX_CELL_CHARACTERS}") == ""


def test_whoever_answered_before_answers_again_and_whoever_came_later_stays() -> None:
    kernel = Kernel()

    def first(*_: object) -> object:
        return {"found": True, "data": {"text/plain": "first"}}

    kernel.do_inspect = first  # type: ignore[method-assign, assignment]
    given = Inspection(SESSION)
    given.attach(shell_of(kernel))
    given.detach(shell_of(kernel))
    assert kernel.do_inspect is first
    given.attach(shell_of(kernel))
    ours = kernel.do_inspect

    def later(*args: object) -> object:
        return ours(*args)

    kernel.do_inspect = later  # type: ignore[method-assign, assignment]
    given.detach(shell_of(kernel))
    assert kernel.do_inspect is later
    assert asked(kernel, "%%sandbox x\nex|ec('log')") == "first"


def test_a_shell_without_a_kernel_is_left_alone() -> None:
    shell = cast("InteractiveShell", SimpleNamespace())
    Inspection(SESSION).attach(shell)
    Inspection(SESSION).detach(shell)
    assert vars(shell) == {}


def test_an_error_within_is_no_error_outside_and_never_shows_pythons_exec(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError

    kernel = Kernel()
    given = Inspection(SESSION)
    given.attach(shell_of(kernel))
    monkeypatch.setattr(given, "at", broken)
    assert asked(kernel, "%%sandbox x\nex|ec('log')") == ""
    assert asked(kernel, "ex|ec('log')") == OF_THE_KERNEL


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "atom", ["(", "{a:", "a.", "a-", "`${", "'", "/", "\n", "# /// sandbox\n", "[a]\n", "a=", '"', "{{secret."]
)
def test_help_takes_time_as_the_text_is_long(atom: str, language: str) -> None:
    def at_the_middle(text: str) -> object:
        return Inspection(SESSION).at(f"%%sandbox x --lang {language}\n{text}{text}", 22 + len(text))

    small, large = (atom * (size // len(atom)) for size in (2_000, 8_000))
    assert grows_with(at_the_middle, small, large)
