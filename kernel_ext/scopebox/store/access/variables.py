"""Dynamic variables of filters and presets: ``$NOW``, ``$NOW(-1 day)``, ``$CURRENT_USER``, ``$CURRENT_USER.email`` and their kind."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.store.query.filters import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.access.records import Accountability

_ADJUSTMENT: Final = re.compile(
    r"\s*(?P<amount>[+-]?(?:\d{1,9}\.\d{1,9}|\.?\d{1,18}))(?: *(?P<unit>milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h"
    r"|days?|d|weeks?|wks?|w|months?|mth|mo|years?|yrs?|y))?\s*",
    re.IGNORECASE,
)
MAX_VARIABLE_CHARACTERS: Final = 200
"""Characters of a variable; a longer text is no variable."""
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_STARTS: Final = ("$CURRENT_USER", "$CURRENT_ROLE", "$CURRENT_ROLES", "$CURRENT_POLICIES")


class LooksUp(Protocol):
    """Knows what stands behind an accountability."""

    def policy_ids(self, accountability: Accountability, /) -> list[str]:
        """Return the ids of its policies."""

    def user_data(self, accountability: Accountability, /) -> Mapping[str, object]:
        """Return the fields of its user."""

    def role_data(self, accountability: Accountability, /) -> Mapping[str, object]:
        """Return the fields of its role."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What the variables stand for, for one who asks, now."""

    access: LooksUp
    accountability: Accountability | None
    now: datetime

    def value(self, text: str) -> object:  # noqa: PLR0911 - one return a variable
        """Return what ``text`` stands for: itself, if it is no variable; ABSENT, if it may not be resolved."""
        moment = text[: len("$NOW")].upper() == "$NOW"
        if len(text) > MAX_VARIABLE_CHARACTERS or not (moment or text.startswith(_STARTS)):
            return text
        if moment:
            return self._moment(text)
        who = self.accountability
        if text == "$CURRENT_USER":
            return who.user if who else None
        if text == "$CURRENT_ROLE":
            return who.role if who else None
        if text.startswith("$CURRENT_ROLES"):
            return list(who.roles) if who else []
        if text.startswith("$CURRENT_POLICIES"):
            return self.access.policy_ids(who) if who else []
        return self._detail(text)

    def _moment(self, text: str) -> datetime:
        inside, bracket, _ = text.partition("(")[2].partition(")")
        return adjusted(self.now, inside) if bracket and inside else self.now

    def _detail(self, text: str) -> object:
        head, _, name = text.partition(".")
        who = self.accountability
        if who is None or not name:
            return None
        data = self.access.user_data(who) if head == "$CURRENT_USER" else self.access.role_data(who)
        # Reading one's own user and role takes permissions on system collections, which administrators alone have.
        return data.get(name) if who.admin else ABSENT


def adjusted(moment: datetime, adjustment: str) -> datetime:
    """Return ``moment`` moved by an adjustment like ``-1 day``; one that cannot be read changes nothing."""
    match = _ADJUSTMENT.fullmatch(adjustment)
    if match is None:
        return moment
    amount, unit = float(match["amount"]), _unit(match["unit"] or "day")
    try:
        if unit in {"mo", "y"}:
            return _by_months(moment, int(amount) * (12 if unit == "y" else 1))
        return moment + timedelta(seconds=amount * _SECONDS[unit])
    except (OverflowError, ValueError):
        return moment


def _unit(word: str) -> str:
    word = word.lower()
    if word.startswith(("ms", "milli")):
        return "ms"
    return "mo" if word.startswith("mo") or word == "mth" else word[0]


def _by_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
