"""The names that JavaScript and TypeScript cells know, for completion: what is given, members of built-in objects, methods of values.

A guest is asked by a test whether it has every one of them; the host has no engine to ask.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.vocabulary import METHODS, SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULE: Final = "directus:api"

# By the name that stands before the dot. The router is whatever a default export gives that name.
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "router": tuple(method.lower() for method in METHODS),
        "console": (
            "log", "info", "debug", "warn", "error", "trace", "dir", "dirxml", "table", "group", "groupCollapsed", "groupEnd",
            "assert", "clear", "count", "countReset", "time", "timeEnd", "timeLog",
        ),
        "process": ("env",),
        "Array": ("from", "fromAsync", "isArray", "of"),
        "Date": ("UTC", "now", "parse"),
        "JSON": ("parse", "stringify"),
        "Math": (
            "E", "LN10", "LN2", "PI", "SQRT2", "abs", "cbrt", "ceil", "cos", "exp", "floor", "hypot", "log", "log10", "log2", "max",
            "min", "pow", "random", "round", "sign", "sin", "sqrt", "tan", "trunc",
        ),
        "Number": (
            "EPSILON", "MAX_SAFE_INTEGER", "MIN_SAFE_INTEGER", "isFinite", "isInteger", "isNaN", "isSafeInteger", "parseFloat",
            "parseInt",
        ),
        "Object": (
            "assign", "create", "defineProperty", "entries", "freeze", "fromEntries", "getPrototypeOf", "groupBy", "hasOwn", "is",
            "keys", "values",
        ),
        "Promise": ("all", "allSettled", "any", "race", "reject", "resolve", "withResolvers"),
        "String": ("fromCharCode", "fromCodePoint", "raw"),
    }
)  # fmt: skip

METHODS_OF_VALUES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "''": (
            "at", "charAt", "charCodeAt", "codePointAt", "concat", "endsWith", "includes", "indexOf", "lastIndexOf", "length",
            "localeCompare", "match", "matchAll", "normalize", "padEnd", "padStart", "repeat", "replace", "replaceAll", "search",
            "slice", "split", "startsWith", "substring", "toLowerCase", "toString", "toUpperCase", "trim", "trimEnd", "trimStart",
        ),
        "[]": (
            "at", "concat", "entries", "every", "fill", "filter", "find", "findIndex", "findLast", "findLastIndex", "flat",
            "flatMap", "forEach", "includes", "indexOf", "join", "keys", "lastIndexOf", "length", "map", "pop", "push", "reduce",
            "reduceRight", "reverse", "shift", "slice", "some", "sort", "splice", "toReversed", "toSorted", "toSpliced", "unshift",
            "values", "with",
        ),
        "Promise.resolve()": ("catch", "finally", "then"),
    }
)  # fmt: skip

GLOBALS: Final = (
    "exec", *(name for name in MEMBERS if name != "router"), "Boolean", "Error", "Infinity", "Map", "NaN", "RangeError", "RegExp",
    "Set", "SyntaxError", "TypeError", "decodeURIComponent", "encodeURIComponent", "globalThis", "isNaN", "parseFloat", "parseInt",
    "undefined",
)  # fmt: skip
_KEYWORDS: Final = (
    "async", "await", "catch", "const", "continue", "default", "else", "export", "false", "finally", "function", "import", "null",
    "return", "throw", "true", "typeof", "while",
)  # fmt: skip
WORDS: Final = (*GLOBALS, *_KEYWORDS)


def members(owner: str) -> tuple[str, ...]:
    """Return what can follow ``owner.``: members of a built-in object, else the methods of texts, arrays and promises."""
    return MEMBERS.get(owner) or tuple(sorted({name for names in METHODS_OF_VALUES.values() for name in names}))


def imported(line: str) -> tuple[str, ...]:
    """Return what can stand at the end of ``line`` between the braces of an import; nothing anywhere else."""
    start, brace, names = line.rpartition("{")
    return SCOPES if brace and "}" not in names and start.strip() == "import" else ()


def names_module(line: str) -> bool:
    """Whether a text that begins behind ``line`` names the module of an import."""
    before = line.rstrip()
    return before.endswith(("from", "import")) and before.lstrip().startswith(("import", "export"))
