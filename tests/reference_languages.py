"""The part of the reference on the languages of cells, from the tables of the code and the forms below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES
from scopebox.vocabulary import EXECUTION_TYPES
from scopebox_guest.javascript.hints.tables import NAMES
from scopebox_guest.javascript.typescript.refusals import CAST, EXPORT, GROUPING, NAMESPACE, PROPERTY, REFUSED

from tests.reference_text import literal, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# How the same is written in each language.
FORMS: Final = (
    ("a call", '`await exec("log", text)`', "`await exec('log', text)`"),
    ("several at once", "`await gather(a, b)`", "`await Promise.all([a, b])`"),
    (
        "the functions of the other style",
        "`from directus.api import log, sleep, request`",
        "`import { log, sleep, request } from 'directus:api'`",
    ),
    (
        "what they return",
        '`log(text)`, `await sleep(1000)`, `(await request(url))["data"]`',
        "`log(text)`, `await sleep(1000)`, `(await request(url)).data`",
    ),
    ("default export of a hook", "`def default(filter, action):`", "`export default ({ filter, action }) => { … }`"),
    ("of an endpoint", "`def default(router):`", "`export default (router) => { … }`"),
    ("of an operation", '`default = {"id": id, "handler": handler}`', "`export default { id, handler }`"),
    ("a refusal", "`except PermissionError as error`", "`catch (error)`, and `error.reason` is there"),
    ("a failed request", "`error.status`, `error.data` of a `RuntimeError`", "`error.status`, `error.data`"),
    ("output of the notebook", "`print(value)`", "`console.log(value)`; a Directus has no console"),
    ("no value", "`None`", "`null`, `undefined`"),
)
# What a Directus isolate has and this one has not.
FEWER: Final = ("Intl", "WebAssembly")
MANIFEST: Final = """\
// /// sandbox
// permissions = [{ permission = "read-items", role = "reader" }]
// ///

// /// sandbox
// { permissions: [{ permission: 'read-items', role: 'reader' }] }
// ///

// /// sandbox
// "requestedScopes": { "log": {} }
// ///"""


ABOUT: Final = (
    "`%config ScopeboxMagics.lang = 'js'` is for the cells of a notebook that say nothing; `box.load(source, language=…)`,"
    " `box.load_file`, `%sandbox --file` and `serve` go by the option or by the ending. `--append` stays in the language of the"
    " extension. JavaScript and TypeScript need Linux on x86-64 or aarch64; where their engine is missing, the error says why, and"
    " Python goes on."
)
BLOCKS: Final = (
    'A manifest stands in comments of the language, as TOML or as JSON. JSON begins with `{` or `"`, its keys need no quotes, and its'
    " outer braces may be left out:"
)
HANDLERS: Final = (
    "A handler of `exec` gets as many arguments as it declares: one is the payload, the request or the data; with two, the second is"
    " meta and accountability in one; with three they are apart. In JavaScript its `length` counts, in which default values and"
    " `...rest` do not. A handler of a default export gets exactly one."
)
NOTHING: Final = (
    "`null` and `undefined` are told apart as in a Directus. A filter that returns nothing leaves the payload as it was, and `null` takes its"
    " place; `None` of Python is nothing. An endpoint that returns either is an error. In data, `null` stays, a key with `undefined`"
    " is left out, and in a list it becomes `null`. Dates become text, `NaN` becomes `null`, and what cannot be cloned (functions,"
    " symbols, promises) is a `TypeError`. A value of a cell that is no data is shown as text."
)


def the_languages() -> list[str]:
    """Which there are, how a cell or a file says its own, and what is different between them."""
    lines = ["## Languages", "", "A cell is written in Python unless it says otherwise.", ""]
    lines += table(
        ("language", "option of the cell", "in Python", "files", "comment"),
        [
            (
                language.title,
                "none" if language is DEFAULT_LANGUAGE else f"`--lang {language.name}`",
                "" if language is DEFAULT_LANGUAGE else f'`language="{language.name}"`',
                ", ".join(f"`{ending}`" for ending in language.endings),
                f"`{language.comment}`",
            )
            for language in LANGUAGES.values()
        ],
    )
    return [*lines, ABOUT, "", BLOCKS, "", "```js", MANIFEST, "```", "", *_forms(), *_javascript(), *_typescript()]


def _forms() -> Iterator[str]:
    yield from ("### The same in each language", "")
    yield from table(("", "Python", "JavaScript and TypeScript"), FORMS)
    calls = [row.call for row in EXECUTION_TYPES.values()]
    yield from table(("Python", "JavaScript"), [(f"`{call}`", f"`{in_javascript(call)}`") for call in calls])
    yield from (HANDLERS, "", NOTHING, "")


def in_javascript(call: str) -> str:
    """A call as Python writes it, in the words of JavaScript."""
    plain = re.sub(r'"([\w-]+)"', r"'\1'", call)
    return re.sub(r"\{([^}]*)\}", lambda found: "{ " + found[1].replace("'", "") + " }", plain)


def _javascript() -> Iterator[str]:
    yield from ("### What an isolate of JavaScript does not have", "")
    yield (
        "Only built-in objects of the language are there, and `directus:api` is the only module. `console` writes below the cell, and is lost in a"
        " Directus. `process.env.NODE_ENV` is `'production'`, every other variable undefined."
        f" {' and '.join(f'`{name}`' for name in FEWER)} are missing here, and a Directus has them. Who uses what is not there reads the hint:"
    )
    yield ""
    yield from table(("missing", "instead"), [(names, literal(hint)) for hint, names in grouped(NAMES).items()])


def grouped(names: Mapping[str, str]) -> dict[str, str]:
    """Names by their hint."""
    found: dict[str, str] = {}
    for name, hint in names.items():
        found[hint] = f"{found[hint]}, `{name}`" if hint in found else f"`{name}`"
    return found


def _typescript() -> Iterator[str]:
    yield from ("### TypeScript", "")
    yield (
        "Types are blanked out before the cell runs: lines and columns stay, and nothing is checked. `import type` is dropped, and so is every name of"
        ' `directus:api` but its three functions. For an editor, `/// <reference types="@directus/extensions/api.d.ts" />` has the types of'
        " `directus:api`; scopebox brings those of `exec` as well, in a file that"
        " `python -c \"from importlib.resources import files; print(files('scopebox_guest.javascript') / 'api.d.ts')\"` names. What is more than a type is refused with its line:"
    )
    yield ""
    rows = [
        (literal(message), literal(hint))
        for message, hint in (*REFUSED.values(), NAMESPACE, EXPORT, PROPERTY, CAST, GROUPING)
    ]
    yield from table(("refused", "instead"), rows)
