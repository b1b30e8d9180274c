"""Moments as payloads tell them: texts in ISO 8601, of which the same ones are read as by the library that a Directus uses."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

MAX_CHARACTERS: Final = 100
_USUAL: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:(?:\d{2}Z?|(\d{2}\.\d{3})Z))?", re.ASCII)
_SECOND_CHARACTERS: Final = len("2020-01-31T12:00:00")
_PLACE: Final = re.compile(r"[T ]")
_UTC: Final = re.compile(r"[Zz]")
_YEAR: Final = re.compile(r"(\d{4}|[+-]\d{6})|(\d{2}|[+-]\d{4})\Z", re.ASCII)
_DAY: Final = re.compile(
    r"-?(?:(?P<ordinal>\d{3})|(?P<month>\d{2})(?:-?(?P<day>\d{2}))?|W(?P<week>\d{2})(?:-?(?P<weekday>\d))?|)", re.ASCII
)
_ZONE: Final = re.compile(r"[Z+-].*\Z")
_PART: Final = r"(\d{2}(?:[.,]\d*)?)"
_CLOCK: Final = re.compile(rf"{_PART}(?::?{_PART})?(?::?{_PART})?", re.ASCII)
_OFFSET: Final = re.compile(r"([+-])(\d{2})(?::?(\d{2}))?", re.ASCII)


def moment_of(text: str) -> datetime | None:
    """Return the moment that ``text`` tells, in UTC and without a zone; None where it tells none.

    A text without a zone means UTC. Of a year before 1 or after 9999 nothing can be kept here.
    """
    return _usual(text) or (_read(text) if len(text) <= MAX_CHARACTERS else None)


def _usual(text: str) -> datetime | None:
    """Return the moment of a text as by far the most are: a day, or a second of one, or what ``toISOString()`` of JavaScript writes."""
    found = _USUAL.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(text[:_SECOND_CHARACTERS])
    except ValueError:
        return None
    seconds = found[1]
    if seconds is None or seconds.endswith(".000"):
        return moment
    before = moment.hour * 3_600_000 + moment.minute * 60_000
    # The library adds them up in floating point, which loses a millisecond now and then.
    return moment.replace(microsecond=(int(before + float(seconds) * 1_000) - before) % 1_000 * 1_000)


def _read(text: str) -> datetime | None:
    day, clock = _split(text)
    zone = _ZONE.search(clock)
    hours = clock[: zone.start()] if zone else clock
    try:
        found = datetime.combine(_day(day), time())
        return found + (_clock(hours) if hours else timedelta()) - (_offset(zone[0]) if zone else timedelta())
    except (ValueError, OverflowError):
        return None


def _split(text: str) -> tuple[str, str]:
    """Return the part of ``text`` that tells the day, and what tells the time; no day where neither is told."""
    parts = _PLACE.split(text)
    if len(parts) > 2 or ":" in parts[0]:  # noqa: PLR2004 - a day and a time
        return "", ""
    zone = _UTC.search(parts[0])
    return (text[: zone.start()], text[zone.start() :]) if zone else (parts[0], "".join(parts[1:]))


def _day(text: str) -> date:
    """Return the day that ``text`` tells; ValueError where it tells none."""
    year = _YEAR.match(text)
    found = _DAY.fullmatch(text, year.end()) if year else None
    if year is None or found is None:
        raise ValueError(text)
    number = int(year[1]) if year[1] else 100 * int(year[2])
    if found["week"]:
        return _day_of_week(number, int(found["week"]), int(found["weekday"] or 1))
    if found["ordinal"]:
        day = date(number, 1, 1) + timedelta(days=int(found["ordinal"]) - 1)
        if day.year != number:
            raise ValueError(text)
        return day
    return date(number, int(found["month"] or 1), int(found["day"] or 1))


def _day_of_week(year: int, week: int, weekday: int) -> date:
    """Return a day of the week of that number, which begins on a Monday; the first week is that of January 4."""
    if not (1 <= week <= 53 and 1 <= weekday <= 7):  # noqa: PLR2004 - of a calendar
        raise ValueError(week)
    fourth = date(year, 1, 4)
    return fourth + timedelta(weeks=week - 1, days=weekday - fourth.isoweekday())


def _clock(text: str) -> timedelta:
    """Return the time of day, to the millisecond; ValueError where ``text`` tells none."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
    whole = hours == 24 and not minutes and not seconds  # noqa: PLR2004 - the end of a day
    if not whole and (hours >= 25 or hours == 24 or minutes >= 60 or seconds >= 60):  # noqa: PLR2004 - of a clock
        raise ValueError(text)
    return timedelta(milliseconds=int(hours * 3_600_000 + minutes * 60_000 + seconds * 1_000))


def _offset(text: str) -> timedelta:
    """Return how much a zone is ahead of UTC; what is none counts as UTC, and ValueError for more than 59 minutes."""
    found = _OFFSET.fullmatch(text)
    if found is None:
        return timedelta()
    minutes = int(found[3] or 0)
    if minutes > 59:  # noqa: PLR2004 - of a clock
        raise ValueError(text)
    ahead = timedelta(hours=int(found[2]), minutes=minutes)
    return ahead if found[1] == "+" else -ahead
