"""Calls of an extension to the host, as the glue tells them to the port."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.json import Decoder

from scopebox_guest.arguments import most_arguments
from scopebox_guest.driver import values
from scopebox_guest.driver.calls import place_of_half
from scopebox_guest.javascript.errors import given_of
from scopebox_guest.javascript.quickjs.values import ThrownError, Value, number_of
from scopebox_guest.javascript.stacks import line_of_call
from scopebox_guest.wire import API_PREFIX, TAKES, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome, Run
    from scopebox_guest.javascript.errors import Errors
    from scopebox_guest.javascript.quickjs.realm import Realm
    from scopebox_guest.javascript.triggers import Triggers

NULL: Final = b"null"
WAITS, ANSWERED = 1, 0  # what the port answers
NAME_CHARACTERS: Final = 60
NO_RUN: Final = "a call works only while a cell or a handler runs"
NO_ROOM: Final = "no memory for the arguments of the call"
HALF: Final = f"there is {values.HALF}"


class Asked(Struct, array_like=True):
    """A call as the glue tells it. ``waits`` tells that code goes on with the answer, ``registers`` that a handler lies in the slot.

    ``stack`` is None where it is that of the call before.
    """

    type: str
    number: int
    waits: bool
    registers: bool
    stack: str | None
    args: list[object]

    @property
    def foreign(self) -> bool:
        """Whether it was made with ``directus:api``, whose errors come from another realm."""
        return self.type.startswith(API_PREFIX)

    @property
    def label(self) -> str:
        """How it stands in messages."""
        kind = self.type
        return usual_label(kind) if len(kind) <= NAME_CHARACTERS else label_of(kind)


def label_of(kind: str) -> str:
    """Return how a call of a type stands in messages."""
    name = values.shorten(kind.removeprefix(API_PREFIX), NAME_CHARACTERS)
    return f"{name}()" if kind.startswith(API_PREFIX) else f'exec("{name}")'


def _half(text: bytes) -> str:
    """Return what is wrong with a call that holds half a surrogate pair, and where that stands."""
    try:
        kind, *_, args = json.loads(text[1:])
    except (ValueError, RecursionError):
        return HALF
    error = values.NotDataError(values.HALF)
    error.place = place_of_half(kind, args)
    return f"{label_of(kind)}: {error}"


usual_label: Final = lru_cache(maxsize=32)(label_of)  # most calls are of few types
decode_asked: Final = Decoder(Asked).decode


class HostCalls:
    """Sends what the glue asks for, and settles its promises.

    ``single`` tells whether handlers take one argument, ``raw`` whether code has made text that JSON is to hold as it is.
    """

    def __init__(self, realm: Realm, glue: Mapping[str, Value], errors: Errors, triggers: Triggers) -> None:
        self.single = self.raw = False
        self._realm = realm
        self._glue = glue
        self._errors = errors
        self._triggers = triggers
        self._foreign: Value | None = None
        self._stack, self._line = "", 0

    def attach(self, calls: Calls, output: Printed) -> None:
        """Take what calls are sent and texts printed with."""
        self._calls = calls
        self._output = output

    def on_port(self, text: bytes) -> int:
        """Take what the glue says to the port: text to print, a call, or that there is raw JSON."""
        run = self._triggers.run
        if run is None:
            return self._refuse(RuntimeError(NO_RUN))
        if text[:1] == b"p":
            self._output._write(run, text[1:].decode("utf-8", "surrogatepass"))
            return ANSWERED
        if text == b"r":
            self.raw = True
            return ANSWERED
        if not values.fits(len(text), values.OBJECT_FACTOR):
            return self._refuse(MemoryError(NO_ROOM))
        try:
            asked = decode_asked(text[1:])
        except ValueError:
            return self._refuse(TypeError(_half(text)))
        if asked.stack is None:
            asked.stack = self._stack
        else:
            self._stack, self._line = asked.stack, line_of_call(asked.stack, self._errors.sources)
        small = len(text) <= values.SMALL_BYTES and text.count(b"[") + text.count(b"{") <= values.MAX_DATA_DEPTH
        return self._send(run, asked, small=small)

    def _send(self, run: Run, asked: Asked, *, small: bool) -> int:
        """Send a call; keep what has to be settled when it is answered."""
        try:
            args = self._registration(asked) if asked.registers else asked.args
            outcome = self._calls._call(run, asked.type, args, asked.label, self._line, small=small)
            if asked.waits:
                self._calls._wait(outcome)
        except (TypeError, ValueError, RuntimeError, MemoryError) as error:
            return self._refuse(error, asked)
        outcome._awaited = True
        if not outcome._done:
            outcome._when_settled(partial(self._triggers.add, run, partial(self._answer, asked, outcome)))
            return WAITS
        if outcome._error is not None:
            return self._refuse(outcome._error, asked)
        value = self._parsed(outcome._value)
        if value is not None:
            self._realm._set(self._glue["slot"], b"value", value)
        return ANSWERED

    def _registration(self, asked: Asked) -> list[object]:
        """Keep a handler and return the arguments of its registration; those that are waited for are of a default export."""
        handler, options = self._realm._property(self._glue["slot"], b"handler"), asked.args[0]
        assert isinstance(options, dict)
        single = asked.waits or self.single
        takes = number_of(self._realm._call(self._glue["arity"], handler))
        if takes > most_arguments(
            asked.type, single=single
        ):  # it works, with undefined for the others: the host says so
            options = {**options, TAKES: takes}
        return self._calls._register(asked.type, options, handler, single=single) + asked.args[1:]

    def _answer(self, asked: Asked, outcome: Outcome) -> None:
        """Settle the promise of a call."""
        error = outcome._error
        if error is not None:
            value: Value | None = self._error(error, asked)
        else:
            try:
                value = self._parsed(outcome._value)
            except ThrownError as problem:
                value, error = problem._value, problem
        self._realm._call(self._glue["settle"], asked.number, error is not None, value)

    def _parsed(self, text: object) -> Value | None:
        """Return the value of a reply; nothing for null, which is how the host says that there is none."""
        assert isinstance(text, bytes)
        return None if text == NULL else self._realm._parsed(text)

    def _refuse(self, error: BaseException, asked: Asked | None = None) -> int:
        return self._realm._throw(self._error(error, asked))

    def _error(self, error: BaseException, asked: Asked | None) -> Value:
        """Return the error of a call; one that was made with the api comes from another realm, as in a Directus."""
        realm = self._realm
        foreign = asked is not None and asked.foreign
        if foreign and self._foreign is None:
            self._foreign = realm._other_global()
            realm._call(self._glue["guard"], self._foreign)
        stack, label = (asked.stack or "", asked.label) if asked is not None else ("", "")
        given = realm._parsed(encode(given_of(error, stack, label)))
        return realm._call(self._glue["failed"], given, self._foreign if foreign else None)
