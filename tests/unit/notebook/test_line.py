"""``%sandbox`` and its verbs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from scopebox import Sandbox, current_sandbox
from scopebox.errors import GrantError, ScopeboxError
from scopebox.notebook.arguments import cell_help
from scopebox.notebook.magics import SandboxMagics
from scopebox.notebook.verb_table import VERBS, help_text

from tests.shells import Notebook, shell_of_module

shell = shell_of_module

EXTENSION = """%%sandbox directus-extension-all --quiet
# /// sandbox
# permissions = [
#   { permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true, reason = "for the weather" },
#   { permission = "create-items", role = "writer" },
# ]
# ///
async def strip(payload):
    return {**payload, "title": payload["title"].strip()}
await exec("register-filter", {"event": "articles.items.create", "handler": strip})
async def note(payload, meta, context):
    await exec("log", f"{meta['event']} {context['accountability']}")
await exec("register-action", {"event": "items.create", "handler": note})
async def answer(request):
    return {"status": 200, "body": request["body"] + request["headers"].get("x-mark", "")}
await exec("register-endpoint", {"method": "POST", "path": "/hi", "handler": answer})
async def shout(data):
    return data["text"].upper()
await exec("register-operation", {"id": "shout", "handler": shout})
async def fetch(data):
    return await exec("request", "https://api.example.com/x", {"output": "json"})
await exec("register-operation", {"id": "fetch", "handler": fetch})
"""


@pytest.fixture
def book(shell: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Notebook:
    monkeypatch.chdir(tmp_path)
    shell.fine("%sandbox reset")
    shell.fine(EXTENSION)
    return shell


def test_behind_a_hub_its_address_is_printed_with_what_has_to_be_known(
    book: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", "https://hub.example/user/ada/")
    shown = book.fine("%sandbox serve --port 0")
    found = re.search(r"Serving https://hub\.example/user/ada/proxy/(\d+)\n", shown.text)
    assert found is not None, shown.text
    assert f"On this machine it is http://127.0.0.1:{found[1]}." in shown.text
    assert "access_token" in shown.text
    book.fine("%sandbox serve --stop")


def test_alone_it_shows_the_sandbox_and_returns_it(book: Notebook) -> None:
    shown = book.fine("%sandbox")
    assert isinstance(shown.value, Sandbox)
    assert shown.value is current_sandbox()
    assert "directus-extension-all" in shown.text
    assert "Store: authors, categories, articles" in shown.text


def test_a_listing_has_a_table_for_each_kind_of_registration(book: Notebook) -> None:
    shown = book.fine("%sandbox list")
    for caption in ("Extensions", "Endpoints", "Hooks", "Operations"):
        assert f"<caption>{caption}</caption>" in shown.html
    for name in ("POST /directus-extension-all/hi", "filter articles.items.create", "action items.create", "shout"):
        assert f'<th scope="row" class="sbx-code">{name}</th>' in shown.html
        assert name in shown.text


def test_the_listing_of_one_extension_says_what_it_may_do(book: Notebook) -> None:
    text = book.fine("%sandbox list directus-extension-all").text
    assert "Send any requests to api.example.com" in text
    assert "· optional, not decided" in text
    assert "for the weather" in text
    assert "✓ required, granted by running it" in text


def test_a_grant_acts_on_the_next_call_and_a_denial_too(book: Notebook) -> None:
    book.fine('%sandbox mock GET https://api.example.com/* {"sunny": true}')
    assert "%sandbox grant directus-extension-all request" in book.run("%sandbox run fetch").text
    book.fine("%sandbox grant directus-extension-all request")
    assert '{"sunny": true}' in book.fine("%sandbox run fetch").text
    book.fine("%sandbox deny request")
    assert isinstance(book.run("%sandbox run fetch").error, ScopeboxError)


def test_a_grant_to_a_cell_that_failed_waits_for_its_next_run(book: Notebook) -> None:
    cell = (
        '%%sandbox later\n# /// sandbox\n# permissions = [{ permission = "request", '
        'allowedUrls = ["https://a.example.com/*"], optional = true }]\n# ///\n'
        'await exec("request", "https://a.example.com/")'
    )
    book.fine("%sandbox mock GET https://a.example.com/ answered")
    assert "No permission" in book.run(cell).text
    assert "acts on the next run" in book.fine("%sandbox grant later request").text
    assert book.fine(cell).text.startswith("'answered'\n")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("grant directus-extension-al request", "Did you mean directus-extension-all?"),
        ("grant directus-extension-all", "Name a permission"),
        ("grant directus-extension-all create-items", "is required by the manifest"),
        ("grant directus-extension-all requst", "Did you mean request?"),
    ],
)
def test_a_wrong_grant_says_what_would_be_right(book: Notebook, line: str, hint: str) -> None:
    shown = book.run(f"%sandbox {line}")
    assert isinstance(shown.error, GrantError)
    assert hint in shown.text


def test_a_request_reaches_endpoints_with_body_and_headers(book: Notebook) -> None:
    shown = book.fine("%sandbox request POST /directus-extension-all/hi hello -H 'X-Mark: !'")
    assert shown.text == "200 OK\nhello!\n"
    assert isinstance(shown.value.value, httpx.Response)  # type: ignore[attr-defined]


def test_a_request_reaches_the_items_api(book: Notebook) -> None:
    assert "403 Forbidden" in book.fine("%sandbox request GET /items/articles").text


def test_a_failed_handler_is_shown_with_its_own_line(book: Notebook) -> None:
    book.fine(
        "%%sandbox broken\nasync def answer(request):\n    return {'status': 200, 'body': request.body}\n"
        "await exec('register-endpoint', {'method': 'POST', 'path': '/', 'handler': answer})"
    )
    text = book.fine("%sandbox request POST /broken/ hi").text
    assert "--> 3 |     return {'status': 200, 'body': request.body}" in text
    assert 'write request["body"]' in text


def test_an_operation_gets_json_or_a_variable(book: Notebook) -> None:
    book.names["words"] = {"text": "from a variable"}
    assert '"HELLO"' in book.fine('%sandbox run shout {"text": "hello"}').text
    assert '"FROM A VARIABLE"' in book.fine("%sandbox run shout words").text
    assert "is neither JSON nor a variable" in book.run("%sandbox run shout {oops").text
    deep = book.run(f"%sandbox run shout {'[' * 14_000}").text
    assert "is neither JSON nor a variable: it is nested too deeply" in deep
    assert "422" not in book.run(f"%sandbox request POST /directus-extension-all/hi {'[' * 14_000}").text


def test_an_event_goes_through_the_filters(book: Notebook) -> None:
    shown = book.fine('%sandbox emit filter items.create {"title": "  x "} --collection articles')
    assert shown.value.value == {"title": "x"}  # type: ignore[attr-defined]


def test_an_event_reaches_the_actions_under_a_role(book: Notebook) -> None:
    book.fine('%sandbox emit action items.create {"title": "x"} --role public')
    assert "items.create {'user': None" in book.fine("%sandbox log directus-extension-all").text


def test_mocks_are_listed_and_forgotten(book: Notebook) -> None:
    assert "none, requests go to the network" in book.fine("%sandbox mock").text
    book.fine("%sandbox mock GET https://api.example.com/x text --status 404")
    assert "GET https://api.example.com/x" in book.fine("%sandbox mock").text
    assert "A mock needs a method and a URL" in book.run("%sandbox mock https://api.example.com/x").text
    book.fine("%sandbox mock --clear")
    assert len(book.box.mocks) == 0


def test_log_and_trace_are_shown_exported_and_cleared(book: Notebook) -> None:
    book.fine("%%sandbox logs --quiet\nawait exec('log', 'one')")
    assert "one" in book.fine("%sandbox log logs").text
    assert "log" in book.fine("%sandbox trace --last 1").text
    book.fine("%sandbox trace --jsonl trace.jsonl")
    head, *records = [json.loads(line) for line in Path("trace.jsonl").read_text().splitlines()]
    assert head["scopebox"] == 1
    assert records[-1]["type"] == "log"
    assert "nothing was logged yet" in book.fine("%sandbox log --clear").text


def test_a_call_stands_below_the_call_that_caused_it(book: Notebook) -> None:
    book.fine("%%sandbox writer --quiet\n" + EXTENSION.partition("\n")[2].partition("async def")[0] +
              "await exec('create-items', 'articles', {'data': [{'title': ' x '}]})")  # fmt: skip
    assert "· handler:filter:articles.items.create" in book.fine("%sandbox trace").text


def test_the_schema_is_shown_whole_and_one_collection_at_a_time(book: Notebook) -> None:
    shown = book.fine("%sandbox schema")
    assert "articles.author              authors     authors.articles" in shown.text
    assert "<summary>articles: 18 fields</summary>" in shown.html
    assert shown.value.value == book.box.store.schema  # type: ignore[attr-defined]
    one = book.fine("%sandbox schema articles").text
    assert one.startswith("articles: 60 items\n")
    assert "labels alias ↔ labels, by articles_labels" in " ".join(one.split())
    assert "did you mean articles?" in book.run("%sandbox schema artcles").text


def test_a_collection_whose_name_is_several_words_is_put_in_quotes(book: Notebook) -> None:
    assert 'There is no collection "open hours"' in book.run('%sandbox schema "open hours"').text
    assert '"hours" is one argument too many' in book.run("%sandbox schema open hours").text


def test_the_roles_are_shown_with_their_rules_and_never_with_tokens(book: Notebook) -> None:
    text = book.fine("%sandbox roles").text
    assert "admin: everything" in text
    assert 'status = "published"' in text
    assert not [user.token for user in book.box.store.access.users.values() if user.token and user.token in text]
    assert book.fine("%sandbox roles writer").text.startswith("writer, by writer\n")
    assert "did you mean 'writer'?" in book.run("%sandbox roles writr").text


def test_an_export_is_a_package_json_and_what_a_directus_lacks(book: Notebook) -> None:
    book.fine(
        "%%sandbox hashing\nimport hashlib\nprint(hashlib.sha256(b'x').hexdigest())\n"
        "await exec('register-operation', {'id': 'hash', 'handler': lambda data: 1})"
    )
    text = book.fine("%sandbox export hashing").text
    package = json.loads(text[text.index("{\n") : text.rindex("\n}") + 2])
    assert package["directus:extension"]["type"] == "operation"
    assert package["directus:extension"]["sandbox"]["enabled"] is True
    assert "hashlib has no counterpart in a Directus isolate." in text
    assert "use log." in text
    assert "A Directus 11 runs the directus:api style" in text


def test_an_export_of_several_kinds_says_that_there_it_is_one(book: Notebook) -> None:
    text = book.fine("%sandbox export directus-extension-all").text
    assert "It registers hooks and endpoints and operations" in text
    assert "Items under a role do not exist there" in text


def test_a_suggestion_rests_on_the_runs(book: Notebook) -> None:
    assert "never used: create-items" in book.fine("%sandbox suggest").text


def test_unloading_takes_everything_of_an_extension_away(book: Notebook) -> None:
    book.fine("%sandbox unload directus-extension-all")
    assert book.box.endpoints == ()
    assert "There is no extension" in book.run("%sandbox unload directus-extension-all").text


def test_a_reset_gives_a_new_sandbox(book: Notebook) -> None:
    before = book.box
    book.fine("%sandbox reset")
    assert book.box is not before
    assert dict(book.box.extensions) == {}


@pytest.mark.parametrize(
    "line", ["grant ", "deny d", "export d", "list d", "log d", "unload d", "run s", "request GET /d"]
)
def test_after_a_reset_nothing_that_is_gone_is_offered(book: Notebook, line: str) -> None:
    text = f"%sandbox {line}"

    def offered() -> list[str]:
        found = book.magics.completion.complete(text, 0, len(text))
        assert found is not None
        return found[1]

    assert offered()
    book.fine("%sandbox reset")
    assert offered() == []


def test_serving_gives_a_link_to_what_answers(book: Notebook) -> None:
    shown = book.fine("%sandbox serve")
    url = shown.value.value.url  # type: ignore[attr-defined]
    assert f'<a href="{url}/directus-extension-all/hi"' in shown.html
    assert (
        httpx.post(f"{url}/directus-extension-all/hi", content="over http", trust_env=False, verify=False).text
        == "over http"
    )
    book.fine("%sandbox serve --stop")
    with pytest.raises(httpx.TransportError):
        httpx.get(url, trust_env=False, verify=False)


@pytest.mark.forked("the probes of Linux")
def test_the_doctor_names_every_mechanism(book: Notebook) -> None:
    text = book.fine("%sandbox doctor").text
    assert text.startswith("Isolation: ")
    assert "seccomp" in text
    assert "A guest tried" in text


def test_the_panel_belongs_to_the_sandbox(book: Notebook) -> None:
    assert book.fine("%sandbox panel").value.__class__.__name__ == "Panel"


def test_an_unknown_verb_is_a_usage_error_with_a_close_match(book: Notebook) -> None:
    assert book.run("%sandbox exprt").text == 'UsageError: %sandbox: there is no verb "exprt"; did you mean export?\n'


def test_the_help_names_every_verb_and_every_option(book: Notebook) -> None:
    line = str(SandboxMagics.run_line.__doc__)
    cell = str(SandboxMagics.run_cell.__doc__)
    assert all(verb in line for verb in VERBS)
    options = (
        "manifest",
        "type",
        "grant",
        "deny",
        "timeout",
        "wall",
        "memory",
        "out",
        "input",
        "append",
        "bg",
        "file",
        "quiet",
    )
    assert all(f"--{option}" in cell for option in options)


@pytest.mark.parametrize("line", ["%sandbox --help", "%sandbox -h", "%sandbox help"])
def test_help_prints_what_the_verbs_do(book: Notebook, line: str) -> None:
    assert book.fine(line).text == help_text()
    assert "%%sandbox" not in help_text()


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_is_its_usage_with_examples_that_its_parser_takes(book: Notebook, verb: str) -> None:
    text = book.fine(f"%sandbox {verb} --help").text
    assert text == book.fine(f"%sandbox help {verb}").text
    assert text.startswith(f"%sandbox {verb}")
    assert VERBS[verb].about in text
    assert VERBS[verb].examples
    for example in VERBS[verb].examples:
        assert f"\n  %sandbox {example}\n" in text
        head, _, rest = example.partition(" ")
        assert head in {verb, "request"}
        if "--help" not in rest:
            VERBS[head].parser().read(rest)


def test_help_for_an_unknown_verb_names_what_comes_close(book: Notebook) -> None:
    assert "did you mean request?" in book.run("%sandbox help reqest").text


@pytest.mark.parametrize("cell", ["%%sandbox --help", "%%sandbox x -h\n1", "%sandbox --file x.py --help"])
def test_help_of_the_cell_needs_no_body(book: Notebook, cell: str) -> None:
    assert book.fine(cell).text == cell_help()


def test_a_path_with_json_in_it_arrives_whole(book: Notebook) -> None:
    said = book.fine(
        '%sandbox request GET /items/articles?filter={"id":{"_eq":1}}&fields=id -H "Authorization: Bearer admin-token"'
    )
    assert said.text.startswith("200 OK")


def test_quotes_that_would_be_lost_are_refused_with_the_line_as_it_should_be(book: Notebook) -> None:
    said = book.run('%sandbox request GET /items/articles?search="x y"')
    assert "%sandbox request GET '/items/articles?search=\"x y\"'" in said.text
