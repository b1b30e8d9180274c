"""Teaching hints: what would be right instead of a typical mistake.

Pure functions on text. The text is the extension's, so it is bounded first, and no pattern takes longer than the text is long.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from scopebox_guest.javascript.hints.mends import mend
from scopebox_guest.javascript.hints.tables import (
    ARRAY_METHODS,
    ASYNC_HINT,
    AWAIT_HINT,
    HASH_HINT,
    INPUT,
    KNOWN_NAMES,
    MESSAGES,
    MODULE,
    MODULES,
    NAMES,
    ONE_ARGUMENT_HINT,
    PYTHON,
    PYTHON_LINES,
    PYTHON_NAMES,
    REQUEST_PARTS_HINT,
    RESPONSE_HINT,
    SYNTAX,
    SYNTAX_MESSAGES,
    TYPESCRIPT,
    TYPESCRIPT_LINES,
)
from scopebox_guest.javascript.source.structure import Structure
from scopebox_guest.javascript.source.tokens import LINE_END

MAX_LINE_CHARACTERS: Final = 300  # of a line or message that patterns are tried on
MAX_SOURCE_CHARACTERS: Final = 64 * 1024  # that is taken apart: a hint must not use up the time of the extension

_PYTHON: Final = re.compile("|".join(f"(?:{pattern})" for pattern in PYTHON_LINES))
_TYPESCRIPT: Final = re.compile("|".join(f"(?:{pattern})" for pattern in TYPESCRIPT_LINES))
_NOT_DEFINED: Final = re.compile(r"^'?([\w$]{1,100})'? is not defined")
_NOT_A_FUNCTION: Final = re.compile(r"([\w$]{1,100})\)? is not a function|not a function")
_OF_NOTHING: Final = re.compile(
    r"(?:cannot|can't) (?:read|set) propert(?:y|ies)\b.{0,200}\b(?:undefined|null)", re.IGNORECASE
)
_FROM_NOTHING: Final = re.compile(r"cannot (?:convert undefined|destructure)", re.IGNORECASE)
_IMPORT: Final = re.compile(r"(?:\bfrom|\bimport|\brequire)\s*\(?\s*[\"']([^\"']{1,100})[\"']")
_ANSWER: Final = re.compile(
    r"\b(?:res|response|reply|resp)\s*\.\s*(?:send|json|status|end|write|redirect|sendStatus|set|header|type)\s*\("
)
_REQUEST_PARTS: Final = re.compile(r"\b(?:req|request)\s*\.\s*(?:query|params)\b")
_PARAMETERS: Final = re.compile(r"\(\s*[\w${}\s]{1,80},[^()]{1,150}\)\s*(?:=>|\{)")
_SERVICES: Final = re.compile(r"\b(?:services|database|getSchema|knex|ItemsService)\b")
_UNAWAITED: Final = re.compile(r"(?<!await )\b(?:exec|request|sleep)\s*\(")


def syntax_hint(source: str, line: int, column: int, message: str, language: str = "js") -> str:
    """The hint for a text that does not compile, or an empty text. Line and column are 1-based, 0 when unknown.

    ``source`` is what the engine saw: JavaScript, or TypeScript whose types are blanked out; ``language`` is that of the cell.
    """
    lines = LINE_END.split(source)
    text = lines[line - 1].strip()[:MAX_LINE_CHARACTERS] if 0 < line <= len(lines) else ""
    if text.startswith("#"):
        return HASH_HINT
    if _PYTHON.search(text):
        return PYTHON.format(language=language)
    return (
        _of_language(text, language)
        or (_of_structure(source, line, column) if len(source) <= MAX_SOURCE_CHARACTERS else "")
        or _first(SYNTAX_MESSAGES, message[:MAX_LINE_CHARACTERS])
        or next((hint for pattern, hint in SYNTAX if re.search(pattern, text)), "")
    )


def _of_structure(source: str, line: int, column: int) -> str:
    structure = Structure(source)
    return mend(structure, line, column) or (_of_await(structure, line, column) if line else "")


def _of_await(structure: Structure, line: int, column: int) -> str:
    """An engine that does not know await outside of asynchronous functions stumbles over what comes after it."""
    offset = structure.lines.offset(line, column)
    near = [token.text for token in structure.tokens if token.start <= offset][-2:]
    return ASYNC_HINT if "await" in near else ""


def _of_language(text: str, language: str) -> str:
    return TYPESCRIPT if language == "js" and _TYPESCRIPT.search(text) else ""


def runtime_hint(kind: str, message: str, source_line: str, language: str = "js", source: str = "") -> str:
    """The hint for an error named ``kind`` in a line of the source, or an empty text.

    ``source`` is all of it: an import that is refused has no line.
    """
    message, text = message[:MAX_LINE_CHARACTERS], source_line.strip()[:MAX_LINE_CHARACTERS]
    if found := _NOT_DEFINED.search(message):
        return _of_name(found[1], text, language)
    if message.startswith("Imports other than"):
        named = (found[1] for found in _IMPORT.finditer(source or text))
        return _of_module(next((name for name in named if name != "directus:api"), ""))
    if kind == "TypeError":
        return _of_type(message, text) or _first(MESSAGES, message)
    return _first(MESSAGES, message)


def _first(table: tuple[tuple[str, str], ...], message: str) -> str:
    return next((hint for part, hint in table if part in message), "")


def _of_name(name: str, text: str, language: str) -> str:
    if name in NAMES:
        return NAMES[name]
    if name in {"res", "response"}:
        return RESPONSE_HINT
    if name in PYTHON_NAMES:
        return f"{PYTHON_NAMES[name]} If all of it is Python, run the cell without --lang {language}."
    if _PYTHON.search(text):
        return PYTHON.format(language=language)
    close = get_close_matches(name, KNOWN_NAMES, n=1, cutoff=0.75)
    return f"Did you mean {close[0]}?" if close else INPUT.format(name=name)


def _of_module(name: str) -> str:
    name = name.removeprefix("node:")
    return MODULES.get(name) or MODULES.get(name.partition("/")[0]) or MODULE


def _of_type(message: str, text: str) -> str:
    if _ANSWER.search(text):
        return RESPONSE_HINT
    nothing = _OF_NOTHING.search(message) is not None
    if nothing and _REQUEST_PARTS.search(text):
        return REQUEST_PARTS_HINT
    if nothing and _SERVICES.search(text):
        return NAMES["services"]
    if _FROM_NOTHING.search(message) or (nothing and "accountability" in text):
        return ONE_ARGUMENT_HINT if _PARAMETERS.search(text) or "accountability" in text else ""
    found = _NOT_A_FUNCTION.search(message)
    if "not iterable" in message or (found and found[1] in ARRAY_METHODS) or nothing:
        return AWAIT_HINT if _UNAWAITED.search(text) or (found and found[1] in ARRAY_METHODS) else ""
    return ""
