"""The app half of an operation as a piece of code that tells its options: what it would show in the flow editor of a Data Studio.

It has to run for that, since it may compute them of what was chosen already; so what is made here runs in an isolate, and has
nothing there but the language. Its import of the SDK, which only marks what it exports, is written as a constant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scopebox.text.visible import shorten

MAX_FIELDS: Final = 100
MAX_CHOICES: Final = 300
MAX_WORDS: Final = 300  # characters of a name, a note, a choice

_SDK: Final = re.compile(r"""\bimport\s{0,9}\{([^{}]{0,300})\}\s{0,9}from\s{0,9}["']@directus/extensions-sdk["'];?""")
_NAMED: Final = re.compile(r"\bexport\s{0,9}\{\s{0,9}([\w$]{1,100})\s{1,9}as\s{1,9}default\s{0,9}\};?")
_PLAIN: Final = re.compile(r"\bexport\s{1,9}default\b")
_AS: Final = re.compile(r"\s{1,9}as\s{1,9}")

_BEFORE: Final = """
const __page = { href: "https://directus.example.com/admin/settings/flows", pathname: "/admin/settings/flows" };
globalThis.window = { location: __page };
"""
_AFTER: Final = """
;JSON.parse(JSON.stringify([
  __app.name ?? "", __app.description ?? "",
  typeof __app.options === "function" ? __app.options(__values) : __app.options ?? [],
]));
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an operation: ``interface`` is how a Data Studio lets one choose it, ``choices`` are pairs of text and value."""

    field: str
    name: str
    type: str = "string"
    interface: str = ""
    note: str = ""
    placeholder: str = ""
    choices: tuple[tuple[str, object], ...] = ()
    default: object = None
    required: bool = False
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What the app half says of its operation. ``problem`` says why it does not, where it does not."""

    name: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    problem: str = ""


def program_of(text: str) -> str:
    """Return code whose value is what the app half in ``text`` says with the choices ``__values``, an input of the run."""
    code = _SDK.sub(_constant, text, count=1)
    code, named = _NAMED.subn(r"; const __app = \1;", code, count=1)
    if not named:
        code = _PLAIN.sub("const __app =", code, count=1)
    return f"{_BEFORE}{code}{_AFTER}"


def _constant(found: re.Match[str]) -> str:
    names = [_AS.split(name.strip()) for name in found[1].split(",") if name.strip()]
    return "".join(f"const {name[-1]} = (given) => given;" for name in names)


def read_options(value: object) -> Options:
    """Return what the code of :func:`program_of` gave, as far as it is readable: it is anybody's."""
    name, description, fields = value if isinstance(value, list) and len(value) == 3 else ("", "", [])  # noqa: PLR2004
    found = tuple(_options(fields if isinstance(fields, list) else []))
    return Options(_words(name), _words(description), found)


def _options(fields: list[object]) -> Iterator[Option]:
    for entry in fields[:MAX_FIELDS]:
        if not isinstance(entry, Mapping) or not _words(entry.get("field")):
            continue
        meta, schema = _mapping(entry.get("meta")), _mapping(entry.get("schema"))
        if meta.get("hidden") is True and not meta.get("conditions"):
            continue
        shown = _mapping(meta.get("options"))
        field = _words(entry.get("field"))
        yield Option(
            field,
            _words(entry.get("name")) or field,
            _words(entry.get("type")) or "string",
            _words(meta.get("interface")),
            _words(meta.get("note")) or _words(meta.get("notes")),
            _words(shown.get("placeholder")),
            tuple(_choices(shown.get("choices"))),
            schema.get("default_value"),
            meta.get("required") is True or entry.get("required") is True,
            shown.get("masked") is True,
        )


def _choices(value: object) -> Iterator[tuple[str, object]]:
    for entry in value[:MAX_CHOICES] if isinstance(value, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("value"), str | int | float | bool):
            yield _words(entry.get("text")) or str(entry["value"]), entry["value"]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _words(value: object) -> str:
    return shorten(value, MAX_WORDS) if isinstance(value, str) else ""
