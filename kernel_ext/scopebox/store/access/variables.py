"""Dynamic variables of filters and presets: ``$NOW``, ``$NOW(-1 day)``, ``$CURRENT_USER``, ``$CURRENT_USER.email`` and their kind."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.access.records import Accountability

_ADJUSTMENT: Final = re.compile(r"\s*([+-]?(?:\d{1,9}\.\d{1,9}|\.?\d{1,18}))(?: *([a-zA-Z]{1,12}))?\s*")
MAX_VARIABLE_CHARACTERS: Final = 200
"""Characters of a variable; a longer text is no variable."""
_SECONDS: Final = {
    **dict.fromkeys(("milliseconds", "millisecond", "msecs", "msec", "ms"), 0.001),
    **dict.fromkeys(("seconds", "second", "secs", "sec", "s"), 1.0),
    **dict.fromkeys(("minutes", "minute", "mins", "min", "m"), 60.0),
    **dict.fromkeys(("hours", "hour", "hrs", "hr", "h"), 3600.0),
    **dict.fromkeys(("days", "day", "d"), 86400.0),
    **dict.fromkeys(("weeks", "week", "wks", "wk", "w"), 604800.0),
}
_MONTHS: Final = {
    **dict.fromkeys(("months", "month", "mth", "mo"), 1),
    **dict.fromkeys(("years", "year", "yrs", "yr", "y"), 12),
}
_WHO: Final = ("$CURRENT_USER", "$CURRENT_ROLES", "$CURRENT_ROLE", "$CURRENT_POLICIES")


class LooksUp(Protocol):
    """Knows what stands behind an accountability."""

    def policy_ids(self, accountability: Accountability, /) -> list[str]:
        """Return the ids of its policies."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What the variables stand for, for one who asks, now.

    ``known`` has what fields of the user, the role and the policies hold, by the variable: they have to be looked up before, and what
    was asked for without that is ``missing``. An error in it is raised where the variable is used. ``used`` are all that were asked for,
    and what else depends on the moment. What each stands for is found once.
    """

    access: LooksUp
    accountability: Accountability | None
    now: datetime
    known: Mapping[str, object] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    _found: dict[str, object] = field(default_factory=dict, init=False)

    @property
    def passing(self) -> bool:
        """Whether anything of it may be something else the next time that the same one asks."""
        return is_passing(self.used)

    def value(self, text: str) -> object:
        """Return what ``text`` stands for: itself, if it is no variable; ABSENT, if it may not be resolved."""
        if len(text) > MAX_VARIABLE_CHARACTERS or not text.startswith("$"):
            return text
        if text not in self._found:
            self._found[text] = self._value(text)
        return self._found[text]

    def _value(self, text: str) -> object:
        if text[: len("$NOW")].upper() == "$NOW":
            self.used.add(text)
            return self._moment(text)
        head = next((name for name in _WHO if text.startswith(name)), None)
        if head is None:
            return text
        self.used.add(text)
        return self._plain(head) if text == head else self._detail(text)

    def _moment(self, text: str) -> datetime:
        inside, bracket, _ = text.partition("(")[2].partition(")")
        return adjusted(self.now, inside) if bracket and inside else self.now

    def _plain(self, head: str) -> object:
        who = self.accountability
        match head:
            case "$CURRENT_USER":
                return who.user if who else None
            case "$CURRENT_ROLE":
                return who.role if who else None
            case "$CURRENT_ROLES":
                return list(who.roles) if who else []
            case _:
                return self.access.policy_ids(who) if who else []

    def _detail(self, text: str) -> object:
        if self.accountability is None or not is_detail(text):
            return None
        if text not in self.known:
            self.missing.add(text)
            return None
        found = self.known[text]
        if isinstance(found, Exception):
            raise found
        return found


def is_passing(used: set[str]) -> bool:
    """Return whether any of the variables in ``used`` may be something else the next time that the same one asks."""
    return not used.issubset(_WHO)


def is_detail(text: str) -> bool:
    """Return whether ``text`` is a variable that names a field: ``$CURRENT_USER.email``."""
    return (
        len(text) <= MAX_VARIABLE_CHARACTERS
        and text.partition(".")[0] in _WHO
        and not text.endswith(".")
        and "." in text
    )


def details_of(rule: object) -> set[str]:
    """Return the variables in ``rule`` that name a field."""
    found: set[str] = set()
    level = [rule]
    while level:
        below: list[object] = []
        for entry in level:
            if isinstance(entry, dict):
                below.extend(entry.values())
            elif isinstance(entry, list):
                below.extend(entry)
            elif isinstance(entry, str) and entry.startswith("$") and is_detail(entry):
                found.add(entry)
        level = below
    return found


def adjusted(moment: datetime, adjustment: str) -> datetime:
    """Return ``moment`` moved by an adjustment like ``-1 day``; one that cannot be read changes nothing."""
    match = _ADJUSTMENT.fullmatch(adjustment)
    if match is None:
        return moment
    amount, unit = match[1], (match[2] or "day").lower()
    try:
        if unit in _MONTHS:
            return _by_months(moment, int(float(amount)) * _MONTHS[unit])
        return moment + timedelta(seconds=float(amount) * _SECONDS[unit]) if unit in _SECONDS else moment
    except (OverflowError, ValueError):
        return moment


def _by_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = moment.day
    if day > 28:  # noqa: PLR2004 - every month has as many
        day = min(day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
