"""The half of an operation that runs in the browser of whoever edits a flow: data, and nothing that does anything.

Its options are those that the handler reads, so that they can be filled in there.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox_guest.javascript.outlined import Option

MOST_IN_OVERVIEW: Final = 5
_PLAIN: Final = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
_BETWEEN_WORDS: Final = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_SERVER: Final[tuple[dict[str, object], ...]] = (
    {
        "field": "directus_url",
        "name": "Directus URL",
        "type": "string",
        "meta": {"width": "half", "interface": "input", "required": True},
    },
    {
        "field": "directus_token",
        "name": "Directus Token",
        "type": "string",
        "meta": {"width": "half", "interface": "input", "required": True, "options": {"masked": True}},
    },
)


def app_half(operation: str, options: Sequence[Option], url: str) -> tuple[str, str]:
    """Return source and built file; ``url`` is the address of a Directus that the operation takes items from, if it does."""
    fields = [_field(option) for option in options]
    if url:
        fields += [{**_SERVER[0], "schema": {"default_value": url}}, _SERVER[1]]
    shown = [option.name for option in options[:MOST_IN_OVERVIEW]]
    entries = ", ".join(f"{{ label: {json.dumps(_title(name))}, text: options[{json.dumps(name)}] }}" for name in shown)
    written = json.dumps(fields, indent="\t").replace("\n", "\n\t")
    lines = [
        f"\tid: {json.dumps(operation)},",
        f"\tname: {json.dumps(_title(operation))},",
        "\ticon: 'extension',",
        f"\toverview: (options) => [{entries}]," if entries else "\toverview: () => [],",
        f"\toptions: {written},",
    ]
    data = "\n".join(["{", *lines, "}"])
    return f"export default {data};\n", f"var app = {data};\n\nexport {{ app as default }};\n"


def _field(option: Option) -> dict[str, object]:
    """Return one option as the flow editor asks for it; its default value tells what it is."""
    kind, interface, value = "string", "input", None
    if option.default in ("true", "false"):
        kind, interface, value = "boolean", "boolean", json.loads(option.default)
    elif _NUMBER.fullmatch(option.default):
        kind, value = ("float" if "." in option.default else "integer"), json.loads(option.default)
    elif _PLAIN.fullmatch(option.default):
        value = option.default[1:-1]
    elif option.default[:1] in ("[", "{"):
        kind, interface = "json", "input-code"
    field: dict[str, object] = {
        "field": option.name,
        "name": _title(option.name),
        "type": kind,
        "meta": {"width": "full", "interface": interface},
    }
    return field if value is None else {**field, "schema": {"default_value": value}}


def _title(name: str) -> str:
    words = _BETWEEN_WORDS.sub(" ", name[:100]).split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or "Operation"
