"""Errors on their way over the boundary: failed calls into a realm, what code threw out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Raw, Struct
from msgspec.json import Decoder

from scopebox_guest.driver import values
from scopebox_guest.driver.failures import MEMORY_HINT
from scopebox_guest.engine import SourceError
from scopebox_guest.javascript import stacks
from scopebox_guest.javascript.hints.hints import MAX_SOURCE_CHARACTERS, runtime_hint, syntax_hint
from scopebox_guest.javascript.messages import KINDS, UNSAID, in_words_of_v8, of_source_in_words_of_v8
from scopebox_guest.javascript.quickjs.values import ThrownError, is_null
from scopebox_guest.javascript.source.nesting import deepest
from scopebox_guest.javascript.source.tokens import Lines, tokens
from scopebox_guest.wire import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox_guest.javascript.quickjs.realm import Realm
    from scopebox_guest.javascript.quickjs.values import Value
    from scopebox_guest.wire import Refuse

NO_MEMORY: Final = frozenset({"out of memory", "out of memory in regexp execution"})  # what an InternalError then says
NO_MEMORY_FOR_MESSAGE: Final = "Invalid error message"
NO_STACK: Final = "Maximum call stack size exceeded"
TOO_DEEP: Final = "The source is nested too deeply."
LESS_DEEP: Final = "Give inner parts names of their own, as variables or functions, and use the names."
MAX_DATA_BYTES: Final = 16_000


class HostError(Exception):
    """A call that the host refused or failed."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.message)
        self._refusal = refusal


class ScriptMemoryError(MemoryError):
    """Code ran out of memory; ``thrown`` is what it threw."""

    def __init__(self, thrown: ThrownError) -> None:
        super().__init__()
        self._thrown = thrown


class Told(Struct):
    """What the glue tells of an error."""

    name: str
    message: str
    stack: str
    reason: str
    status: int
    hint: str
    call: int
    data: Raw


_decode: Final = Decoder(Told).decode


class Errors:
    """The errors of one realm. ``sources`` are the texts of its cells by their files, without types; ``newest`` is the file of the last."""

    def __init__(self, realm: Realm, describe: Value) -> None:
        self._realm = realm
        self._describe = describe
        self.sources: dict[str, str] = {}
        self.newest = ""
        self.language = ""

    def told(self, thrown: ThrownError) -> Told:
        """Return what can be told of something that was thrown, which is asked once. MemoryError where there is no room for that."""
        if thrown._told is None:
            try:
                thrown._told = _decode(values.clean(self._text(thrown)).encode())
            except ValueError:
                thrown._told = Told("Error", "", "", "", 0, "", 0, Raw(b"null"))
        assert isinstance(thrown._told, Told)
        return thrown._told

    def _text(self, thrown: ThrownError) -> str:
        try:
            text = self._realm._bytes(self._realm._call(self._describe, thrown._value))
        except ThrownError:
            raise MemoryError from None
        return text.decode("utf-8", "replace")

    def outcome(self, thrown: ThrownError | MemoryError) -> BaseException:
        """Return the error of a run that ends with something that was thrown."""
        if isinstance(thrown, MemoryError):
            return thrown
        return ScriptMemoryError(thrown) if self._is_no_memory(thrown) else thrown

    def _is_no_memory(self, thrown: ThrownError) -> bool:
        """Return whether something was thrown because memory ran out: an error that says so, or null or any error without a message of its own, then."""
        if is_null(thrown._value):
            return self._realm._ran_out()
        try:
            told = self.told(thrown)
        except MemoryError:
            return True
        if told.message == NO_MEMORY_FOR_MESSAGE:
            return self._realm._ran_out()
        return told.name == "InternalError" and told.message in NO_MEMORY

    def of_compiling(self, thrown: ThrownError, source: str, file: str) -> BaseException:
        """Return the error of a source that does not compile."""
        told = self.told(thrown)
        if told.message == NO_STACK:
            return _too_deep(source)
        if told.name != "SyntaxError":
            return self.outcome(thrown)
        _, _, line, column = stacks.place(told.stack, {file})
        text = _line_of(source, line)
        column = _in_characters(text, column)
        message = of_source_in_words_of_v8(told.message, text, column)
        return SourceError(message, line, column, syntax_hint(source, line, column, told.message, self.language))

    def failure(self, error: BaseException) -> Failure:
        """Return what the host is told of an error."""
        if isinstance(error, ScriptMemoryError):
            return Failure("MemoryError", "", frames=self._frames(self.told(error._thrown).stack))
        if not isinstance(error, ThrownError):
            text = values.safe_text(error)
            return Failure(_kind_of(error), text, hint=runtime_hint(_kind_of(error), text, "", self.language))
        told = self.told(error)
        function, file, line, column = stacks.place(told.stack, self.sources)
        text = _line_of(self.sources[file], line) if line else ""
        data = bytes(told.data)
        message = in_words_of_v8(told.message, text, column, stacks.native(told.stack), function)
        if not message:
            message = UNSAID.get(told.name, "")
        return Failure(
            KINDS.get(told.name, values.clean(told.name)),
            message,
            column=column,
            frames=self._frames(told.stack),
            reason=told.reason,
            status=told.status,
            data=Raw(values.encode_checked(values.from_json(data), len(data), MAX_DATA_BYTES))
            if len(data) < MAX_DATA_BYTES
            else Raw(b"null"),
            hint=told.hint or runtime_hint(told.name, message, text, self.language, self.sources.get(self.newest, "")),
            call=told.call,
        )

    def _frames(self, stack: str) -> list:  # type: ignore[type-arg]
        return stacks.frames(stack, self.sources, self.newest)


def _too_deep(source: str) -> SourceError:
    """Return the error of a source for which the compiler has not enough stack; it does not tell where it was."""
    if len(source) > MAX_SOURCE_CHARACTERS:
        return SourceError(TOO_DEEP, hint=LESS_DEEP)
    place = deepest(tokens(source))
    lines = Lines(source)
    line = lines.of(place)
    return SourceError(TOO_DEEP, line, place - lines.offset(line, 1) + 1, LESS_DEEP)


def _line_of(source: str, number: int) -> str:
    lines = source.split("\n", number)
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _in_characters(line: str, column: int) -> int:
    """Return a column that the compiler counts in bytes of UTF-8; 0 stays."""
    if not column or line.isascii():
        return column
    return len(line.encode("utf-8", "surrogatepass")[: column - 1].decode("utf-8", "ignore")) + 1


def _kind_of(error: BaseException) -> str:
    return type(error).__name__ if type(error).__name__ in ("TypeError", "MemoryError") else "Error"


def given_of(error: BaseException, stack: str, label: str) -> Mapping[str, object]:
    """Return what the glue makes an error of."""
    if isinstance(error, HostError):
        refusal = error._refusal
        return {
            "kind": refusal.kind,
            "message": refusal.message,
            "reason": refusal.reason,
            "status": refusal.status,
            "data": refusal.data,
            "hint": refusal.hint,
            "call": refusal.id,
            "stack": stack,
            "label": label,
        }
    message = str(error) or ("out of memory" if isinstance(error, MemoryError) else "")
    return {
        "kind": type(error).__name__,
        "message": message,
        "reason": "",
        "status": 0,
        "data": None,
        "hint": MEMORY_HINT if isinstance(error, MemoryError) else "",
        "call": 0,
        "stack": stack,
        "label": label,
    }
