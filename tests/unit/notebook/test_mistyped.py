"""Every verb with nothing, too much and the wrong kind: an answer in a sentence, with what would be right, and never a traceback."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Final

import pytest
from IPython.core.error import UsageError
from scopebox.errors import ScopeboxError
from scopebox.notebook.verb_table import VERBS

from tests.shells import Notebook, shell_of_module

shell = shell_of_module

FINE: Final = ""  # a line that is right as it stands
EXTENSION: Final = """%%sandbox hello --quiet
# /// sandbox
# permissions = [
#   { permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true },
#   { permission = "create-items", role = "editor" },
# ]
# ///
await exec("register-endpoint", {"method": "GET", "path": "/hi", "handler": lambda request: {"status": 200, "body": "Hi"}})
await exec("register-operation", {"id": "custom", "handler": lambda data: data})
await exec("register-filter", {"event": "articles.items.create", "handler": lambda payload: payload})
"""
TOO_MANY: Final = "is one argument too many; it is used as %sandbox"
# By verb: what it says alone, with more than it takes, and what else is mistyped with what is said of it.
LINES: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "list": (FINE, TOO_MANY, {"helo": "did you mean hello?", "--al": "there is no option"}),
    "grant": (
        "%sandbox grant hello request",
        "does not ask for",
        {
            "helo request": "Did you mean hello?",
            "hello": "Name a permission",
            "hello create-items": "is required",
            "requets": "Did you mean request?",
            "--all": "there is no option",
        },
    ),
    "deny": ("%sandbox deny hello request", "does not ask for", {"hello log": "is built in"}),
    "trace": (
        FINE,
        TOO_MANY,
        {
            "helo": "did you mean hello?",
            "--last few": "a whole number from 1",
            "--last 0": "a whole number from 1",
            "--last": "--last needs a value, N (how many)",
            "--jsonl /nowhere/at/all": "/nowhere/at/all",
        },
    ),
    "panel": (FINE, TOO_MANY, {"--open": "there is no option"}),
    "reset": (
        FINE,
        TOO_MANY,
        {"--project nowhere": "There is no folder nowhere", "--project": "needs a value, DIR", "blog": TOO_MANY},
    ),
    "request": (
        "METHOD and PATH are missing. For example: %sandbox request GET",
        TOO_MANY,
        {
            "GET": "PATH is missing. For example:",
            "GTE /items/articles": "Did you mean GET?",
            "GET https://a.test/items": "Give the path",
            "GET / --as edtor": "did you mean 'editor'?",
            "GET / --header nothing": "Name: value",
            "GET / --as": "--as needs a value, ROLE",
            "--hedaer a:b GET /": "did you mean --header?",
            'GET /items/articles?search="x y"': "put all of it in quotes",
        },
    ),
    "run": (
        "OPERATION is missing. For example:",
        TOO_MANY,
        {
            "custm": "did you mean custom?",
            "custom {oops": "JSON has double quotes",
            "custom nothing": "is not a variable of this notebook",
        },
    ),
    "emit": (
        "filter|action and EVENT are missing. For example:",
        TOO_MANY,
        {
            "filters items.create": 'say filter or action, not "filters"',
            "filter": "EVENT is missing",
            "filter items.create 1 --meta 5": "--meta has to be an object",
            "filter items.create 1 --role nobody": "There is no role",
            "filter items.create {oops": "JSON has double quotes",
        },
    ),
    "mock": (
        FINE,
        TOO_MANY,
        {
            "GET": "A mock needs a method and a URL",
            "GTE https://a.test {}": "Did you mean GET?",
            "GET nonsense {}": "Write https://nonsense",
            "GET https://a.test {} --status many": "--status takes a whole number, not",
            "GET https://a.test {} --status 9999": "between 100 and 599",
            "GET https://a.test {} --header x": "Name: value",
            "GET https://a.test --clear": "takes nothing else",
            "--from nowhere": "nowhere",
        },
    ),
    "log": (FINE, TOO_MANY, {"helo": "did you mean hello?", "--last -1": "a whole number from 1"}),
    "suggest": (FINE, TOO_MANY, {"helo": "did you mean hello?"}),
    "unload": (FINE, TOO_MANY, {"helo": "did you mean hello?"}),
    "doctor": (FINE, TOO_MANY, {"--fast": "there is no option"}),
    "schema": (FINE, TOO_MANY, {"artcles": "did you mean articles?"}),
    "roles": (FINE, TOO_MANY, {"edtor": "did you mean 'editor'?"}),
    "items": (
        "COLLECTION is missing. For example:",
        TOO_MANY,
        {
            "artcles": "did you mean articles?",
            "articles --role nobody": "There is no role",
            "articles --query 5": "--query has to be an object",
            'articles --query {"filtr": {}}': "did you mean filter?",
            "articles --format txt": "--format takes csv, json, xml or yaml, not",
            "articles --to x": "does not tell the form of the file",
        },
    ),
    "secret": (
        FINE,
        TOO_MANY,
        {
            "a-b": "letters, digits and _",
            "NONE --forget": "There is no secret",
            "--user nobody": "There is no user",
            "--user": "--user needs a value",
        },
    ),
    "load": (
        "DIR is missing. For example:",
        TOO_MANY,
        {"nowhere": 'There is no folder or file "nowhere"', "https://x.test/a.tgz": "npm pack --ignore-scripts NAME brings one here"},
    ),
    "review": (
        "DIR|NAME is missing. For example:",
        TOO_MANY,
        {"helo": "did you mean hello?", "hello --run": "is loaded", "nowhere --with": "--with needs a value, FILE"},
    ),
    "export": (
        FINE,
        TOO_MANY,
        {
            "helo": "did you mean hello?",
            "hello --force": "Add --to DIR",
            "hello --with request": "Add --to DIR",
            "hello --to": "--to needs a value",
        },
    ),
    "pull": (
        "URL and --to are missing. For example:",
        "--to is missing. For example:",
        {
            "https://a.test --to x --items many": "--items takes a whole number, not",
            "https://a.test --to x --items -1": "between 0 and",
            "https://a.test --to x --timeout soon": "--timeout takes a number, not",
        },
    ),
    "serve": (
        FINE,
        TOO_MANY,
        {"--port http": "a whole number from 0 to 65,535", "--port 99999": "a whole number from 0", "--stp": "did you mean --stop?"},
    ),
    "help": (FINE, TOO_MANY, {"reqest": "did you mean request?"}),
}  # fmt: skip
MANY: Final = " ".join(["hello", *"abcdefgh"])
CASES: Final = [
    *((verb, alone) for verb, (alone, _, _) in LINES.items()),
    *((f"{verb} {MANY}", much) for verb, (_, much, _) in LINES.items() if verb != "emit"),
    (f"emit filter {MANY}", TOO_MANY),
    *((f"{verb} {line}", said) for verb, (_, _, lines) in LINES.items() for line, said in lines.items()),
    ("lst", "did you mean list?"),
    ("--lang js", "--file FILE is needed"),
    ("--file nowhere.py", '"nowhere.py" cannot be read: No such file or directory'),
    ("--file", "--file needs a value, FILE"),
    ("'", "there is no verb"),
    ('request GET "', "quotes do not match"),
    ("request " + "x" * 40_000, "are the limit"),
    ("request " + "x " * 600, "are the limit"),
]


@pytest.fixture
def book(shell: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Notebook:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(getpass, "getpass", lambda _: "a-long-token")
    monkeypatch.setenv("DIRECTUS_TOKEN", "never-sent")
    if "hello" not in shell.box.extensions:
        shell.fine(EXTENSION)
    return shell


@pytest.mark.parametrize(("line", "said"), CASES, ids=range(len(CASES)))
def test_what_is_mistyped_is_said_with_what_would_be_right(book: Notebook, line: str, said: str) -> None:
    shown = book.run(f"%sandbox {line}")
    if said == FINE:
        assert shown.error is None, shown.text
        book.run("%sandbox serve --stop")
        return
    assert isinstance(shown.error, UsageError | ScopeboxError), shown.text
    assert said in shown.text
    assert "Traceback" not in shown.text
    assert len(shown.text) < 2_500


def test_the_table_has_every_verb() -> None:
    assert set(LINES) == set(VERBS)


def test_without_an_extension_a_decision_and_a_name_say_that_nothing_is_loaded(book: Notebook) -> None:
    book.fine("%sandbox reset")
    for line, said in {
        "grant": "No extension asks for an optional permission.",
        "deny x request": "Nothing is loaded yet",
        "export": "none is loaded yet",
        "unload x": "there is none",
        "request GET /x/hi": "No endpoint is registered",
    }.items():
        assert said in book.run(f"%sandbox {line}").text


def test_decisions_that_are_left_are_named(book: Notebook) -> None:
    shown = book.run("%sandbox grant")
    assert shown.text.endswith("Say what to grant\nOne of these:\n%sandbox grant hello request\n")
