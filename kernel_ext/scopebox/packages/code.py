"""What stands in the code of a package, found by looking at its text: nothing is run, so it is what was seen, and not all that may be.

Code can make every name and address while it runs. What is found here is worth a question to its author; that something is not
found says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

MAX_FOUND: Final = 50  # different names of one kind

_API: Final = "directus:api"
# Each pattern begins with the text that is rarest of it, which is found without trying the pattern at every character.
_IMPORTED: Final = re.compile(r"""(?:from(?<=\bfrom)|import(?<=\bimport))\s*+\(?+\s*+["'`]([^"'`\n\\]{1,200})["'`]""")
_FROM_API: Final = re.compile(
    r"""import(?<=\bimport)\s*+(\{[^{}*"'`;]{0,300}+\}|\*\s*+as\s++[\w$]++)\s*+from\s*+["'`]directus:api["'`]"""
)
_NAMES: Final = re.compile(r"[{,]\s*+([\w$]++)")
_ADDRESS: Final = re.compile(
    r"://(?<=[ps]://)(?:(?<=\bhttps://)|(?<=\bhttp://)|(?<=\bwss://)|(?<=\bws://))([A-Za-z0-9.-]{1,253}(?::\d{1,5})?)"
)


def _words(*names: str, behind: str = r"(?![\w$])") -> tuple[str, ...]:
    """Return patterns for the ``names`` as words of their own."""
    return tuple(rf"{name}(?<![\w$]{name}){behind}" for name in map(re.escape, names))


_STORAGE: Final = tuple(
    map(re.compile, _words("localStorage", "sessionStorage", "indexedDB", "cookieStore", "document.cookie"))
)
_NETWORK: Final = tuple(
    map(
        re.compile,
        _words(
            "fetch", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "WebTransport", "RTCPeerConnection",
            "importScripts", "useApi", "serviceWorker", "postMessage",
        ),
    )
)  # fmt: skip
_MAKES_CODE: Final = tuple(
    map(
        re.compile,
        _words(
            "eval", "Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "v-html", behind=r"(?=\s{0,4}[(=`])"
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found in a text. ``taken`` are the names that it imports of ``directus:api``, None where that is not to be seen."""

    imports: tuple[str, ...]
    taken: frozenset[str] | None
    hosts: tuple[str, ...]
    storage: tuple[str, ...]
    network: tuple[str, ...]
    makes_code: tuple[str, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """The imports that a sandbox refuses."""
        return tuple(name for name in self.imports if name != _API)


def facts_of(text: str) -> Facts:
    """Return what stands in a piece of code."""
    return Facts(
        _found(_IMPORTED.findall(text)), _taken(text), _found(_ADDRESS.findall(text)),
        _named(_STORAGE, text), _named(_NETWORK, text), _named(_MAKES_CODE, text),
    )  # fmt: skip


def _found(finds: Iterable[str]) -> tuple[str, ...]:
    """Return the different finds, in order, the first of them."""
    return tuple(islice(dict.fromkeys(finds), MAX_FOUND))


def _named(words: Iterable[re.Pattern[str]], text: str) -> tuple[str, ...]:
    """Return which of the words stand in the code, in order; where each does for the first time is enough."""
    finds = [found for word in words if (found := word.search(text))]
    return tuple(found[0] for found in sorted(finds, key=re.Match.start))


def _taken(text: str) -> frozenset[str] | None:
    clauses = [found[1] for found in islice(_FROM_API.finditer(text), MAX_FOUND + 1)]
    if len(clauses) > MAX_FOUND or any(clause.startswith("*") for clause in clauses) or (not clauses and _API in text):
        return None
    return frozenset(name for clause in clauses for name in _NAMES.findall(clause))
