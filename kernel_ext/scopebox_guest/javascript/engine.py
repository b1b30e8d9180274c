"""JavaScript as a language of cells: one realm for one extension, its promises, and what cells are given."""

from __future__ import annotations

import re
from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.json import Decoder

from scopebox_guest.arguments import WITH_CONTEXT, arguments_for
from scopebox_guest.driver import values
from scopebox_guest.engine import SourceError
from scopebox_guest.exports import ID, LISTENERS, METHODS, NO_FUNCTION, NO_OBJECT
from scopebox_guest.javascript import pages, self_test
from scopebox_guest.javascript.callbacks import Callbacks, end_on_ignored_errors
from scopebox_guest.javascript.comments import without_hash_comments
from scopebox_guest.javascript.errors import Errors, HostError, given_of
from scopebox_guest.javascript.realm import (
    ASYNC,
    FULFILLED,
    MODULE,
    PENDING,
    SCRIPT,
    Realm,
    ThrownError,
    Value,
    is_null,
    is_undefined,
)
from scopebox_guest.javascript.stacks import line_of_call
from scopebox_guest.javascript.typescript import blank, prepare
from scopebox_guest.wire import API_PREFIX, decode_json, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msgspec import Raw

    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome, Run
    from scopebox_guest.engine import Handler
    from scopebox_guest.javascript.library import Library
    from scopebox_guest.wire import Failure, Load, Refuse

API_MODULE: Final = "directus:api"
MODULE_TEXT: Final = re.compile(r"^[ \t]*(?:import\b(?!\s*\()|export\b)|[;}]\s*export\b", re.MULTILINE)
GLUE: Final = b"<glue>"
TYPESCRIPT: Final = "ts"
MOST_REJECTIONS: Final = 1_000  # that are kept of those that nobody has handled yet
NULL: Final = b"null"
NAMED_CLONE: Final = "toJSON"  # the one method by which JSON of a value is another than that of its clone


class Asked(Struct, array_like=True):
    """A call as the glue tells it. ``waits`` tells that code goes on with the answer, ``registers`` that a handler lies in the slot."""

    type: str
    number: int
    waits: bool
    registers: bool
    stack: str
    args: list[object]

    @property
    def foreign(self) -> bool:
        """Whether it was made with ``directus:api``, whose errors come from another realm."""
        return self.type.startswith(API_PREFIX)

    @property
    def label(self) -> str:
        """How it stands in messages."""
        name = values.shorten(self.type.removeprefix(API_PREFIX), 60)
        return f"{name}()" if self.foreign else f'exec("{name}")'


decode_asked: Final = Decoder(Asked).decode


class Engine:
    """Runs the cells and handlers of one extension; implements :class:`scopebox_guest.engine.Engine`."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._callbacks = Callbacks()
        realm = Realm(library, self._callbacks)
        source = (Path(__file__).parent / "glue.js").read_bytes()
        self._bytecode = realm._written(realm._compiled(source, GLUE, SCRIPT))
        self._triggers: deque[tuple[Run, Callable[[], None]]] = deque()
        self._open: list[tuple[Value, Outcome, Callable[[Value, Outcome], None]]] = []
        self._rejected: dict[int, tuple[Value, Outcome]] = {}
        self._run: Run | None = None
        self._single = False
        self._clones = False  # whether code may make a difference between a value and its clone

    # the start

    def warm_up(self, *, failures: bool) -> None:
        """Make the realm. With ``failures``, in the zygote, prove that everything works, and seal the pages of the callbacks."""
        realm = self._realm = Realm(self._library, self._callbacks)
        self._make_glue()
        if failures:
            self_test.prove_size(realm)
            self_test.prove_callbacks(realm, self._glue["prohibited"])
            self_test.prove_one_thread()
            prepare()
            end_on_ignored_errors()
            pages.seal()
        self._rehearse()

    def _make_glue(self) -> None:
        realm = self._realm
        make = realm._run(realm._read(self._bytecode))
        port, most = realm._port(), realm._parsed(encode(values.MAX_DATA_DEPTH))
        glue = realm._call(make, port, most)
        self._glue = {name: realm._property(glue, name.encode()) for name in GLUE_NAMES}
        self._errors = Errors(realm, self._glue["describe"])
        self._foreign: Value | None = None
        realm._on_call = self._asked
        realm._on_rejected = self._on_rejected
        realm._on_handled = self._on_handled

    def _rehearse(self) -> None:
        realm = self._realm
        promise = realm._run(realm._compiled(b"1 + 1", b"<warm-up>", SCRIPT | ASYNC))
        realm._jobs()
        realm._call(self._glue["write"], realm._property(realm._result(promise), b"value"))

    def attach(self, calls: Calls, output: Printed) -> None:
        """Make what cells are given."""
        self._calls = calls
        self._output = output
        types, realm = calls._types, self._realm
        names = realm._parsed(
            encode(
                {
                    "functions": types.functions,
                    "prefix": API_PREFIX,
                    "immediate": dict.fromkeys(types.immediate, True),
                    "handlers": types.handlers,
                    "methods": METHODS,
                    "routes": [method.lower() for method in METHODS],
                    "kinds": LISTENERS,
                    "titles": [kind.capitalize() for kind in LISTENERS],
                    "noFunction": NO_FUNCTION,
                    "noObject": NO_OBJECT,
                    "id": ID,
                }
            )
        )
        api = realm._call(self._glue["setUp"], names)
        self._register = realm._call(self._glue["registrar"], names)
        functions = {name: realm._property(api, name.encode()) for name in types.functions}
        realm._offer(API_MODULE, functions, self._glue["prohibited"])

    # what the driver asks for

    def load(self, cell: Load, main: Outcome) -> None:
        """Queue a cell."""
        self._trigger(main, partial(self._cell, cell, main))

    def call(self, handler: Handler, args: Sequence[Raw], main: Outcome) -> None:
        """Queue a call of a handler."""
        self._trigger(main, partial(self._handle, handler, args, main))

    def work(self) -> None:
        """Run one trigger after the other, each with all jobs that come of it."""
        while self._triggers:
            self._run, action = self._triggers.popleft()
            self._attempt(action)
            while self._attempt(self._realm._jobs):
                pass
            self._settle_open()
            self._run = None

    def _attempt(self, action: Callable[[], None]) -> bool:
        """Do something that may throw, which ends the run; return whether it did."""
        try:
            action()
        except (ThrownError, MemoryError) as error:
            self._end_run(error)
            return True
        return False

    def _trigger(self, main: Outcome, action: Callable[[], None]) -> None:
        self._triggers.append((main._run, action))

    def _problem(self, error: ThrownError | MemoryError) -> BaseException:
        return self._errors.outcome(error) if isinstance(error, ThrownError) else error

    def _end_run(self, error: ThrownError | MemoryError) -> None:
        """Note an error that leaves nothing to go on with: what waits for it may never be settled."""
        run = self._run
        assert run is not None
        main = next((outcome for _, outcome, _ in self._open if outcome._run is run), None)
        self._open = [each for each in self._open if each[1]._run is not run]
        if main is None:
            main = run._main if not run._main._done else run._expect("a job")
        main._settle(None, self._problem(error))

    # cells

    def _cell(self, cell: Load, main: Outcome) -> None:
        realm, errors = self._realm, self._errors
        self._single = cell.style == "api"
        self._clones = self._clones or NAMED_CLONE in cell.source
        if not self._open:
            self._rejected.clear()
        errors.newest, errors.language = cell.filename, cell.language
        for name, value in cell.inputs.items():
            realm._call(self._glue["put"], realm._text(name), realm._parsed(encode(value)))
        before = len(self._calls._handlers)
        try:
            code = self._compiled(cell)
        except (SourceError, ThrownError) as error:
            return main._settle(None, error)
        module = code if realm._is_module(code) else None
        promise = realm._run(code)
        return self._await(promise, main, partial(self._ran, cell, module, before))

    def _compiled(self, cell: Load) -> Value:
        realm, name = self._realm, cell.filename.encode("utf-8", "surrogatepass")
        text = without_hash_comments(cell.source)
        self._errors.sources[cell.filename] = text
        if cell.language == TYPESCRIPT:
            text = blank(text, self._calls._types.functions)
            self._errors.sources[cell.filename] = text
        source = text.encode("utf-8", "surrogatepass")
        try:
            return realm._compiled(source, name, SCRIPT | ASYNC)
        except ThrownError as error:
            if not MODULE_TEXT.search(text):
                raise self._errors.of_compiling(error, text, cell.filename) from None
        try:
            return realm._compiled(source, name, MODULE)
        except ThrownError as error:
            raise self._errors.of_compiling(error, text, cell.filename) from None

    def _ran(self, cell: Load, module: Value | None, before: int, result: Value, main: Outcome) -> None:
        """Take what a cell came to."""
        realm = self._realm
        if module is None:
            result = realm._property(result, b"value")
        if not cell.type:
            self._settle_with(result, main)
        elif module is not None:
            self._trigger(main, partial(self._export, cell.type, module, before, main))
        elif len(self._calls._handlers) > before:
            self._settle_with(result, main)
        else:
            main._settle(None, wrong_export(cell.type))

    def _export(self, kind: str, module: Value, before: int, main: Outcome) -> None:
        """Register a default export."""
        realm = self._realm
        exported = realm._property(realm._namespace(module), b"default")
        if is_undefined(exported) and len(self._calls._handlers) > before:
            return main._settle(exported)
        try:
            realm._call(self._register, realm._text(kind), exported)
        except ThrownError as error:
            return main._settle(None, self._errors.outcome(error))
        return main._settle(None)

    def _settle_with(self, result: Value, main: Outcome) -> None:
        if self._realm._is_promise(result):
            self._await(result, main, self._settle_with)
        else:
            main._settle(result)

    # handlers

    def _handle(self, handler: Handler, texts: Sequence[Raw], main: Outcome) -> None:
        realm, function = self._realm, handler._function
        assert isinstance(function, Value)
        declared = realm._call(self._glue["arity"], function)._bare.content & 0xFFFFFFFF
        takes = max(declared, WITH_CONTEXT)
        args = [texts[0], *map(decode_json, texts[1:])]  # what a hook is about may be large, and stays text
        given = list(arguments_for(handler, args, takes, star=False))
        if takes == WITH_CONTEXT == len(given) and len(args) > WITH_CONTEXT:
            given.append(args[-1])  # which does no harm to a function that does not ask for it
        promise = realm._call(self._glue["invoke"], function, realm._parsed(encode(given)))
        self._await(promise, main, self._returned)

    def _returned(self, result: Value, main: Outcome) -> None:
        main._settle(self._written(result))

    # promises

    def _await(self, promise: Value, outcome: Outcome, then: Callable[[Value, Outcome], None]) -> None:
        self._realm._mark_handled(promise)
        self._open.append((promise, outcome, then))

    def _settle_open(self) -> None:
        """Settle what waits for promises that are settled."""
        realm = self._realm
        waiting, self._open = self._open, []
        while waiting:
            entry = waiting.pop(0)
            promise, outcome, then = entry
            state = realm._state(promise)
            if state == PENDING:
                self._open.append(entry)
            elif state == FULFILLED:
                before = len(self._open)
                try:
                    then(realm._result(promise), outcome)
                except (ThrownError, MemoryError) as error:
                    outcome._settle(None, self._problem(error))
                waiting[:0] = self._open[before:]
                del self._open[before:]
            else:
                outcome._settle(None, self._errors.outcome(ThrownError(realm._result(promise))))

    def _on_rejected(self, promise: Value, reason: Value) -> None:
        run = self._run
        if run is None or len(self._rejected) >= MOST_REJECTIONS:
            return
        label = self._realm._call(self._glue["labelOf"], reason)
        outcome = run._expect("a promise" if is_undefined(label) else self._realm._bytes(label).decode())
        self._rejected[promise._bare.content] = (promise, outcome)
        outcome._settle(None, ThrownError(reason))

    def _on_handled(self, promise: int) -> None:
        found = self._rejected.pop(promise, None)
        if found is not None:
            found[1]._awaited = True

    # calls of the host

    def _asked(self, text: bytes) -> int:
        """Take what the glue says to the port: text to print, or a call."""
        run = self._run
        if run is None:
            return self._refuse(RuntimeError("a call works only while a cell or a handler runs"), "", "", foreign=False)
        if text[:1] == b"p":
            self._output._write(run, text[1:].decode("utf-8", "surrogatepass"))
            return 0
        try:
            asked = decode_asked(text[1:])
        except ValueError:
            error = TypeError("there is text with half a surrogate pair, which JSON does not know")
            return self._refuse(error, "", "", foreign=False)
        return self._called(run, asked)

    def _called(self, run: Run, asked: Asked) -> int:
        """Send a call; keep what has to be settled when it is answered."""
        realm, calls, stack, args = self._realm, self._calls, asked.stack, asked.args
        foreign = asked.foreign
        try:
            if asked.registers:
                args = self._registration(asked)
            outcome = calls._call(run, asked.type, args, asked.label, line_of_call(stack, self._errors.sources))
            if asked.waits:
                calls._wait(outcome)
        except (TypeError, ValueError, RuntimeError) as error:
            return self._refuse(error, stack, asked.label, foreign=foreign)
        outcome._awaited = True
        if not outcome._done:
            answer = partial(self._answer, asked, outcome)
            outcome._when_settled(lambda: self._triggers.append((run, answer)))
            return 1
        if outcome._error is not None:
            return self._refuse(outcome._error, stack, asked.label, foreign=foreign)
        value = self._parsed(outcome._value)
        if value is not None:
            realm._set(self._glue["slot"], b"value", value)
        return 0

    def _registration(self, asked: Asked) -> list[object]:
        """Keep a handler and return the arguments of its registration; those that are waited for are of a default export."""
        handler, options = self._realm._property(self._glue["slot"], b"handler"), asked.args[0]
        assert isinstance(options, dict)
        single = asked.waits or self._single
        return self._calls._register(asked.type, options, handler, single=single) + asked.args[1:]

    def _refuse(self, error: BaseException, stack: str, label: str, *, foreign: bool) -> int:
        return self._realm._throw(self._error(error, stack, label, foreign=foreign))

    def _answer(self, asked: Asked, outcome: Outcome) -> None:
        """Settle the promise of a call."""
        realm, error = self._realm, outcome._error
        if error is not None:
            value: Value | None = self._error(error, asked.stack, asked.label, foreign=asked.foreign)
        else:
            try:
                value = self._parsed(outcome._value)
            except ThrownError as problem:
                value, error = problem._value, problem
        realm._call(self._glue["settle"], asked.number, error is not None, value)

    def _parsed(self, text: object) -> Value | None:
        """Return the value of a reply; nothing for null, which is how the host says that there is none."""
        assert isinstance(text, bytes)
        return None if text == NULL else self._realm._parsed(text)

    def _error(self, error: BaseException, stack: str, label: str, *, foreign: bool) -> Value:
        realm = self._realm
        if foreign and self._foreign is None:
            self._foreign = realm._other_global()
        return realm._call(
            self._glue["failed"],
            realm._parsed(encode({**given_of(error, stack), "label": label})),
            self._foreign if foreign else None,
        )

    # values and errors

    def from_json(self, text: Raw) -> object:
        """Return a copy of the text, of which the realm makes a value when it goes on."""
        return bytes(text)

    def to_json(self, value: object, most: int) -> bytes:
        """Return the JSON text of a result."""
        if isinstance(value, Value):
            try:
                value = self._written(value)
            except ThrownError as error:
                told = self._errors.outcome(error)
                if isinstance(told, MemoryError):
                    raise told from None
                raise values.NotDataError(self._errors.told(error).message) from None
        if value is None:
            return NULL
        assert isinstance(value, bytes)
        if len(value) > most:
            raise values.TooLargeError(len(value), most)
        try:
            data = values.from_json(value)
        except ValueError:
            raise values.NotDataError("text with half a surrogate pair, which JSON does not know") from None
        return values.encode_checked(data, len(value), most)

    def _written(self, value: Value) -> bytes | None:
        """Return the JSON text of a value, None for undefined; raises what makes it no data."""
        realm = self._realm
        if is_undefined(value):
            return None
        text = realm._json(value, clone=self._clones)
        if text is None:
            written = realm._call(self._glue["write"], value)
            text = None if is_undefined(written) else realm._bytes(written)
        return text

    def is_null(self, value: object) -> bool:
        """Return whether a result is null, and not undefined."""
        return value == NULL or (isinstance(value, Value) and is_null(value))

    def show(self, value: object) -> str:
        """Return a result as the console shows it."""
        if not isinstance(value, Value):
            return values.safe_repr(value)
        realm = self._realm
        try:
            return values.clean(realm._bytes(realm._call(self._glue["show"], value)).decode("utf-8", "surrogatepass"))
        except ThrownError:
            return "<a value that cannot be shown>"

    def error_of(self, refusal: Refuse) -> BaseException:
        """Return the error of a failed call."""
        return HostError(refusal)

    def failure_of(self, error: BaseException) -> Failure:
        """Return what the host is told of an error."""
        return self._errors.failure(error)


GLUE_NAMES: Final = (
    "arity",
    "describe",
    "failed",
    "invoke",
    "labelOf",
    "prohibited",
    "put",
    "registrar",
    "setUp",
    "settle",
    "show",
    "slot",
    "write",
)


def wrong_export(kind: str) -> TypeError:
    """Return the error of a cell without a default export."""
    return TypeError(NO_FUNCTION if kind != "operation" else NO_OBJECT)
