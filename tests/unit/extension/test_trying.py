"""The line by which what was registered can be tried."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from scopebox.extension.trying import Trials
from scopebox.sandbox.sandbox import Sandbox

from tests.growth import cost
from tests.shells import Notebook, left_as_it_was, shell_of_module

shell = shell_of_module

NAME: Final = "directus-extension-all"
REGISTERED: Final = {
    "filter articles.items.create": '%sandbox emit filter articles.items.create {"title": "…"}',
    "filter items.create": '%sandbox emit filter items.create {"title": "…"} --collection articles',
    "filter items.update": '%sandbox emit filter items.update {"title": "…"} --collection articles --meta {"keys": [1]}',
    "filter articles.items.delete": '%sandbox emit filter articles.items.delete [1] --meta {"keys": [1]}',
    "filter articles.items.read": '%sandbox emit filter articles.items.read [{"id": 1, "title": "…"}]',
    "filter articles.items.query": '%sandbox emit filter articles.items.query {"limit": 1}',
    "filter *.items.update": '%sandbox emit filter authors.items.update {"name": "…"} --meta {"keys": [1]}',
    "filter **": '%sandbox emit filter items.create {"title": "…"} --collection articles',
    "filter nothing.*": "",
    "action comments.items.create": '%sandbox emit action comments.items.create {"text": "…"} --meta {"key": 1}',
    "action items.delete": '%sandbox emit action items.delete [1] --collection articles --meta {"keys": [1]}',
    "action my.event": "%sandbox emit action my.event {}",
    f"GET /{NAME}/hello": f"%sandbox request GET /{NAME}/hello",
    f"GET /{NAME}/users/:id": f"%sandbox request GET /{NAME}/users/1",
    f"GET /{NAME}/files/*": f"%sandbox request GET /{NAME}/files/any",
    f"POST /{NAME}/hello": f"%sandbox request POST /{NAME}/hello {{}}",
    f"GET /{NAME}/(a|b)+": "",
    "operation slug": "%sandbox run slug {}",
}


@pytest.mark.parametrize("registered", REGISTERED)
def test_everything_that_is_registered_has_a_line_that_tries_it(box: Sandbox, registered: str) -> None:
    assert Trials(box.store.schema, "payload['title']").line(registered) == REGISTERED[registered]


def call(registered: str) -> str:
    """A call that registers something, whose handler returns what it gets, after it looked for what handlers look for."""
    kind, _, name = registered.partition(" ")
    if kind == "operation":
        return f'await exec("register-operation", {{"id": "{name}", "handler": lambda data: data}})'
    if kind in ("GET", "POST"):
        path = name.removeprefix(f"/{NAME}")
        return (
            f'await exec("register-endpoint", {{"method": "{kind}", "path": "{path}",'
            ' "handler": lambda request: {"status": 200, "body": "seen"}})'
        )
    handler = "collection" if "items" in name else "ordinary"
    return f'await exec("register-{kind}", {{"event": "{name}", "handler": {handler}}})'


@pytest.mark.parametrize("registered", [each for each, line in REGISTERED.items() if line])
def test_every_line_works_as_it_is_printed(shell: Notebook, tmp_path: Path, registered: str) -> None:
    handlers = "# payload['title']\ndef collection(payload, meta, context):\n    print('called for', meta['collection'])\ndef ordinary(payload, meta, context):\n    print('called')\n"
    with left_as_it_was(shell, tmp_path) as book:
        shown = book.fine(f"%%sandbox {NAME}\n{handlers}{call(registered)}")
        assert f"✓ {registered}\n" in shown.text
        (line,) = [line.removeprefix("try: ") for line in shown.text.split("\n") if line.startswith("try: ")]
        assert line == REGISTERED[registered]
        tried = book.fine(line)
        assert tried.text.strip()
        assert "listens to" not in tried.text
        used = ((each.usage for each in found) for found in (book.box.hooks, book.box.endpoints, book.box.operations))
        (usage,) = chain.from_iterable(used)
        assert usage.calls
        assert usage.last_error == ""


def test_what_may_be_of_any_collection_is_tried_with_one_whose_fields_are_named(box: Sandbox) -> None:
    assert "--collection articles" in Trials(box.store.schema, "payload['title']").line("filter items.create")
    assert "--collection authors" in Trials(box.store.schema, "payload").line("filter items.create")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('def shorten(options):\n    return options["text"][:20]', '%sandbox run x {"text": "…"}'),
        ("lambda data: {**data, 'n': data.get('size')}", '%sandbox run x {"size": "…"}'),
        ("(options) => options.text.trim()", '%sandbox run x {"text": "…"}'),
        ("(data) => data.map((n) => n)", "%sandbox run x {}"),
        ("(data) => { const answer = get(data.text); return answer.data.mood; }", '%sandbox run x {"text": "…"}'),
        ("", "%sandbox run x {}"),
        (
            "options.a options.b options.c options.d options.e",
            '%sandbox run x {"a": "…", "b": "…", "c": "…", "d": "…"}',
        ),
    ],
)
def test_an_operation_is_tried_with_the_options_that_it_looks_for(box: Sandbox, source: str, line: str) -> None:
    assert Trials(box.store.schema, source).line("operation x") == line


def test_an_endpoint_is_tried_with_the_body_that_it_looks_for(box: Sandbox) -> None:
    for source in ('request["body"]["name"]', "req.body.name", "request['body'].get('name')"):
        assert (
            Trials(box.store.schema, source).line("POST /hello/greet")
            == '%sandbox request POST /hello/greet {"name": "…"}'
        )


def test_a_long_source_is_looked_through_once_however_much_it_registers(box: Sandbox) -> None:
    source = "options.value data " * 5_000
    registered = [each for at in range(10) for each in (f"operation x{at}", f"POST /hello/{at}", "filter items.create")]

    def lines(count: str) -> list[str]:
        trials = Trials(box.store.schema, source)
        return [trials.line(each) for each in registered[: int(count)]]

    assert cost(lines, "30") < 4 * cost(lines, "3")


def test_a_cell_that_registers_much_shows_the_first_and_how_many_more(shell: Notebook, tmp_path: Path) -> None:
    with left_as_it_was(shell, tmp_path) as book:
        many = "\n".join(call(f"operation number-{n}") for n in range(8))
        shown = book.fine(f"%%sandbox {NAME}\n{many}")
        assert shown.text.count("✓ operation") == shown.text.count("try: ") == 5
        assert "… 3 more, see %sandbox list" in shown.text
