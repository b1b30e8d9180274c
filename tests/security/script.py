"""What the servers of an attack answer, as it is written down, and nothing in it overlooked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from tests.security.corpus import CorpusError

STREAMS: Final = frozenset({"silent", "endless", "many-headers", "slow-body", "slow-headers", "raw", "reset"})
_KEYS: Final = frozenset({"status", "headers", "body", "body_repeat", "stream", "raw", "raw_repeat", "echo"})
_WHERE: Final = re.compile(r"(?:(?P<method>[A-Z]+|\*) )?(?P<path>/\S*|\*)")

Answer = Mapping[str, object]


@dataclass
class Script:
    """Answers by where they are given: ``GET /x``, ``/x`` for every method, ``*`` for everything; several are given in turn, the last again."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)

    @classmethod
    def read(cls, given: object) -> Script:
        """Return the script in ``given``; CorpusError for a key, a stream or an answer that nobody knows."""
        if not given:
            return cls()
        if not isinstance(given, Mapping):
            raise CorpusError(f"server_script is no object: {given!r:.100}")
        if set(given) <= _KEYS:
            return cls({"*": [_answer("*", given)]})
        found = {}
        for where, answers in given.items():
            if not _WHERE.fullmatch(str(where)):
                raise CorpusError(f"server_script: {where!r:.100} is no place of an answer")
            found[str(where)] = [
                _answer(str(where), one) for one in (answers if isinstance(answers, list) and answers else [answers])
            ]
        return cls(found)

    def answer(self, method: str, path: str, usual: Answer) -> Answer:
        """Return the answer to a request, ``usual`` if the script has none."""
        for key in self.answers:
            if key in (f"{method} {path}", path):
                return self._next(key)
        for key in self.answers:
            match = _WHERE.fullmatch(key)
            assert match is not None
            if "*" in key and match["method"] in (None, "*", method) and fnmatchcase(path, match["path"]):
                return self._next(key)
        return usual

    def _next(self, key: str) -> Answer:
        answers = self.answers[key]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _answer(where: str, given: object) -> Answer:
    answer = {"body": given} if isinstance(given, str) else {"status": given} if isinstance(given, int) else given
    if not isinstance(answer, Mapping):
        raise CorpusError(f"server_script: the answer to {where} is no object: {given!r:.100}")
    if unknown := sorted(set(answer) - _KEYS):
        raise CorpusError(f"server_script: unknown key {', '.join(map(str, unknown))} of the answer to {where}")
    stream = answer.get("stream")
    if stream is not None and stream not in STREAMS:
        raise CorpusError(f"server_script: unknown stream {stream!r} of the answer to {where}")
    if stream == "raw" and not isinstance(answer.get("raw"), str):
        raise CorpusError(f"server_script: the answer to {where} has no text raw")
    for _ in fields(answer):
        pass
    return answer


def fields(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield the headers of an answer: an object, whose values may be lists of several, or a list of pairs."""
    given = answer.get("headers") or {}
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise CorpusError(f"server_script: these are no headers: {given!r:.100}")
    for name, value in pairs:
        for one in value if isinstance(value, list) else [value]:
            yield str(name), str(one)


def body(answer: Answer) -> str:
    """Return the body of an answer: text as it is, other data as JSON."""
    given = answer.get("body", "ok")
    return given if isinstance(given, str) else json.dumps(given)
