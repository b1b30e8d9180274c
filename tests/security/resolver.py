"""The resolution of names that an attack pretends there is, from what it says of it: as data, or in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from tests.security.corpus import CorpusError

SLOW: Final = 25.0  # seconds that a lookup takes which is slow, or has no end
EVERY: Final = "*"
_SECONDS: Final = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s\b|sec)")
_SLOW: Final = re.compile(r"\b(?:slow\w*|hangs?|never|silent\w*|blocks?|no answer|time[sd]?[ -]?out)\b", re.IGNORECASE)
_FAILS: Final = re.compile(r"\b(?:fails?|no such name|unknown|not found|nxdomain|nothing)\b", re.IGNORECASE)
_TURNS: Final = re.compile(r"\b(?:then|later|second|next|afterwards)\b", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*(?::[0-9a-fA-F.]*){2,})(?![\w])")
_NAME: Final = re.compile(r"(?<![\w.@-])(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*(?![\w-])", re.IGNORECASE)


@dataclass
class Lookups:
    """``names`` has the addresses that each lookup of a name finds, in turn; ``seconds`` is what a lookup takes that then finds nothing."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    seconds: float = 0.0

    def addresses(self, name: str) -> list[str] | None:
        """Return what a lookup of ``name`` finds this time, None if nothing is pretended of it."""
        answers = self.names.get(name, self.names.get(EVERY))
        if answers is None:
            return None
        return answers.pop(0) if len(answers) > 1 else answers[0]


def read(fixed: object, sequence: object) -> Lookups:
    """Return the lookups; CorpusError for what says nothing that can be pretended."""
    found = Lookups()
    for given, turns in ((fixed, False), (sequence, True)):
        if isinstance(given, str):
            words = _in_words(given)
            found.names |= words.names
            found.seconds = max(found.seconds, words.seconds)
        elif isinstance(given, Mapping):
            found.names |= {str(name): _answers(name, answers, turns=turns) for name, answers in given.items()}
        elif given:
            raise CorpusError(f"resolver: {given!r:.100} is neither an object nor a text")
    return found


def _answers(name: object, given: object, *, turns: bool) -> list[list[str]]:
    several = given if isinstance(given, list) else [given]
    nested = any(isinstance(one, list) for one in several)
    lists = [one if isinstance(one, list) else [one] for one in several] if turns or nested else [several]
    for address in (address for one in lists for address in one):
        if not _is_address(address):
            raise CorpusError(f"resolver: {address!r:.100} is no address of {name}")
    return [list(map(str, one)) for one in lists]


def _is_address(text: object) -> bool:
    try:
        ip_address(str(text))
    except ValueError:
        return False
    return True


def _in_words(text: str) -> Lookups:
    addresses = [address for address in _ADDRESS.findall(text) if _is_address(address)]
    names = _NAME.findall(text) or [EVERY]
    if addresses:
        answers = [[address] for address in addresses] if _TURNS.search(text) else [addresses]
        return Lookups({name: list(answers) for name in names})
    if seconds := _SECONDS.search(text):
        return Lookups(seconds=float(seconds[1]) / (1000 if seconds[2] == "ms" else 1))
    if _SLOW.search(text):
        return Lookups(seconds=SLOW)
    if _FAILS.search(text):
        return Lookups({name: [[]] for name in names})
    raise CorpusError(f"resolver: nobody knows how names are found where {text!r:.100}")
