"""What a parameter covers that stands behind text of its own segment: ``:to`` in ``/:from-:to`` holds no ``-``.

Express writes it as a look-ahead before each character, which RE2 does not have; here it is spelt out as an expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_SEPARATOR_CHARACTERS: Final = 6
_LITERAL: Final = re.compile(r"(?:[A-Za-z0-9_~!&',;=@%/-]|\\[^A-Za-z0-9_])+")
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Following:
    """What may come behind a parameter: a text, and whether the path ends with it (else anything may follow)."""

    text: str
    ends: bool = False

    def begins_with(self, rest: str) -> bool | None:
        """Whether the path goes on with ``rest``; None if that is open."""
        common = min(len(rest), len(self.text))
        if self.text[:common].lower() != rest[:common]:
            return False
        if len(self.text) >= len(rest):
            return True
        return False if self.ends and rest[common:] != "/" else None


def literal_of(source: str) -> str:
    """Return the text that ``source`` stands for; ValueError if it is more than plain text."""
    if not _LITERAL.fullmatch(source):
        raise ValueError(f"a parameter stands behind {source[:50]!r} in its segment, which has to be plain text there")
    return _ESCAPED.sub(r"\1", source).lower()


def without(separator: str, following: list[Following]) -> str:
    """Return an expression for what has no slash, and in which ``separator`` does not begin, whatever comes behind it."""
    inner = separator.partition("/")[0]
    if len(inner) > MAX_SEPARATOR_CHARACTERS:
        raise ValueError(
            f"a parameter stands behind {inner[:50]!r} in its segment, {MAX_SEPARATOR_CHARACTERS} characters are the limit there"
        )
    barred = [inner[:length] for length in range(1, len(inner) + 1) if _goes_on(separator, length, following)]
    states = range(len(inner) + (inner != separator))
    ends = [state for state in states if not any(inner[:state].endswith(text) for text in barred)]
    return _expression(_steps(inner, len(states)), ends)


def _goes_on(separator: str, length: int, following: list[Following]) -> bool:
    """Whether a parameter that ends with the first ``length`` characters is followed by the others."""
    rest = separator[length:]
    if not rest:
        return True
    answers = {entry.begins_with(rest) for entry in following}
    if len(answers) > 1 or None in answers:
        raise ValueError(
            f"whether a parameter ends before {separator[:50]!r} depends on what follows it; part the parameters by slashes"
        )
    return True in answers


def _steps(inner: str, count: int) -> list[dict[int, str]]:
    """Return for each state (how much of ``inner`` was just read) the sets of characters that lead on, by where to."""
    letters = sorted(set(inner))
    steps: list[dict[int, str]] = []
    for state in range(count):
        named: dict[int, str] = {}
        for letter in letters:
            read = inner[:state] + letter
            target = next(length for length in range(len(read), -1, -1) if inner[:length] == read[len(read) - length :])
            if 0 < target < count:
                named[target] = named.get(target, "") + re.escape(letter)
        gone = "".join(re.escape(letter) for letter in letters if not _leads_nowhere(inner, state, letter))
        steps.append({target: f"[{marks}]" for target, marks in named.items()})
        steps[-1][0] = f"[^/{gone}]"
    return steps


def _leads_nowhere(inner: str, state: int, letter: str) -> bool:
    """Whether nothing of ``inner`` has been read once ``letter`` follows."""
    read = inner[:state] + letter
    return not any(inner.startswith(read[start:]) for start in range(max(0, len(read) - len(inner)), len(read)))


def _expression(steps: list[dict[int, str]], ends: list[int]) -> str:
    """Return the expression of an automaton that begins in state 0 and reads at least one character."""
    count = len(steps)
    begin, end = count, count + 1
    arrows = {(state, target): text for state, row in enumerate(steps) for target, text in row.items()}
    arrows.update({(begin, target): text for target, text in steps[0].items()})
    arrows.update({(state, end): "" for state in ends})
    for state in reversed(range(count)):
        again = f"(?:{loop})*" if (loop := arrows.pop((state, state), "")) else ""
        into = {source: text for (source, target), text in arrows.items() if target == state}
        out = {target: text for (source, target), text in arrows.items() if source == state}
        arrows = {pair: text for pair, text in arrows.items() if state not in pair}
        for source, first in into.items():
            for target, last in out.items():
                way = f"{first}{again}{last}"
                known = arrows.get((source, target))
                arrows[source, target] = way if known is None else f"(?:{known}|{way})"
    return f"(?:{arrows[begin, end]})"
