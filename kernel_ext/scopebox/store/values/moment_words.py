"""PostgreSQL's words for moments, such as ``today``. They are for comparing alone: a Directus writes none of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scopebox.store.schema.schema import HeldType

_MAX_CHARACTERS: Final = 100  # of a text that may be a word, with spaces around it
_EVER: Final = frozenset(("infinity", "+infinity", "-infinity"))
_DAYS: Final = {"today": 0, "tomorrow": 1, "yesterday": -1}
_WORDS: Final = _EVER | _DAYS.keys() | {"now", "epoch", "allballs"}


def is_special_moment(value: object) -> bool:
    """Return whether ``value`` is a word for a moment, or a list with one: most of them mean something else every day."""
    if isinstance(value, list):
        return any(_word(item) is not None for item in value if isinstance(item, str))
    return isinstance(value, str) and _word(value) is not None


def special_moment(type_: HeldType, text: str) -> object:
    """Return the moment that a word names, as a parameter of this type; None for any other text."""
    word = _word(text)
    if word is None:
        return None
    now, moment = datetime.now(UTC).replace(tzinfo=None), None
    if word in _DAYS:
        moment = datetime.combine(now.date() + timedelta(days=_DAYS[word]), time())
    elif word in ("now", "epoch"):
        moment = now if word == "now" else datetime(1970, 1, 1)  # noqa: DTZ001 - columns hold no zone
    if type_ == "time":
        return now.time() if word == "now" else time() if word == "allballs" else None
    if word in _EVER:
        return word.removeprefix("+")
    return moment.date() if moment is not None and type_ == "date" else moment


def _word(text: str) -> str | None:
    """Return the word that ``text`` is; None for any other text, of which most begin with a digit."""
    if text[:1].isdigit():
        return None
    word = text[:_MAX_CHARACTERS].strip().lower()
    return word if word in _WORDS else None
