"""Trying an event or a row of operations step by step, and what each step made of its data.

What runs is what would run: the same hooks in the same order, counted and traced. Only the payload is made up. What each step was
given and made is kept as data, which may take fifty times the memory of its text, so all of it together has a limit.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.chains.chain import Cause
from scopebox.errors import LimitError, ScopeboxError, UnknownNameError
from scopebox.registry.emitter import Events
from scopebox.registry.registrations import Returned
from scopebox.sandbox import operations
from scopebox.sandbox.events import copied, copied_meta, event_names
from scopebox.store.emitter import EventContext
from scopebox.text.difference import line_by_line
from scopebox.text.literals import inline, json_lines, record_text
from scopebox.text.sizes import most_decoded
from scopebox.text.visible import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.registry.registrations import Hook, Operation
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.store.access import Accountability

# {{ $last.items[0].title }} in the options of an operation, as in a flow.
TEMPLATE: Final = re.compile(r"\{\{([^{}]*)\}\}")
PART: Final = re.compile(r"[^.\[\]]+")
MAX_KEPT: Final = 16 * 2**20  # bytes of memory, about, that the data of all steps takes
MAX_COMPARED_CHARACTERS: Final = 8_000  # characters of data whose difference is shown
BEYOND: Final = "  They differ in what is too long to be shown."
MAX_NAME_CHARACTERS: Final = 80  # characters of a name or path in an error
MAX_LISTED_NAMES: Final = 20  # names in it
STEP_KEYS: Final = ("operation", "options", "key")


@dataclass(frozen=True, slots=True)
class Step:
    """One handler that was called: what it was ``given`` and what it ``made`` of that (JSON data), in how many seconds."""

    label: str
    extension: str
    given: object
    made: object
    seconds: float
    error: ScopeboxError | None = None

    __repr__ = record_text

    def difference(self) -> str:
        """Return how ``made`` differs from ``given``: lines with ``-`` went, lines with ``+`` came; empty if they are equal."""
        return difference(self.given, self.made)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The steps in order, what came out of the last one, and the error that ended it early, if one did."""

    steps: tuple[Step, ...]
    result: object = None
    error: ScopeboxError | None = None

    __repr__ = record_text


def difference(before: object, after: object) -> str:
    """Return the difference of two pieces of JSON data as lines, empty if they are equal; of large data that of the beginning."""
    if before == after:
        return ""
    old, new = (json_lines(data, MAX_COMPARED_CHARACTERS).split("\n") for data in (before, after))
    lines = [f"{sign} {line}" for sign, line in line_by_line(old, new)]
    return "\n".join(lines if old != new else [*lines, BEYOND])


@dataclass(slots=True)
class _Recorder:
    """Keeps what handlers were given and made, as data. What one made is what the next is given, and is kept once."""

    steps: list[Step] = field(default_factory=list)
    _kept: int = 0
    _last: tuple[object, object] = (None, None)

    def events(self, box: Sandbox) -> Events:
        """Return an emitter with the same hooks, each of which leaves a step here."""
        events = Events(box.log, lambda: None)
        for hook in box.hooks:
            events.add(replace(hook, call=partial(self._call, hook)))
        return events

    def operation(self, operation: Operation) -> Operation:
        """Return the same operation, whose result is kept here."""
        return replace(operation, call=partial(self._returned, operation))

    def keep(self, value: object) -> object:
        """Return ``value``, JSON text or data, as data; LimitError where that takes too much with all that is kept."""
        if value is not self._last[0]:
            text = bytes(value) if isinstance(value, msgspec.Raw) else wire.encode(value)
            self._kept += most_decoded(text)
            if self._kept > MAX_KEPT:
                raise LimitError(
                    f"What all steps were given and made takes more than {MAX_KEPT // 2**20} MiB of memory together",
                    kind="memory",
                    hint="Try it with less data. box.emit_filter and box.run_operation return the result alone.",
                )
            self._last = value, wire.decode_json(text) if isinstance(value, msgspec.Raw) else value
        return self._last[1]

    async def _call(self, hook: Hook, number: int, args: list[object], cause: Cause, label: str) -> Returned:
        given = made = self.keep(args[0])
        started = time.perf_counter()
        error: ScopeboxError | None = None
        try:
            returned = await hook.call(number, args, cause, label)
            if not returned.nothing and hook.kind == "filter":
                made = self.keep(returned.value)
        except ScopeboxError as problem:
            error = problem
            raise
        else:
            return returned
        finally:
            seconds = time.perf_counter() - started
            self.steps.append(Step(f"{hook.kind} {hook.event}", hook.extension, given, made, seconds, error))

    async def _returned(
        self, operation: Operation, number: int, args: list[object], cause: Cause, label: str
    ) -> Returned:
        returned = await operation.call(number, args, cause, label)
        return Returned(self.keep(returned.value), returned.null)


async def emit_filter(
    box: Sandbox,
    event: str,
    payload: object,
    meta: Mapping[str, object] | None = None,
    accountability: Accountability | None = None,
) -> Rehearsal:
    """Send ``payload`` through the filters of ``event`` and return what each of them made of it."""
    recorder, chain = _Recorder(), box.services.chains.start(f"emit {event}", notebook=True)
    context = EventContext(accountability, Cause(chain))
    work = recorder.events(box).filter(event_names(event, meta), copied(payload), copied_meta(meta), context)
    try:
        result = await box.services.chains.run_async(chain, work)
    except ScopeboxError as error:
        return Rehearsal(tuple(recorder.steps), None, error)
    return Rehearsal(tuple(recorder.steps), result)


async def emit_action(
    box: Sandbox, event: str, meta: Mapping[str, object] | None = None, accountability: Accountability | None = None
) -> Rehearsal:
    """Call the actions of ``event``, wait until they have ended (at most ``settings.settle`` seconds), return the calls."""
    recorder, chain = _Recorder(), box.services.chains.start(f"emit {event}", notebook=True)

    async def work() -> None:
        context = EventContext(accountability, Cause(chain))
        recorder.events(box).action(event_names(event, meta), copied_meta(meta), context)
        await chain.settle(box.settings.settle)

    await box.services.chains.run_async(chain, work())
    return Rehearsal(tuple(recorder.steps))


async def run_operations(box: Sandbox, steps: Sequence[object], trigger: object = None) -> Rehearsal:
    """Run operations one after the other, each with its ``options``, and return what each of them was given and made.

    A step is ``{"operation": id, "options": JSON data, "key": name}``; ``key`` is the id if not given. As in a flow, text in
    options may hold ``{{ $trigger.… }}``, ``{{ $last.… }}`` and ``{{ <key>.… }}``: what started it, what the step before
    made, what the step of that key made. Raises TypeError or ValueError for a step that is none, UnknownNameError for an
    operation and LookupError for a place in the data that is not there.
    """
    data: dict[str, object] = {"$trigger": copied(trigger), "$last": copied(trigger)}
    recorder = _Recorder()
    done = recorder.steps
    owners = {entry.id: entry.extension for entry in box.operations}
    for name, options, key in [_step(entry, number) for number, entry in enumerate(steps, 1)]:
        given = filled(options, data)
        started = time.perf_counter()
        made, problem = None, None
        try:
            made = await _run(box, recorder, name, recorder.keep(given))
        except UnknownNameError:
            raise
        except ScopeboxError as error:
            problem = error
        done.append(
            Step(f"operation {name}", owners.get(name, ""), given, made, time.perf_counter() - started, problem)
        )
        if problem is not None:
            return Rehearsal(tuple(done), None, problem)
        data |= {"$last": made, key: made}
    return Rehearsal(tuple(done), data["$last"])


async def _run(box: Sandbox, recorder: _Recorder, name: str, given: object) -> object:
    chain, operation = operations.start(box.services, box.loaded, name)
    return await box.services.chains.run_async(
        chain, operations.run(box.services, chain, recorder.operation(operation), given)
    )


def _step(entry: object, number: int) -> tuple[str, object, str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("operation"), str):
        raise TypeError(f'Step {number} has to be an object such as {{"operation": "id", "options": {{}}}}')
    unknown = [str(key) for key in entry if key not in STEP_KEYS]
    if unknown:
        raise ValueError(f"Step {number} has the unknown key {inline(unknown[0])}; the keys are {', '.join(STEP_KEYS)}")
    name = entry["operation"]
    return name, entry.get("options", {}), str(entry.get("key", name))


def filled(options: object, data: Mapping[str, object]) -> object:
    """Return ``options`` with every ``{{ path }}`` replaced by what is there in ``data``; LookupError if nothing is."""
    match options:
        case dict():
            return {key: filled(value, data) for key, value in options.items()}
        case list():
            return [filled(value, data) for value in options]
        case str():
            whole = TEMPLATE.fullmatch(options.strip())
            if whole is not None and whole[1].strip():
                return _found(whole[1].strip(), data)
            return TEMPLATE.sub(lambda found: _in_place(found, data), options)
        case _:
            return options


def _in_place(template: re.Match[str], data: Mapping[str, object]) -> str:
    path = template[1].strip()
    return _text(_found(path, data)) if path else template[0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _there(place: object) -> str:
    """Return in words what a place in the data holds."""
    if not isinstance(place, dict):
        return f"a {type(place).__name__}"
    names = ", ".join(shorten(str(name), MAX_NAME_CHARACTERS) for name in islice(place, MAX_LISTED_NAMES))
    return f"{names}{', …' if len(place) > MAX_LISTED_NAMES else ''}" or "nothing"


def _found(path: str, data: Mapping[str, object]) -> object:
    place: object = data
    for part in PART.findall(path):
        if isinstance(place, dict) and part in place:
            place = place[part]
        elif isinstance(place, list) and part.isdecimal() and int(part) < len(place):
            place = place[int(part)]
        else:
            raise LookupError(
                f"{{{{ {shorten(path, MAX_NAME_CHARACTERS)} }}}}: there is no {inline(part)}; there is {_there(place)}"
            )
    return place
