"""Teaching hints: what would be right instead of a typical mistake.

Pure functions on text. The text is the extension's, so it is bounded first, and no pattern takes longer than the text is long.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from scopebox_guest.javascript.hints.mends import mend
from scopebox_guest.javascript.hints.tables import (
    API_HINT,
    ASYNC_HINT,
    HASH_HINT,
    INPUT,
    KNOWN_NAMES,
    MESSAGES,
    MODULE,
    MODULES,
    NAMES,
    PYTHON,
    PYTHON_LINES,
    PYTHON_NAMES,
    SYNTAX,
    SYNTAX_MESSAGES,
    TYPESCRIPT,
    TYPESCRIPT_LINES,
)
from scopebox_guest.javascript.hints.type_errors import answer_hint, context_hint, type_hint, undefined_hint
from scopebox_guest.javascript.source.structure import Structure
from scopebox_guest.javascript.source.tokens import LINE_END
from scopebox_guest.keys import KEY, is_key

MAX_LINE_CHARACTERS: Final = 300  # of a line or message that patterns are tried on
MAX_SOURCE_CHARACTERS: Final = 64 * 1024  # that is taken apart: a hint must not use up the time of the extension

_PYTHON: Final = re.compile("|".join(f"(?:{pattern})" for pattern in PYTHON_LINES))
_TYPESCRIPT: Final = re.compile("|".join(f"(?:{pattern})" for pattern in TYPESCRIPT_LINES))
_NOT_DEFINED: Final = re.compile(r"^'?([\w$]{1,100})'? is not defined")
_IMPORT: Final = re.compile(r"(?:\bfrom|\bimport|\brequire)\s*\(?\s*[\"']([^\"']{1,100})[\"']")


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
        around = source[:MAX_SOURCE_CHARACTERS]
        return (
            answer_hint(message, around)
            or context_hint(message, text, around)
            or type_hint(message, text)
            or _first(MESSAGES, message)
            or undefined_hint(message, text, around)
        )
    return _first(MESSAGES, message)


def _first(table: tuple[tuple[str, str], ...], message: str) -> str:
    return next((hint for part, hint in table if part in message), "")


def _of_name(name: str, text: str, language: str) -> str:
    if name in NAMES:
        return API_HINT if name == "require" and "directus:api" in text else NAMES[name]
    if name in PYTHON_NAMES:
        return f"{PYTHON_NAMES[name]} If all of it is Python, run the cell without --lang {language}."
    if _PYTHON.search(text):
        return PYTHON.format(language=language)
    close = get_close_matches(name, KNOWN_NAMES, n=1, cutoff=0.75)
    if close:
        return f"Did you mean {close[0]}?"
    return KEY.format(name=name) if is_key(name) else INPUT.format(name=name)


def _of_module(name: str) -> str:
    name = name.removeprefix("node:")
    return MODULES.get(name) or MODULES.get(name.partition("/")[0]) or MODULE
