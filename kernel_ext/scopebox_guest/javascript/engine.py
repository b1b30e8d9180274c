"""JavaScript as a language of cells: one realm for one extension, its promises, and what cells are given.

The module is longer than the house rule because the class is one side of a protocol, and the steps of a cell share its realm.
"""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from scopebox_guest.arguments import WITH_CONTEXT, arguments_for
from scopebox_guest.driver import values
from scopebox_guest.engine import SourceError, UnavailableError
from scopebox_guest.exports import NO_FUNCTION, NO_OBJECT
from scopebox_guest.javascript import glue
from scopebox_guest.javascript.canonical import is_canonical
from scopebox_guest.javascript.errors import Errors, HostError
from scopebox_guest.javascript.host_calls import HALF, NULL, HostCalls
from scopebox_guest.javascript.outline import outline
from scopebox_guest.javascript.promises import Promises
from scopebox_guest.javascript.quickjs import heap, pages, self_test
from scopebox_guest.javascript.quickjs.callbacks import Callbacks, end_on_ignored_errors
from scopebox_guest.javascript.quickjs.realm import ASYNC, MODULE, SCRIPT, Realm
from scopebox_guest.javascript.quickjs.values import ThrownError, Value, is_undefined, number_of
from scopebox_guest.javascript.source.comments import without_hash_comments
from scopebox_guest.javascript.triggers import Triggers
from scopebox_guest.javascript.typescript.blanking import blank, prepare
from scopebox_guest.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msgspec import Raw

    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome
    from scopebox_guest.engine import Handler
    from scopebox_guest.javascript.quickjs.interface import Library
    from scopebox_guest.wire import Failure, Load, Refuse

API_MODULE: Final = "directus:api"
TYPESCRIPT: Final = "ts"
MODULE_TEXT: Final = re.compile(r"\b(?:import|export)\b")  # in the text of every module
NAMED_CLONE: Final = "toJSON"  # the one method by which JSON of a value is another than that of its clone
CANNOT_BE_SHOWN: Final = "<a value that cannot be shown>"


class Result(Struct, frozen=True):
    """What a cell or handler came to: the JSON text of its value, None for undefined; else why it is none, and how it is shown."""

    value: Value
    text: bytes | None = None
    reason: str = ""
    shown: str = ""


class Engine:
    """Runs the cells and handlers of one extension; implements :class:`scopebox_guest.engine.Engine`."""

    def __init__(self, library: Library) -> None:
        heap.keep_freed()
        self._library = library
        self._callbacks = Callbacks()
        self._bytecode = glue.compiled(Realm(library, self._callbacks))
        self._clones = False  # whether code may make a difference between a value and its clone

    # the start

    def warm_up(self, *, failures: bool) -> None:
        """Make the realm. With ``failures``, in the zygote, prove that everything works, and seal the pages of the callbacks."""
        realm = self._realm = Realm(self._library, self._callbacks)
        self._glue = glue.evaluated(realm, self._bytecode)
        self._errors = Errors(realm, self._glue["describe"])
        self._triggers = Triggers()
        self._promises = Promises(realm, self._errors, self._triggers, self._glue["labelOf"])
        self._host_calls = HostCalls(realm, self._glue, self._errors, self._triggers)
        if failures:
            self._prove()
        self._rehearse()

    def _prove(self) -> None:
        """Raise UnavailableError if anything is not as it is taken for; from here on no callback can be made or freed."""
        self_test.prove_size(self._realm)
        self_test.prove_callbacks(self._realm, self._glue["prohibited"])
        prepare()
        end_on_ignored_errors()
        try:
            self_test.prove_one_thread()
            pages.seal()
        except OSError as error:
            raise UnavailableError(f"its memory cannot be looked at and sealed ({error})") from None

    def _rehearse(self) -> None:
        realm = self._realm
        promise = realm._run(realm._compiled(b"1 + 1", b"<warm-up>", SCRIPT | ASYNC))
        realm._jobs()
        realm._call(self._glue["write"], realm._property(realm._result(promise), b"value"))

    def attach(self, calls: Calls, output: Printed) -> None:
        """Make what cells are given."""
        realm, types = self._realm, calls._types
        self._calls = calls
        self._host_calls.attach(calls, output)
        names = realm._parsed(glue.names(types))
        api = realm._call(self._glue["setUp"], names)
        self._register = realm._call(self._glue["registrar"], names)
        functions = {name: realm._property(api, name.encode()) for name in types.functions}
        realm._offer(API_MODULE, functions, self._glue["prohibited"])
        realm._on_call = self._host_calls.on_port
        realm._on_rejected = self._promises.on_rejected
        realm._on_handled = self._promises.on_handled

    # what the driver asks for

    def load(self, cell: Load, main: Outcome) -> None:
        """Queue a cell."""
        self._triggers.add(main._run, partial(self._outline if cell.outline else self._cell, cell, main))

    def call(self, handler: Handler, args: Sequence[Raw], main: Outcome) -> None:
        """Queue a call of a handler."""
        self._triggers.add(main._run, partial(self._handle, handler, args, main))

    def work(self) -> None:
        """Do one thing after the other, each with all jobs that come of it."""
        while (action := self._triggers.next()) is not None:
            self._attempt(action)
            going_on = True
            while going_on:
                while self._attempt(self._realm._jobs):
                    pass
                going_on = self._promises.settle()

    def _attempt(self, action: Callable[[], None]) -> bool:
        """Do something that may throw, which ends the run; return whether it did."""
        try:
            action()
        except (ThrownError, MemoryError) as error:
            assert self._triggers.run is not None
            self._promises.end(self._triggers.run, error)
            return True
        return False

    # cells

    def _cell(self, cell: Load, main: Outcome) -> None:
        realm = self._realm
        self._host_calls.single = cell.style == "api"
        self._clones = self._clones or NAMED_CLONE in cell.source
        self._promises.forget()
        self._errors.newest, self._errors.language = cell.filename, cell.language
        for name, value in cell.inputs.items():
            realm._call(self._glue["put"], realm._text(name), realm._parsed(encode(value)))
        before = len(self._calls._handlers)
        try:
            code = self._compiled(cell)
        except (SourceError, ThrownError) as error:
            return main._settle(None, error)
        module = code if realm._is_module(code) else None
        return self._promises.wait(realm._run(code), main, partial(self._ran, cell, module, before))

    def _outline(self, cell: Load, main: Outcome) -> None:
        """Settle with what the text of a cell says, if it compiles."""
        try:
            self._compiled(cell)
            api = self._calls._types.functions
            name = "api" if cell.type == "operation" else "index"
            found = outline(cell.source, typescript=cell.language == TYPESCRIPT, api=api, name=name)
        except (SourceError, ThrownError) as error:
            return main._settle(None, error)
        return main._settle(Result(self._realm._text(""), encode(found)))

    def _compiled(self, cell: Load) -> Value:
        realm, name, sources = self._realm, cell.filename.encode("utf-8", "surrogatepass"), self._errors.sources
        text = sources[cell.filename] = without_hash_comments(cell.source)
        if cell.language == TYPESCRIPT:
            text = sources[cell.filename] = blank(text, self._calls._types.functions)
        source = text.encode("utf-8", "surrogatepass")
        try:
            return realm._compiled(source, name, SCRIPT | ASYNC)
        except ThrownError as error:
            as_script = self._errors.of_compiling(error, text, cell.filename)
        if not MODULE_TEXT.search(text):
            raise as_script
        try:
            return realm._compiled(source, name, MODULE)
        except ThrownError as error:
            as_module = self._errors.of_compiling(error, text, cell.filename)
        raise max(as_script, as_module, key=_how_far)  # the other one did not even get as far as the mistake

    def _ran(self, cell: Load, module: Value | None, before: int, result: Value, main: Outcome) -> None:
        """Take what a cell came to."""
        if module is None:
            result = self._realm._property(result, b"value")
        if not cell.type:
            self._end_cell(result, main)
        elif module is not None:
            self._triggers.add(main._run, partial(self._export, cell.type, module, before, main))
        elif len(self._calls._handlers) > before:
            self._end_cell(result, main)
        else:
            main._settle(None, TypeError(NO_OBJECT if cell.type == "operation" else NO_FUNCTION))

    def _export(self, kind: str, module: Value, before: int, main: Outcome) -> None:
        """Register a default export. A Directus does not wait for what it returns."""
        realm = self._realm
        exported = realm._property(realm._namespace(module), b"default")
        if not is_undefined(exported) or len(self._calls._handlers) == before:
            realm._call(self._register, realm._text(kind), exported)
        main._settle(None)

    def _end_cell(self, result: Value, main: Outcome) -> None:
        if self._realm._is_promise(result):
            return self._promises.wait(result, main, self._end_cell)
        try:
            return main._settle(Result(result, self._written(result)))
        except ThrownError as error:
            problem = self._errors.outcome(error)
            if isinstance(problem, MemoryError):
                raise problem from None
            reason = self._errors.told(error).message
            return main._settle(Result(result, reason=reason, shown=self._shown(result)))

    # handlers

    def _handle(self, handler: Handler, texts: Sequence[Raw], main: Outcome) -> None:
        realm, function = self._realm, handler._function
        self._promises.forget()
        assert isinstance(function, Value)
        takes = max(number_of(realm._call(self._glue["arity"], function)), WITH_CONTEXT)
        args = [texts[0], *map(values.from_json, texts[1:])]  # what a hook is about may be large, and stays text
        given = list(arguments_for(handler, args, takes, star=False))
        if takes == WITH_CONTEXT == len(given) and len(args) > WITH_CONTEXT:
            given.append(args[-1])  # which does no harm to a function that does not ask for it
        text = values.encode_texts(given, sum(map(len, texts)))
        promise = realm._call(self._glue["invoke"], function, realm._parsed(text))
        self._promises.wait(promise, main, self._returned)

    def _returned(self, result: Value, main: Outcome) -> None:
        main._settle(Result(result, self._written(result)))

    # values and errors

    def from_json(self, text: Raw) -> object:
        """Return a copy of the text, of which the realm makes a value when it goes on."""
        return bytes(text)

    def to_json(self, value: object, most: int) -> bytes:
        """Return the JSON text of a result."""
        if not isinstance(value, Result) or (value.text is None and not value.reason):
            return NULL
        if value.text is None:
            raise values.NotDataError(value.reason)
        if len(value.text) > most:
            raise values.TooLargeError(len(value.text), most)
        if not self._host_calls.raw and is_canonical(value.text):
            return value.text
        try:
            return values.encode_checked(values.from_json(value.text), len(value.text), most)
        except RecursionError:
            raise values.NotDataError(f"nested deeper than {values.MAX_DATA_DEPTH} levels") from None
        except values.TooLargeError:
            raise
        except ValueError:
            raise values.NotDataError(HALF) from None

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
        return isinstance(value, Result) and value.text == NULL

    def show(self, value: object) -> str:
        """Return a result as the console shows it."""
        if not isinstance(value, Result):
            return CANNOT_BE_SHOWN
        return value.shown or self._shown(value.value)

    def _shown(self, value: Value) -> str:
        realm = self._realm
        try:
            text = realm._bytes(realm._call(self._glue["show"], value))
        except ThrownError:
            return CANNOT_BE_SHOWN
        return values.clean(text.decode("utf-8", "surrogatepass"))

    def error_of(self, refusal: Refuse) -> BaseException:
        """Return the error of a failed call."""
        return HostError(refusal)

    def failure_of(self, error: BaseException) -> Failure:
        """Return what the host is told of an error."""
        return self._errors.failure(error)


def _how_far(error: BaseException) -> tuple[int, int]:
    """Return how far a source was read until an error; to its end if it is none of the source, such as an import that is refused."""
    return (error.line, error.column) if isinstance(error, SourceError) else (sys.maxsize, 0)
