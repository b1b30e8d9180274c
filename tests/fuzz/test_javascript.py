"""Whatever is written in JavaScript or TypeScript: a value, a text for it or an ordinary error comes out, and the isolate goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from scopebox.errors import ExtensionError, IsolateDied, LimitError
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName
from scopebox.settings import Settings
from scopebox_guest import wire

from tests.fuzz import javascript
from tests.fuzz.test_parsers import EXAMPLES
from tests.isolates import Guest, Peer, value

MOST = 64 * 1024  # characters of a failure
HANG = 1.0  # seconds: a value may be a promise that nobody settles
bounded = settings(
    max_examples=EXAMPLES * 2 // 5,
    derandomize="SCOPEBOX_FUZZ" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a smaller example would need a guest that has gone through the same
    database=None,
)


def as_numbers(given: object) -> object:
    """Return data with every number as JavaScript has it: a large one may come back with other digits of the same number."""
    if isinstance(given, list):
        return [as_numbers(entry) for entry in given]
    if isinstance(given, dict):
        return {name: as_numbers(entry) for name, entry in given.items()}
    return float(given) if isinstance(given, int) and not isinstance(given, bool) else given


class Guests:
    """A guest that goes on from one text to the next; one that has ended, as it may, is replaced."""

    def __init__(self, pool: IsolatePool) -> None:
        self._pool = pool
        self._guest: Guest | None = None

    def run(self, source: str, language: LanguageName = "js", **inputs: object) -> wire.Done | None:
        """Return what a cell came to, None if a limit ended its guest; the next cell has to work in any case."""
        guest = self.living(language)
        try:
            done = guest.load(source, append=True, inputs=inputs, wall=20.0 if inputs else HANG)
        except (LimitError, IsolateDied):
            assert value(self.living(language).load("6 * 7", append=True)) == 42
            return None
        if done.failure is not None:
            assert len(done.failure.kind) + len(done.failure.message) + len(done.failure.hint) < MOST
            assert done.failure.kind
        assert value(guest.load("6 * 7", append=True)) == 42
        return done

    def living(self, language: LanguageName) -> Guest:
        guest = self._guest
        if guest is None or not guest.isolate.alive or guest.language != language:
            self.end()
            guest = self._guest = Guest(self._pool, Peer(), language=language)
            guest.load("0")
        return guest

    def end(self) -> None:
        if self._guest is not None:
            self._guest.isolate.kill(ExtensionError("the test is over"))


@pytest.fixture(scope="module")
def guests() -> Iterator[Guests]:
    pool = IsolatePool(Settings(spares=0))
    made = Guests(pool)
    yield made
    made.end()
    pool.close()


@bounded
@given(given=javascript.data)
def test_data_go_in_and_come_out_as_they_are(guests: Guests, given: object) -> None:
    done = guests.run("given", given=given)
    assert done is not None
    assert as_numbers(value(done)) == as_numbers(given)
    assert done.null is (given is None)


@bounded
@given(given=javascript.data)
def test_data_that_are_written_in_a_cell_come_out_as_they_are(guests: Guests, given: object) -> None:
    done = guests.run(f"({json.dumps(given)})", nothing=None)
    assert done is not None
    if "__proto__" not in json.dumps(given):  # which a literal takes for something else
        assert as_numbers(value(done)) == as_numbers(given)


@bounded
@given(given=javascript.data)
def test_data_cross_the_boundary_of_a_call_both_ways(guests: Guests, given: object) -> None:
    done = guests.run("await exec('echo', given)", given=given)
    assert done is not None
    assert as_numbers(value(done)) == as_numbers([given])


@bounded
@given(javascript.expressions)
def test_any_value_is_a_result_a_text_or_an_error(guests: Guests, expression: str) -> None:
    done = guests.run(f"({expression})")
    assert done is None or done.failure is not None or isinstance(done.repr or msgspec.json.decode(done.value), object)


@bounded
@given(javascript.expressions)
def test_any_value_may_be_thrown(guests: Guests, expression: str) -> None:
    done = guests.run(f"throw ({expression})")
    assert done is None or done.failure is not None


@bounded
@given(javascript.expressions, javascript.expressions)
def test_any_values_are_the_arguments_of_a_call_or_an_error(guests: Guests, first: str, second: str) -> None:
    guests.run(f"await exec('echo', {first}, {second})")
    guests.run(f"await exec({first}, {second})")


@bounded
@given(javascript.expressions, javascript.expressions)
def test_any_values_may_be_rejected_printed_and_registered(guests: Guests, first: str, second: str) -> None:
    guests.run(f"Promise.reject({first}); console.log({second}, {first})")
    guests.run(f"await exec('register-filter', {{ event: {first}, handler: {second} }})")
    guests.run(f"await exec('register-operation', {first})")


@bounded
@given(javascript.expressions)
def test_a_handler_may_return_and_throw_any_value(guests: Guests, expression: str) -> None:
    guest = guests.living("js")
    known = len(guest.peer.calls)
    source = f"var made = () => ({expression}), thrower = () => {{ throw ({expression}) }};"
    guests.run(
        source + "\nfor (const handler of [made, thrower]) await exec('register-operation', { id: 'x', handler });"
    )
    for call in guest.peer.calls[known:]:
        registered = call.args[0]
        assert isinstance(registered, dict)
        if guest.isolate.alive:
            with suppress(LimitError):
                guest.invoke(int(str(registered["handler"]["handler"])), {"a": 1}, wall=HANG)


@pytest.mark.parametrize("language", ["js", "ts"])
@bounded
@given(text=javascript.texts)
def test_any_text_is_a_cell_or_an_error(guests: Guests, language: LanguageName, text: str) -> None:
    guests.run(text, language)
