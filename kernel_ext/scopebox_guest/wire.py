"""Frames between host and guest, shared by both sides; beside ``weight``, nothing but msgspec and the standard library is imported here.

A frame is a header of five bytes (length of the body, little endian, and its size class) and a body: the JSON text of one of
the structs below. JSON lets the host splice result rows of the store into a reply without building objects.

The host treats every frame as hostile: the size class limits the length before anything is allocated, nesting and the numbers
of containers and of values are checked before decoding, decoding is typed, and a frame has to be the very text that the encoder
gives for what it says. The last rules out all at once: keys given twice, unknown keys, NaN, text that is not UTF-8, numbers that change on
their way. See ``SECURITY.md``.

The module is longer than the house rule because the frames, their limits and what decodes them are read as one when they are audited.
"""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec

from scopebox_guest import weight

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Text = bytes | bytearray | memoryview | str | msgspec.Raw
HEADER: Final = struct.Struct("<IB")
ORDINARY: Final = 0  # size class of all frames but the following
BULK: Final = 1  # calls that carry items, and results
MAX_GUEST_FRAME_BYTES: Final = {ORDINARY: 64 * 1024, BULK: 4 * 1024 * 1024}  # largest body, guest to host
MAX_HOST_FRAME_BYTES: Final = 16 * 1024 * 1024  # largest body, host to guest
MAX_CONTAINERS: Final = {ORDINARY: 10_000, BULK: weight.MAX_CONTAINERS}
MAX_ITEM_VALUES: Final = 400_000  # values in a call that carries items
MAX_OPEN_BULK_BYTES: Final = (
    2 * MAX_GUEST_FRAME_BYTES[BULK]
)  # bytes of bulk calls of one guest that may wait for an answer at the same time
MAX_READ_BYTES: Final = (
    256 * 1024
)  # bytes of a call that is read although it is refused whatever it says: for what people are told of it
MAX_SERIES_BYTES: Final = (
    256 * 1024
)  # bytes of what the calls of a series come to, but for the last: the host keeps all of it

TAKES: Final = "takes"  # an option of registrations that a guest adds where a handler asks for more than it gets
API_PREFIX: Final = "api:"  # in front of the type of a call that was made with directus.api

NULL: Final = msgspec.Raw(b"null")  # the text that stands where nothing was said
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class CallTypes(msgspec.Struct, frozen=True):
    """What a guest has to know of the calls that it can make, by their types; the zygote gets it when it starts.

    ``functions`` are those of ``directus.api``. ``bulk`` calls may take large frames, those in ``items`` more values than others.
    ``immediate`` ones are answered before the guest goes on. ``handlers`` maps those that register one to what it is called.
    """

    functions: tuple[str, ...] = ()
    bulk: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    immediate: frozenset[str] = frozenset()
    handlers: dict[str, str] = {}

    def most_values(self, call: str) -> int:
        """Return how many values the frame of a call may hold."""
        return MAX_ITEM_VALUES if call in self.items else weight.MAX_VALUES


TOP_LEVEL: Final = "<cell>"  # what the top level of a cell is called among functions
MAX_LEVELS: Final = 50  # of a call stack that are sent; the middle of a longer one is left out


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """One level of a guest's call stack: the function (``<cell>`` at the top level) and the line of the extension's source.

    ``file`` names the source of an earlier cell; it is empty for that of the last one.
    """

    function: str
    line: Number
    file: str = ""


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exception that ended a cell or a handler. ``call`` is the id of the ``exec`` call whose failure it was, or 0.

    ``syntax`` tells an error of compilation, ``column`` is then 1-based, else 0.
    """

    kind: str
    message: str
    line: Number = 0
    column: Number = 0
    syntax: bool = False
    frames: Annotated[list[Frame], msgspec.Meta(max_length=MAX_LEVELS)] = []
    reason: str = ""
    status: Number = 0
    data: msgspec.Raw = NULL
    hint: str = ""
    call: Number = 0


# guest to host


class Ready(msgspec.Struct, frozen=True, tag_field="frame", tag="ready"):
    """The guest is confined and waits.

    ``mechanisms`` maps each confinement mechanism to ``""`` or to why it is missing. ``size`` is about how many bytes of address
    space it has, for hosts that cannot see that for themselves.
    """

    mechanisms: dict[str, str]
    size: Number


class Call(msgspec.Struct, frozen=True, tag_field="frame", tag="call"):
    """A call of ``exec``. ``id`` grows with every call of the guest; ``args`` are the arguments after the execution type.

    A handler among them stands as ``{"handler": number}``; the number is the guest's own.
    """

    id: Number
    inv: Number
    type: str
    args: list[object]
    line: Number = 0


class Unread(msgspec.Struct, frozen=True, tag_field="frame", tag="call"):
    """A :class:`Call` of which nothing but the head was decoded: it is refused, whatever its arguments are."""

    id: Number
    inv: Number
    type: str
    args: msgspec.Raw
    line: Number = 0

    def call(self) -> Call:
        """Return the call with what it is about: its first argument, where that is a text, and the method in its options, if there is one."""
        args: list[object] = []
        with suppress(ValueError, RecursionError):
            first = _decode_first(self.args)
            args.append(first.text)
            args.append(msgspec.structs.asdict(_decode_method(first.options)))
        return Call(self.id, self.inv, self.type, args, self.line)


class _First(msgspec.Struct, frozen=True, array_like=True):
    """The first of some arguments, and the second as it came; the others are passed over."""

    text: str
    options: msgspec.Raw = NULL


class _Method(msgspec.Struct, frozen=True):
    """What of the options of a request says what is to be done; all else of it is passed over."""

    method: str


class _Head(msgspec.Struct, frozen=True):
    """What is looked at of a large frame before it is decoded; all else of it is passed over."""

    type: str = ""


class Output(msgspec.Struct, frozen=True, tag_field="frame", tag="output"):
    """Text printed by the cell or handler ``inv``."""

    inv: Number
    text: str


class Done(msgspec.Struct, frozen=True, tag_field="frame", tag="done", omit_defaults=True):
    """The cell or handler ``inv`` ended: with JSON data, else with a shortened repr, else with a failure.

    ``null`` tells a value of null from none at all, where the language has both; a language with one of them, as Python, has none.
    ``last`` tells of a handler of a :class:`Series` that succeeded that those behind it will not be called.
    """

    inv: Number
    value: msgspec.Raw = NULL
    null: bool = False
    repr: str = ""
    failure: Failure | None = None
    last: bool = False


class Probed(msgspec.Struct, frozen=True, tag_field="frame", tag="probed"):
    """What a guest that tried out its confinement found; ``possible`` maps each attempt to what it reached, empty if refused."""

    mechanisms: dict[str, str]
    possible: dict[str, str]


FromGuest = Ready | Call | Output | Done


# host to guest


class Load(msgspec.Struct, frozen=True, tag_field="frame", tag="load"):
    """Run the source of an extension.

    ``language`` is one of those that the engine of the guest knows, by its name. ``style`` is the dialect of its manifest, ``exec`` or ``api``: handlers of the second take exactly one argument.
    ``type`` is hook, endpoint or operation for a default export, else empty. With ``append`` the source runs in the
    namespace of the cells before it. ``inputs`` become globals. ``stdout`` is how many characters of printed text are sent of
    one cell or handler, ``outstanding`` how many calls may wait for an answer: the guest keeps to both by itself, and a guest
    that does not is stopped. With ``outline`` nothing of it runs: the result is what its text says.
    """

    inv: int
    language: str
    source: str
    filename: str
    style: str
    type: str
    inputs: dict[str, object]
    append: bool
    stdout: int
    outstanding: int
    outline: bool = False


class Invoke(msgspec.Struct, frozen=True, tag_field="frame", tag="invoke"):
    """Call a handler. For hooks ``args`` is ``[payload, meta, context]``; for endpoints and operations it has one element.

    Each is JSON text on its own, so that a guest makes values of its language of it and nothing else.
    """

    inv: int
    handler: int
    args: list[msgspec.Raw]


class Column(msgspec.Struct, frozen=True, array_like=True):
    """Which values of a column are certain to be written.

    ``kind`` is text, integer, number or boolean, and ``most`` the longest text, or where integers end; a negative one is no limit. An empty ``kind``
    leaves the value that was given.
    """

    kind: str = ""
    most: int = -1
    nullable: bool = True


class Certain(msgspec.Struct, frozen=True):
    """Which items are certain to be written: they have the ``required`` columns, and no others than ``columns``."""

    columns: dict[str, Column]
    required: list[str]


class Series(msgspec.Struct, frozen=True, tag_field="frame", tag="series"):
    """Send each of ``payloads`` through all of the ``handlers``, hooks that take ``[payload, meta, context]``, one call after the other.

    A handler gets what the one before it made of the payload, and that of ``metas`` which stands at its place. The first call
    has the number ``inv``, the others those behind it, and each ends with a :class:`Done`: of the last one for a payload it says
    what became of that, of the others nothing. One that fails is the last, and so is one that called the host for more than a line of
    the log, one behind which some time has passed or ``MAX_SERIES_BYTES`` were told, and the last one for a payload of which came
    what is not ``certain``.
    """

    inv: int
    handlers: list[int]
    metas: list[msgspec.Raw]
    payloads: list[msgspec.Raw]
    context: msgspec.Raw
    certain: Certain | None = None


class Reply(msgspec.Struct, frozen=True, tag_field="frame", tag="reply"):
    """The result of the call ``id``."""

    id: int
    value: msgspec.Raw = NULL


class Refuse(msgspec.Struct, frozen=True, tag_field="frame", tag="refuse", omit_defaults=True):
    """The call ``id`` failed. ``kind`` is one of ``EXCEPTIONS``; the guest raises it with these attributes."""

    id: int
    kind: str
    message: str
    reason: str = ""
    status: int = 0
    data: msgspec.Raw = NULL
    hint: str = ""


FromHost = Load | Invoke | Series | Reply | Refuse

# The exceptions that a failed call may raise in a guest, by name: a closed list.
EXCEPTIONS: Final = ("PermissionError", "ValueError", "TypeError", "RuntimeError", "TimeoutError", "LookupError")


class FrameError(Exception):
    """A frame that breaks the protocol; its sender is not to be trusted any more."""


# Exit codes by which a guest says why it ended itself.
OUT_OF_MEMORY: Final = 71
BROKEN: Final = 70


# zygote to host, on its control socket: one packet each


class Hello(msgspec.Struct, frozen=True, tag_field="frame", tag="hello"):
    """The zygote is confined and forks on request. ``mechanisms`` as in :class:`Ready`."""

    mechanisms: dict[str, str]


class Failed(msgspec.Struct, frozen=True, tag_field="frame", tag="failed"):
    """The zygote or a guest could not be started."""

    message: str


class Forked(msgspec.Struct, frozen=True, tag_field="frame", tag="forked"):
    """The oldest request was answered by process ``pid``; its pidfd travels along where the kernel has one."""

    pid: int


class Exited(msgspec.Struct, frozen=True, tag_field="frame", tag="exited"):
    """Process ``pid`` ended and was reaped. ``status`` is its exit code, or minus the number of the signal."""

    pid: int
    status: int


FromZygote = Hello | Failed | Forked | Exited


def check_frame(
    body: bytes | bytearray, size_class: int, values: int = weight.MAX_VALUES, depth: int = weight.MAX_DEPTH
) -> None:
    """Raise :class:`FrameError` if ``body`` nests deeper than ``depth``, or holds more containers or ``values``, or takes more memory, than a frame may."""
    try:
        if size_class != ORDINARY:  # an ordinary one is too short for as many
            weight.check_values(body, values)
            weight.check_weight(body)
        weight.check_nesting(body, MAX_CONTAINERS[size_class], depth)
    except ValueError as error:
        raise FrameError(f"{error} in a frame") from None


def _float(text: str) -> float:
    """Return the number that ``text`` is; ValueError for one beyond all others.

    Left to itself, msgspec takes 14 microseconds for ``1e308``, so seconds for a text of a megabyte; Python takes a fiftieth of it.
    For a number whose exponent has one digit, if any, Python takes ten times as long as msgspec, which takes a thirtieth of a microsecond for
    a byte of such a number at most.
    """
    number = float(text)
    if math.isinf(number):
        raise ValueError("Number out of range")
    return number


def decode_as(text: Text, type_: type[T]) -> T:
    """Return what JSON ``text`` says, as a ``type_``; msgspec's errors for what is no JSON, or of another shape."""
    return msgspec.json.Decoder(type_, float_hook=_float).decode(text)


def _by_hook(text: Text) -> bool:
    """Whether the numbers in ``text`` are better read by :func:`_float`: for a short text that costs less than to find out."""
    if isinstance(text, str) or len(memoryview(text)) <= MAX_READ_BYTES:
        return True
    return weight.has_exponents(text if isinstance(text, bytes | bytearray) else bytes(text))


def _either(plain: msgspec.json.Decoder[T], hooked: msgspec.json.Decoder[T]) -> Callable[[Text], T]:
    """Return a function that decodes by one of the two: by that which reads the numbers sooner."""

    def decode(text: Text) -> T:
        return (hooked if _by_hook(text) else plain).decode(text)

    return decode


# Each pair: what reads numbers by itself, and what has them read.
_OF_JSON: Final = msgspec.json.Decoder(), msgspec.json.Decoder(float_hook=_float)
_FROM_GUEST: Final = msgspec.json.Decoder(FromGuest), msgspec.json.Decoder(FromGuest, float_hook=_float)
encode: Final = msgspec.json.Encoder().encode
decode_json: Final = _either(*_OF_JSON)
decode_from_host: Final = msgspec.json.Decoder(FromHost).decode
decode_probed: Final = msgspec.json.Decoder(Probed).decode
decode_from_zygote: Final = msgspec.json.Decoder(FromZygote).decode
_decode_first: Final = msgspec.json.Decoder(_First).decode
_decode_method: Final = msgspec.json.Decoder(_Method).decode
_decode_head: Final = msgspec.json.Decoder(_Head).decode
# Of a frame that was checked before.
decode_call: Final = _either(msgspec.json.Decoder(Call), msgspec.json.Decoder(Call, float_hook=_float))
_decode_unread: Final = msgspec.json.Decoder(Unread).decode


def decode_from_guest(
    body: bytes | bytearray, size_class: int, types: CallTypes, refuses: Callable[[str], bool] = lambda _: False
) -> FromGuest | Unread:
    """Return the frame in ``body``; :class:`FrameError` for anything that the encoder would not have written.

    Of a large call whose type the host ``refuses`` the arguments are not decoded, and may be anything.
    """
    kind = "" if size_class == ORDINARY else _type_of(body)
    unread = len(body) > MAX_READ_BYTES and kind in types.bulk and refuses(kind)
    if not unread:
        check_frame(body, size_class, types.most_values(kind))
    try:
        by_hook = unread or _by_hook(body)
        frame: FromGuest | Unread = _decode_unread(body) if unread else _FROM_GUEST[by_hook].decode(body)
        exact = encode(_read_through(frame, by_hook=by_hook) if type(frame) is Done else frame) == body
    except (ValueError, RecursionError) as error:
        raise FrameError(str(error)[:200]) from None
    if not exact:
        raise FrameError("a frame that is not in its canonical form, such as a key given twice")
    if size_class == BULK and not (type(frame) in (Call, Unread) or (type(frame) is Done and frame.failure is None)):
        raise FrameError("a large frame that is neither a call nor a result")
    return frame


def _type_of(body: bytes | bytearray) -> str:
    """Return the execution type of a call, and nothing for any other frame, or for what is not a frame."""
    try:
        return _decode_head(body).type
    except (ValueError, RecursionError):
        return ""


def _read_through(done: Done, *, by_hook: bool) -> Done:
    """Return ``done`` with data in the place of the JSON text in it, so that all of it is encoded anew, and once."""
    found: dict[str, object] = {}
    decode = _OF_JSON[by_hook].decode
    if done.value is not NULL:
        found["value"] = decode(done.value)
    failure = done.failure
    if failure is not None and failure.data is not NULL:
        found["failure"] = msgspec.structs.replace(failure, data=decode(failure.data))
    return msgspec.structs.replace(done, **found) if found else done


def pack(frame: object, size_class: int = ORDINARY) -> bytes:
    """Return header and body of ``frame`` as one piece."""
    body = encode(frame)
    return HEADER.pack(len(body), size_class) + body
