"""Pages about what a cell is given: ``exec`` and its execution types, the functions of ``directus:api``, what a default export gets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.notebook.completion import javascript_names
from scopebox.notebook.completion.slots import API
from scopebox.notebook.inspection import examples
from scopebox.notebook.inspection.pages import Code, Page, Rows
from scopebox.vocabulary import EXECUTION_TYPES, ITEM_EVENTS, ITEMS, QUERY_KEYS, SCOPES, TYPES

if TYPE_CHECKING:
    from scopebox.languages import Language
    from scopebox.notebook.completion.cursor import Place
    from scopebox.notebook.completion.slots import Slot
    from scopebox.notebook.inspection.rights import Rights

# A call: the text that is its first argument, and the one that is its second.
_CALLED: Final = re.compile(
    r"""[ \t]*+\(\s*+(?:["'`]([\w-]{1,80})["'`](?:\s{0,80},\s{0,80}["'`]([^"'`\n]{1,200})["'`])?)?"""
)
_MODULES: Final = (javascript_names.MODULE, API)
_EVENTS: Final = f"Events, each also behind the name of a collection: {', '.join(ITEM_EVENTS)}."
_QUERY: Final = f"Keys of query: {', '.join(QUERY_KEYS)}."
_ROUTER: Final = "router"
_DEFAULT: Final = "default"


def name_page(slot: Slot, rest: str, after: str, language: Language, rights: Rights) -> Page | None:
    """Return the page of a name in the code: ``slot`` as far as it is typed, ``rest`` of it, and ``after`` the cursor; None for others' names."""
    word, behind = slot.typed + rest, after[len(rest) :]
    called = _CALLED.match(behind)
    if slot.kind == "member":
        return given_page(_ROUTER, language) if slot.owner == _ROUTER and called else None
    if word == "exec":
        return exec_page(*((called[1], language, rights, called[2] or "") if called else ("", language, rights)))
    if word == _DEFAULT:
        return default_page("", language)
    if slot.kind == "imported" or called or word == _ROUTER:
        return _of_name(word, language, rights, alone=slot.kind == "imported")
    return None


def call_page(place: Place, language: Language, rights: Rights, text: str = "") -> Page | None:
    """Return the page of the call around a place; ``text`` is the one at the cursor."""
    if place.call is None:
        return None
    callee = place.call.callee
    if callee == "exec":
        kind, collection, *_ = [*place.call.texts, text or place.call.last, ""]
        return exec_page(kind, language, rights, collection or "")
    return given_page(_ROUTER, language) if callee.startswith(f"{_ROUTER}.") else _of_name(callee, language, rights)


def exec_page(kind: str | None, language: Language, rights: Rights | None, collection: str = "") -> Page:
    """Return the page of an execution type; that of all of them for anything else."""
    row = EXECUTION_TYPES.get(kind or "")
    if row is None:
        rows = [
            (each.name, _what(each.name), rights.state(each.name) if rights else "")
            for each in EXECUTION_TYPES.values()
        ]
        about = "The one way out of the sandbox: what the manifest asks for and was granted."
        return Page("await exec(type, …)", (about, Rows(("type", "what it does", "here"), rows)), language=language)
    parts: list[str | Code] = [f"{_what(row.name)}.", *(rights.parts(row.name, collection) if rights else [])]
    if "event" in row.options:
        parts.append(_EVENTS)
    if row.name in ITEMS and "query" in row.options:
        parts.append(_QUERY)
    return Page(
        examples.exec_signature(row, language), tuple(parts), examples.exec_example(row.name, language), language
    )


def api_page(name: str, language: Language, rights: Rights | None) -> Page | None:
    """Return the page of a function of ``directus:api``; None for no such function."""
    if name not in SCOPES:
        return None
    row = EXECUTION_TYPES[name]
    state = rights.state(name) if rights else ""
    needed = f"It needs the scope {name}: requestedScopes in the manifest.{f' Here: {state}.' if state else ''}"
    return Page(
        examples.api_signature(row, language),
        (f"{_what(name)}.", needed),
        examples.api_example(row, language),
        language,
    )


def given_page(name: str, language: Language) -> Page | None:
    """Return the page of a function that every cell or a default export is given; None for no such function in this language."""
    signature, what, example = examples.GIVEN.get(name, ("", "", examples.NO_CODE))
    code = example.of(language)
    events = (_EVENTS,) if name in ("filter", "action") else ()
    return Page(signature, (f"{what}.", *events), code, language) if code else None


def default_page(kind: str, language: Language) -> Page:
    """Return the page of the default export of an extension of a type; of all types for anything else."""
    shown = [kind] if kind in examples.DEFAULTS else TYPES
    example = "\n\n".join(examples.DEFAULTS[each].of(language) for each in shown)
    about = "The default export: what Directus calls or reads. --type, or type in the manifest, says what it is."
    export = _DEFAULT if language is DEFAULT_LANGUAGE else f"export {_DEFAULT}"
    return Page(export, (about,), example, language)


def _of_name(name: str, language: Language, rights: Rights, *, alone: bool = False) -> Page | None:
    return (None if alone else given_page(name, language)) or api_page(name, language, rights)


def _what(name: str) -> str:
    """Return what an execution type allows, of no permission in particular."""
    allows = EXECUTION_TYPES[name].allows
    return allows.format(role="of its permission", methods="requests", urls="the URLs of its permission")
