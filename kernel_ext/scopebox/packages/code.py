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
_IMPORTED: Final = re.compile(r"""\b(?:from|import)\b\s*+\(?+\s*+["'`]([^"'`\n\\]{1,200})["'`]""")
_FROM_API: Final = re.compile(r"""\bimport\b\s*+([{*][^"'`;]{0,300}?)\bfrom\s*+["'`]directus:api["'`]""")
_NAMES: Final = re.compile(r"[{,]\s*+([\w$]++)")
_ADDRESS: Final = re.compile(r"(?<![\w])(?:https?|wss?)://([A-Za-z0-9.-]{1,253}(?::\d{1,5})?)")
_STORAGE: Final = re.compile(r"(?<![\w$])(localStorage|sessionStorage|indexedDB|cookieStore|document\.cookie)(?![\w$])")
_NETWORK: Final = re.compile(
    r"(?<![\w$])(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|WebTransport|RTCPeerConnection|importScripts"
    r"|useApi|serviceWorker|postMessage)(?![\w$])"
)
_MAKES_CODE: Final = re.compile(
    r"(?<![\w$])(eval|Function|innerHTML|outerHTML|insertAdjacentHTML|v-html)(?=\s{0,4}[(=`])"
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
        _found(_IMPORTED.finditer(text)), _taken(text), _found(_ADDRESS.finditer(text)),
        _found(_STORAGE.finditer(text)), _found(_NETWORK.finditer(text)), _found(_MAKES_CODE.finditer(text)),
    )  # fmt: skip


def _found(finds: Iterable[re.Match[str]]) -> tuple[str, ...]:
    """Return the different finds, in order, the first of them."""
    return tuple(islice(dict.fromkeys(found[1] for found in finds), MAX_FOUND))


def _taken(text: str) -> frozenset[str] | None:
    clauses = [found[1] for found in _FROM_API.finditer(text)]
    if any(clause.startswith("*") for clause in clauses) or (not clauses and _API in text):
        return None
    return frozenset(_names(clauses))


def _names(clauses: Iterable[str]) -> Iterable[str]:
    for clause in clauses:
        yield from _NAMES.findall(clause)
