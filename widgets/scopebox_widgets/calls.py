"""Calls in words: what one is called, of which kind it is, and everything that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from scopebox.journal.views import clock
from scopebox.text.visible import clean
from scopebox.views.html import Markup, block, code, element, join, state_badge, text
from scopebox.views.parts import counted, took
from scopebox.vocabulary import API_PREFIX, CALL_STATES, HANDLER_PREFIX, ITEMS, REGISTRATIONS

from scopebox_widgets import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.journal.records import CallRecord

Kind = Literal["handler", "items", "request", "register", "other"]
MAX_LABEL_CHARACTERS: Final = 18  # characters of the name of a call on its bar
MAX_NAME_CHARACTERS: Final = 80
REQUEST: Final = "request"


def name_of(record: CallRecord) -> str:
    """Return what a call is called: its execution type, or the handler."""
    name = record.type.removeprefix(HANDLER_PREFIX).removeprefix(API_PREFIX)
    return clean(name.replace(":", " ", 1), MAX_NAME_CHARACTERS)


def kind_of(record: CallRecord) -> Kind:
    """Return of which kind a call is; each has its colour."""
    name = record.type.removeprefix(API_PREFIX)
    if name.startswith(HANDLER_PREFIX):
        return "handler"
    if name in ITEMS:
        return "items"
    if name in REGISTRATIONS:
        return "register"
    return REQUEST if name == REQUEST else "other"


def label_of(record: CallRecord, room: int = MAX_LABEL_CHARACTERS) -> str:
    """Return the words on a bar, in ``room`` characters: the name of the call, behind a sign if it did not end well."""
    state = CALL_STATES[record.state]
    signed = name_of(record) if record.state == "ok" else f"{state.sign} {name_of(record)}"
    return signed if len(signed) <= room else f"{signed[: room - 1]}…"


def spoken(record: CallRecord) -> str:
    """Return a call in a sentence, for those who hear it and for those who rest a pointer on it."""
    state = "" if record.state == "ok" else f"{CALL_STATES[record.state].word}, "
    return f"{name_of(record)}, {state}call {record.number} of {record.extension}, {took(record.seconds) or 'running'}"


def title_of(calls: Sequence[CallRecord]) -> str:
    """Return what a run is called: what began it, how many calls it made, and when."""
    first = calls[0]
    handled = first.type.startswith(HANDLER_PREFIX)
    name = name_of(first) if handled else f"cell {sentences.short_name(first.extension)}"
    return f"{name} · {counted(len(calls), 'call')} · {clock(first.time).partition('.')[0]}"


def state_of(record: CallRecord) -> Markup:
    """Return how a call ended, with the reason."""
    state = state_badge(CALL_STATES[record.state])
    return join([state, f" ({record.reason})"]) if record.reason else state


def card(record: CallRecord) -> Markup:
    """Return everything that is known of a call."""
    cause = f"call {record.parent}" if record.parent else "the run itself"
    known = [
        ("Call", f"{record.number} of run {record.chain}, caused by {cause}"),
        ("Extension", record.extension),
        ("Type", code(record.type, 120)),
        ("State", state_of(record)),
        ("Took", f"{took(record.seconds) or 'running'}, from {clock(record.time)}"),
    ]
    if record.line:
        known.append(("Line", f"{record.line}"))
    if record.arguments:
        known.append(("Arguments", code(record.arguments, 250)))
    if record.message:
        known.append(("Message", text(record.message, 300)))
    if record.hint:
        known.append(("What helps", block(record.hint, 600)))
    parts = [part for name, value in known for part in (element("dt", name), element("dd", value))]
    return element("dl", *parts, class_="sbx-card")
