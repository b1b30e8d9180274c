"""Names that people type: those of extensions, close matches for the others, and how foreign text is quoted in messages."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher, get_close_matches
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING, Final

from scopebox.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable

UNTITLED: Final = "directus-extension-untitled"
MAX_LENGTH: Final = 214  # what a package registry takes
SHOWN: Final = 80  # characters of foreign text in a message
MAX_KNOWN: Final = 1_000  # names among which a close match is looked for
_LIKELY: Final = 10  # of them that are compared in full

_READABLE: Final = 1e6
_PACKAGE: Final = re.compile(r"(?:@[a-z0-9~][a-z0-9._~-]*/)?directus-extension-[a-z0-9._~-]+")
_WORDS: Final = re.compile(r"[a-z0-9]+")
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

# Paths that Directus answers itself: endpoints of an extension of such a name could not be told from them.
_PATHS_OF_DIRECTUS: Final = frozenset({
    "access", "activity", "admin", "assets", "auth", "collections", "comments", "dashboards", "extensions", "fields", "files",
    "flows", "folders", "graphql", "items", "mcp", "metrics", "notifications", "operations", "panels", "permissions", "policies",
    "presets", "relations", "revisions", "roles", "schema", "server", "settings", "shares", "translations", "users", "utils",
    "versions", "websocket",
})  # fmt: skip


def check(name: object) -> str:
    """Return ``name`` if an extension may be called that, else raise :class:`ManifestError`.

    Packages (``directus-extension-…``, ``@scope/directus-extension-…``) and plain slugs (``my-extension``) are names.
    """
    if not isinstance(name, str):
        raise ManifestError(f"the name of an extension is text, not {shown(name)}", place="name")
    if len(name) > MAX_LENGTH:
        raise ManifestError(
            f"the name of an extension has at most {MAX_LENGTH} characters, not {len(name)}", place="name"
        )
    if name in _PATHS_OF_DIRECTUS:
        raise ManifestError(
            f"{shown(name)} is a path of Directus itself, and endpoints are served below the name",
            place="name",
            hint=f"Call it directus-extension-{name}.",
        )
    if not (_PACKAGE.fullmatch(name) or _SLUG.fullmatch(name)):
        slug = "-".join(_WORDS.findall(name.lower())).removeprefix("directus-extension-") or "hello"
        raise ManifestError(
            f"{shown(name)} is no name of an extension",
            place="name",
            hint=(
                "Names are directus-extension-…, @scope/directus-extension-… or plain slugs of a-z, 0-9 and -, "
                f"such as directus-extension-{slug[:40]}."
            ),
        )
    return name


def closest(word: str, known: Iterable[str]) -> str:
    """Return the entry of ``known`` that ``word`` was probably meant to be, or ``""``.

    Of long names the first characters count, of very many names the first ones, and only those with about the same letters
    are compared in full: that takes time by the square of their length.
    """
    by_lower = {name[:SHOWN].lower(): name for name in islice(known, MAX_KNOWN)}
    matcher: SequenceMatcher[str] = SequenceMatcher(b=word[:SHOWN].lower())

    def letters_in_common(name: str) -> float:
        matcher.set_seq1(name)
        return matcher.quick_ratio()

    likely = nlargest(_LIKELY, by_lower, key=letters_in_common)
    matches = get_close_matches(word[:SHOWN].lower(), likely, n=1)
    return by_lower[matches[0]] if matches else ""


def shown(value: object) -> str:
    """Return ``value`` for a message: text quoted, shortened and in visible ASCII; containers by their type alone."""
    match value:
        case str():
            cut = value if len(value) <= SHOWN else f"{value[: SHOWN // 2]}...{value[-SHOWN // 4 :]}"
            return json.dumps(cut).replace("\x7f", "\\u007f")
        case None | bool():
            return json.dumps(value)
        case int() | float():
            return f"{value:g}" if abs(value) < _READABLE else "a large number"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return f"a value of type {type(value).__name__[:SHOWN]}"
