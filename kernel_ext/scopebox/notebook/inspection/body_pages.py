"""The page for what stands at the cursor in the body of a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.manifest.manifest import Manifest
from scopebox.manifest.permission import Permission
from scopebox.manifest.writing import entry_toml, scope_toml
from scopebox.notebook.completion import javascript_names
from scopebox.notebook.completion.slots import API, REFERENCE
from scopebox.notebook.inspection.functions import api_page, call_page, default_page, exec_page, name_page
from scopebox.notebook.inspection.pages import Page
from scopebox.vocabulary import EXECUTION_TYPES, MANIFEST_KEYS, PERMISSION_KEYS, SCOPE_KEYS, TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.languages import Language
    from scopebox.notebook.completion.slots import Kind, Slot
    from scopebox.notebook.inspection.rights import Rights
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.vocabulary import Style

_OF_TEXT: Final = re.compile(r"[^\"'`\n]{0,200}")  # the rest of a text at the cursor
_NEXT_TEXT: Final = re.compile(r"""[\w-]{0,80}["'`]\s{0,80},\s{0,80}["'`]([^"'`\n]{1,200})["'`]""")
_OF_NAME: Final = re.compile(r"\*|[\w$]{0,200}")
_FIELDS: Final[tuple[Kind, ...]] = ("field", "sort field")  # texts of which a part may be meant
_CODE: Final[tuple[Kind, ...]] = ("name", "member", "imported")
_URL: Final = "https://api.example.com/*"
_REQUEST: Final = Permission(
    "request", optional=True, allowed_urls=(_URL,), methods=("GET",), reason="for the forecast"
)
_READ: Final = Permission("read-items", role="reader")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where help is asked for: the slot, the text behind the cursor, the language of the cell, and what it may do."""

    slot: Slot
    after: str
    language: Language
    rights: Rights
    box: Sandbox | None

    @property
    def rest(self) -> str:
        """The rest of the word at the cursor, behind what is typed of it."""
        whole_text = self.slot.quoted and self.slot.kind not in (*_FIELDS, "secret")
        found = (_OF_TEXT if whole_text else _OF_NAME).match(self.after)
        assert found is not None
        return found[0]

    @property
    def word(self) -> str:
        """The word at the cursor."""
        return self.slot.typed + self.rest


def page_of(asked: Asked) -> Page | None:
    """Return the page for the word at the cursor, or else that for the call around it."""
    slot, word, language, rights = asked.slot, asked.word, asked.language, asked.rights
    if slot.kind in _CODE:
        ours = slot.kind != "imported" or slot.owner in (API, javascript_names.MODULE)
        found = name_page(slot, asked.rest, asked.after, language, rights) if ours else None
        return found or call_page(slot.place, language, rights)
    if slot.kind == "execution type":
        return exec_page(word, language, rights, _second_text(asked.after))
    return (
        _of_manifest(slot, word, language, rights)
        or _of_data(slot, word, asked.box)
        or call_page(slot.place, language, rights, word)
    )


def _second_text(after: str) -> str:
    """Return the text that follows the one at the cursor, as the collection follows an execution type."""
    found = _NEXT_TEXT.match(after)
    return "" if found is None else found[1]


def _of_manifest(slot: Slot, word: str, language: Language, rights: Rights) -> Page | None:  # noqa: PLR0911 - one return a kind
    match slot.kind:
        case "manifest key" | "first key" if word in MANIFEST_KEYS:
            style: Style = "api" if word == "requestedScopes" else "exec"
            asked = Permission("request", allowed_urls=(_URL,), methods=("GET",)) if style == "api" else _READ
            example = Manifest(style, (asked,), "endpoint" if word == "type" else None).toml(language.name)
            return _key_page(word, MANIFEST_KEYS, example)
        case "entry key" | "first key":
            return _key_page(word, PERMISSION_KEYS, entry_toml(_READ if word == "role" else _REQUEST))
        case "scope":
            return api_page(word, language, rights)
        case "scope key":
            return _key_page(word, SCOPE_KEYS, scope_toml(_REQUEST))
        case "permission":
            return exec_page(word, language, rights) if word in EXECUTION_TYPES else None
        case "type":
            return default_page(word, language) if word in TYPES else None
        case "methods":
            return _key_page("methods", PERMISSION_KEYS, entry_toml(_REQUEST))
        case "value":
            return _key_page(slot.owner, {**SCOPE_KEYS, **PERMISSION_KEYS}, entry_toml(_REQUEST))
        case _:
            return None


def _key_page(name: str, known: Mapping[str, str], example: str) -> Page | None:
    return Page(name, (f"A key of the manifest: {known[name]}.",), example) if name in known else None


def _of_data(slot: Slot, word: str, box: Sandbox | None) -> Page | None:  # noqa: PLR0911 - one return a kind
    from scopebox.notebook.inspection import data_pages  # noqa: PLC0415 - loading must be quick

    match slot.kind:
        case "event":
            return data_pages.event_page(word)
        case "query key":
            return data_pages.query_key_page(word)
        case "operator":
            return data_pages.filter_key_page(word)
        case "function":
            return data_pages.function_page(word)
        case "secret":
            return _secret_page(word, box)
        case "field" | "sort field" | "data key" | "filter key":
            name = word.removeprefix("-")[len(slot.lead) :]
            found = None if box is None else data_pages.field_page(box, slot.owner, name)
            return found or data_pages.filter_key_page(name) or data_pages.wildcard_page(name)
        case "collection" if box is not None:
            return data_pages.collection_page(box, word)
        case "role" if box is not None:
            return data_pages.role_page(box, word)
        case _:
            return None


def _secret_page(name: str, box: Sandbox | None) -> Page | None:
    if not name.isidentifier():
        return None
    known = (
        "It is set."
        if box is not None and name in box.secrets
        else f"It is not set: %sandbox secret {name} asks for it."
    )
    about = "A secret: the host puts its value into the header of a request, and the extension never holds it."
    return Page(f"{REFERENCE}{name}}}}}", (about, known))
