"""Arguments of calls: options and their kinds."""

from __future__ import annotations

from typing import Final

from scopebox_guest.wire import TAKES

from scopebox.text.messages import remedy
from scopebox.vocabulary import EXECUTION_TYPES, QUERY_KEYS

STYLE: Final = "style"  # an option of registrations that ``directus.api`` gives, and nobody writes


def options(args: list[object], call: str) -> dict[str, object]:
    """Return the options object of a call, or raise an error that names what is wrong with it."""
    row = EXECUTION_TYPES[call]
    index = len(row.arguments)
    given = args[index] if len(args) > index else {}
    if not isinstance(given, dict):
        example = f'{{"{row.options[0]}": …}}'
        raise TypeError(f"{call}: options has to be of type object, such as {example}, not {kind(given)}")
    allowed = (*row.options, STYLE, TAKES) if row.handler else row.options
    unknown = [key for key in given if key not in allowed]
    if unknown:
        listed = ", ".join(f'"{key}"' for key in row.options)
        known = f"the options are {listed}" if len(row.options) > 1 else f"the only option is {listed}"
        name = str(unknown[0])[:50]
        of_query = name in QUERY_KEYS and "query" in row.options
        belongs = f'write {{"query": {{"{name}": …}}}}' if of_query else remedy(name, row.options, known)
        raise ValueError(f'{call}: unknown option "{name}"; {belongs}')
    if len(args) > index + 1:
        takes = "one argument" if not index else f"{index + 1} arguments"
        raise TypeError(f"{call}: takes {takes} after the execution type, {len(args)} were given")
    return given


def kind(value: object) -> str:
    """Return the name of a JSON value's type, as the documents call it."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def handler_number(given: dict[str, object], call: str) -> int:
    """Return the guest's number of the handler in ``given``; TypeError where there is none."""
    handler = given.get("handler")
    number = handler.get("handler") if isinstance(handler, dict) and len(handler) == 1 else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"{EXECUTION_TYPES[call].handler} has to be of type function")
    return number
