"""The languages that cells are written in, as data."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

LanguageName = Literal["python", "js", "ts"]


@dataclass(frozen=True, slots=True)
class Language:
    """A language that cells are written in. ``name`` is what a user writes after ``--lang``, ``title`` what it is called in sentences.

    ``engine`` is the package of ``scopebox_guest`` that runs it, ``endings`` are those of its files, ``comment`` begins one, and
    ``reserved`` are the words that cannot name a variable.
    """

    name: LanguageName
    title: str
    engine: str
    endings: tuple[str, ...]
    comment: str
    reserved: frozenset[str]


_ECMASCRIPT: Final = frozenset(
    {
        "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum",
        "export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "new", "null", "return",
        "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with",
        # in strict code, as that of modules
        "let", "static", "yield", "implements", "interface", "package", "private", "protected", "public", "arguments", "eval",
        # globals that stay what they are
        "undefined", "NaN", "Infinity", "globalThis",
    }
)  # fmt: skip

LANGUAGES: Final[Mapping[LanguageName, Language]] = MappingProxyType(
    {
        "python": Language("python", "Python", "python", (".py",), "#", frozenset(keyword.kwlist)),
        "js": Language("js", "JavaScript", "javascript", (".js", ".mjs"), "//", _ECMASCRIPT),
        "ts": Language("ts", "TypeScript", "javascript", (".ts",), "//", _ECMASCRIPT),
    }
)
DEFAULT_LANGUAGE: Final = LANGUAGES["python"]
ENDINGS: Final = tuple(ending for language in LANGUAGES.values() for ending in language.endings)
COMMENT_SIGNS: Final = tuple(dict.fromkeys(language.comment for language in LANGUAGES.values()))


def language_of(name: object) -> Language:
    """Return the language of that name; ValueError that lists the names for any other."""
    for known, language in LANGUAGES.items():
        if known == name:
            return language
    raise ValueError(f"The language of a cell is one of {', '.join(LANGUAGES)}, not {name!r:.40}")


def language_of_file(name: str) -> Language:
    """Return the language that the ending of a file's name tells, the default one if none does."""
    return next((each for each in LANGUAGES.values() if name.endswith(each.endings)), DEFAULT_LANGUAGE)
