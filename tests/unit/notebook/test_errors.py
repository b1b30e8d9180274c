"""Errors of cells, word for word: each says where, what is wrong, and what would be right."""

from __future__ import annotations

from typing import Final

import pytest
from scopebox.extension.result import RunResult

from tests.shells import Notebook, shell_of_module

book = shell_of_module

READER: Final = '# /// sandbox\n# permissions = [{ permission = "read-items", role = "reader" }]\n# ///\n'
WRITER: Final = READER.replace("read-items", "create-items").replace("reader", "writer")
REQUEST: Final = (
    '# /// sandbox\n# permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], methods = ["GET"]'
    "%s }]\n# ///\n"
)

CASES: Final = {
    "an exception shows the lines of the cell and the way to them": (
        "%%sandbox hello\ndef ratio(a, b):\n    return a / b\nratio(1, 0)",
        """\
In hello, line 3
  line 4: ratio(1, 0)
  line 3, in ratio

    1 | %%sandbox hello
    2 | def ratio(a, b):
--> 3 |     return a / b
    4 | ratio(1, 0)

ZeroDivisionError: division by zero
""",
    ),
    "a syntax error points at its column": (
        "%%sandbox hello\nx = 1\ny = (",
        """\
In hello, line 3

    1 | %%sandbox hello
    2 | x = 1
--> 3 | y = (
            ^

ExtensionSyntaxError: '(' was never closed
""",
    ),
    "an undeclared call comes with the entry to paste": (
        '%%sandbox hello\nname = "articles"\nawait exec("read-items", name, {"query": {"limit": 5}})',
        """\
In hello, line 3

    1 | %%sandbox hello
    2 | name = "articles"
--> 3 | await exec("read-items", name, {"query": {"limit": 5}})

Call: exec("read-items", "articles", {"query": {"limit": 5}})
PermissionError: No permission to access "read-items"
Write this manifest above the code of the cell:
# /// sandbox
# permissions = [
#   { permission = "read-items", role = "reader" },
# ]
# ///
""",
    ),
    "an optional permission that is off comes with the grant to give": (
        f'%%sandbox hello\n{REQUEST % ", optional = true"}await exec("request", "https://api.example.com/x")',
        """\
In hello, line 5

    3 | # permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], methods = ["GET"], optional = true }]
    4 | # ///
--> 5 | await exec("request", "https://api.example.com/x")

Call: exec("request", "https://api.example.com/x")
PermissionError: No permission to access "request"
The manifest asks for it as optional, and it is not granted. Grant it with: %sandbox grant hello request
""",
    ),
    "a URL outside of the allowed ones comes with the pattern to add": (
        f'%%sandbox hello\n{REQUEST % ""}await exec("request", "https://other.example.org/x?y=1")',
        """\
In hello, line 5

    3 | # permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], methods = ["GET"] }]
    4 | # ///
--> 5 | await exec("request", "https://other.example.org/x?y=1")

Call: exec("request", "https://other.example.org/x?y=1")
PermissionError: No permission to request "https://other.example.org/x?y=1"
Write in its entry of the manifest: allowedUrls = ["https://api.example.com/*", "https://other.example.org/*"]
""",
    ),
    "a method outside of the allowed ones is named": (
        f'%%sandbox hello\n{REQUEST % ""}await exec("request", "https://api.example.com/", {{"method": "POST"}})',
        """\
In hello, line 5

    3 | # permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], methods = ["GET"] }]
    4 | # ///
--> 5 | await exec("request", "https://api.example.com/", {"method": "POST"})

Call: exec("request", "https://api.example.com/", {"method": "POST"})
PermissionError: No permission to use request method "POST"
Write in its entry of the manifest: methods = ["GET", "POST"]
""",
    ),
    "what a role may not do is refused in Directus's words, and explained": (
        f'%%sandbox hello\n{READER.replace("read-items", "delete-items")}await exec("delete-items", "articles")',
        """\
In hello, line 5

    3 | # permissions = [{ permission = "delete-items", role = "reader" }]
    4 | # ///
--> 5 | await exec("delete-items", "articles")

Call: exec("delete-items", "articles")
PermissionError: You don't have permission to access collection "articles" or it does not exist. Queried in root.
The role reader may not delete articles. Roles that may: editor and admin. Write role = "editor" in the entry delete-items of the manifest, or ask for less.
""",
    ),
    "a mistyped collection is found": (
        f'%%sandbox hello\n{READER}await exec("read-items", "artcles")',
        """\
In hello, line 5

    3 | # permissions = [{ permission = "read-items", role = "reader" }]
    4 | # ///
--> 5 | await exec("read-items", "artcles")

Call: exec("read-items", "artcles")
PermissionError: You don't have permission to access collection "artcles" or it does not exist. Queried in root.
There is no collection "artcles"; did you mean articles?
""",
    ),
    "a forgotten await is named": (
        f'%%sandbox hello\n{READER}items = exec("read-items", "articles")\nlen(items)',
        """\
In hello, line 6

    4 | # ///
    5 | items = exec("read-items", "articles")
--> 6 | len(items)

TypeError: forgot await before exec("read-items")?
""",
    ),
    "an unknown execution type has a close match": (
        '%%sandbox hello\nawait exec("read-itms", "articles")',
        """\
In hello, line 2

    1 | %%sandbox hello
--> 2 | await exec("read-itms", "articles")

ValueError: Unknown execution type "read-itms"; did you mean read-items?
""",
    ),
    "an unknown key of a query has a close match": (
        f'%%sandbox hello\n{READER}await exec("read-items", "articles", {{"query": {{"limt": 2}}}})',
        """\
In hello, line 5

    3 | # permissions = [{ permission = "read-items", role = "reader" }]
    4 | # ///
--> 5 | await exec("read-items", "articles", {"query": {"limt": 2}})

ValueError: read-items: "limt" is not a key of a query; did you mean limit?
""",
    ),
    "keys are no items": (
        f'%%sandbox hello\n{WRITER}keys = await exec("create-items", "articles", {{"data": [{{"title": "Hello"}}]}})\nkeys[0]["id"]',
        """\
In hello, line 6

    4 | # ///
    5 | keys = await exec("create-items", "articles", {"data": [{"title": "Hello"}]})
--> 6 | keys[0]["id"]

TypeError: 'int' object is not subscriptable
exec("create-items", …) returns primary keys; get the items with await exec("read-items", …).
""",
    ),
    "a variable of the notebook is an input": (
        "%%sandbox hello\nlimit + 1",
        """\
In hello, line 2

    1 | %%sandbox hello
--> 2 | limit + 1

NameError: name 'limit' is not defined
Define it above this line. Variables of the notebook do not exist here; --input limit copies one in.
""",
    ),
    "a console is print or log": (
        '%%sandbox hello\nconsole.log("x")',
        """\
In hello, line 2

    1 | %%sandbox hello
--> 2 | console.log("x")

NameError: name 'console' is not defined
This is JavaScript: add --lang js. In Python: Use print() for this notebook, await exec("log", message) for the log that travels to a Directus.
""",
    ),
    "a refused construct points at itself": (
        "%%sandbox hello\nx = ().__class__",
        """\
In hello, line 2

    1 | %%sandbox hello
--> 2 | x = ().__class__
            ^

ExtensionSyntaxError: the attribute '__class__' is refused: attributes that begin with an underscore are reserved
Use a name without it; of an object's inside only .__name__ and super().__init__() and its like can be used.
""",
    ),
    "a module that is not there has a way around": (
        "%%sandbox hello\nimport requests",
        """\
In hello, line 2

    1 | %%sandbox hello
--> 2 | import requests

ModuleNotFoundError: No module named 'requests'
Call a web service with await exec("request", url), or request from directus.api.
""",
    ),
    "a wrong manifest names the place": (
        '%%sandbox hello\n# /// sandbox\n# permissions = [{ permission = "read-items" }]\n# ///\n1',
        """\
In the manifest, line 3

    1 | %%sandbox hello
    2 | # /// sandbox
--> 3 | # permissions = [{ permission = "read-items" }]
    4 | # ///

ManifestError: permissions[0].role: read-items needs the role it runs under
Add role = "…", the name of a role: %sandbox roles shows which there are.
""",
    ),
    "a manifest that is no TOML names the line of the cell": (
        '%%sandbox hello\n# /// sandbox\n# permissions = [{ permission = "read-items" role = "reader" }]\n# ///\n1',
        """\
In the manifest, line 3

    1 | %%sandbox hello
    2 | # /// sandbox
--> 3 | # permissions = [{ permission = "read-items" role = "reader" }]
    4 | # ///

ManifestError: line 3: the TOML does not parse: Unclosed inline table
A comma is missing between two keys, or } at the end.
""",
    ),
    "an unknown role has a close match": (
        f"%%sandbox hello\n{READER.replace('reader', 'raeder')}1",
        """\
In the manifest, line 3

    1 | %%sandbox hello
    2 | # /// sandbox
--> 3 | # permissions = [{ permission = "read-items", role = "raeder" }]
    4 | # ///

ManifestError: permissions[0].role: There is no role 'raeder'; did you mean 'reader'?
""",
    ),
    "a wrong name of an extension comes with a right one": (
        "%%sandbox MyExtension\n1",
        """\
ManifestError: name: "MyExtension" is not a valid extension name
Names are directus-extension-…, @scope/directus-extension-… or plain slugs of a-z, 0-9 and -, such as directus-extension-myextension.
""",
    ),
    "a manifest that does not exist": (
        "%%sandbox hello --manifest mainfest\n1",
        """\
ScopeboxError: The manifest "mainfest" is not a variable of this notebook
Did you mean manifest?
""",
    ),
    "a headless call in a cell shows the user's own lines as well": (
        "box = %sandbox\ndef load():\n    return box.load('1 / 0', name='hello')\nload()",
        """\
Called at line 4: load()
Called at line 3: return box.load('1 / 0', name='hello')
In hello, line 1

--> 1 | 1 / 0

ZeroDivisionError: division by zero
""",
    ),
}


@pytest.mark.parametrize(("cell", "text"), CASES.values(), ids=CASES)
def test_the_error_reads(book: Notebook, cell: str, text: str) -> None:
    book.names["manifest"] = {}
    book.names["limit"] = 3
    shown = book.run(cell)
    assert shown.error is not None
    assert shown.text == text


def test_an_error_in_an_earlier_cell_shows_the_lines_of_that_cell(book: Notebook) -> None:
    book.fine("%%sandbox hello\n# one\n# two\ndef fail(n):\n    return n / 0")
    assert (
        book.run("%%sandbox hello --append\nfail(1)").text
        == """\
In hello, line 5 of an earlier cell
  line 2: fail(1)
  line 5, in fail

    3 | # two
    4 | def fail(n):
--> 5 |     return n / 0

ZeroDivisionError: division by zero
"""
    )


def test_an_endless_recursion_is_cut(book: Notebook) -> None:
    text = book.run("%%sandbox hello\ndef again(n):\n    return again(n + 1)\nagain(0)").text
    assert "more levels" in text
    assert len(text.split("\n")) < 20


def test_a_limit_says_which_and_how_to_raise_it(book: Notebook) -> None:
    text = book.run("%%sandbox hello --timeout 0.05\nwhile True:\n    pass").text
    assert text.startswith("In hello\nLimitError: Script execution timed out.")
    assert "0.05 s" in text
    assert "%%sandbox --timeout SECONDS raises the limit, to at most 10." in text


def test_a_memory_bomb_ends_alone(book: Notebook) -> None:
    assert "memory" in book.run("%%sandbox hello\nx = [0] * 10**9").text
    assert book.fine("%%sandbox hello\n1").text.startswith("1\n")


def test_a_role_is_explained_to_the_user_and_not_to_the_guest(book: Notebook) -> None:
    shown = book.fine(
        f"%%sandbox hello\n{READER}try:\n    await exec('read-items', 'artcles')\n"
        "except PermissionError as error:\n    caught = [str(error), repr(error)]\ncaught"
    )
    assert "did you mean articles?" in shown.text
    assert isinstance(shown.value, RunResult)
    assert "did you mean" not in str(shown.value.value)


def test_the_mark_of_a_column_stands_below_it_behind_tabs(book: Notebook) -> None:
    lines = book.run("%%sandbox tabs --lang js\n\tif (true) {\n\t\tnowhere();\n\t}").text.split("\n")
    (number,) = [number for number, line in enumerate(lines) if line.startswith("--> ")]
    assert lines[number].expandtabs().index("nowhere") == lines[number + 1].expandtabs().index("^")
