"""Frames between host and guest, shared by both sides; nothing but msgspec and the standard library is imported here.

A frame is a header of five bytes (length of the body, little endian, and its size class) and a body: the JSON text of one of
the structs below. JSON lets the host splice result rows of the store into a reply without building objects.

The host treats every frame as hostile: the size class limits the length before anything is allocated, nesting and the number
of containers are checked before decoding, and decoding is typed. See ``SECURITY.md``.
"""

from __future__ import annotations

import re
import struct
from typing import Final

import msgspec

HEADER: Final = struct.Struct("<IB")
ORDINARY: Final = 0  # size class of all frames but the following
BULK: Final = 1  # calls that carry items, and results
GUEST_LIMITS: Final = {ORDINARY: 64 * 1024, BULK: 4 * 1024 * 1024}  # largest body, guest to host
HOST_LIMIT: Final = 16 * 1024 * 1024  # largest body, host to guest
MAX_DEPTH: Final = 64  # nested containers in a frame
MAX_CONTAINERS: Final = {ORDINARY: 10_000, BULK: 200_000}
BULK_CALLS: Final = frozenset({"create-items", "read-items", "update-items", "delete-items", "request"})


class Frame(msgspec.Struct, frozen=True):
    """One level of a guest's call stack: the function (``<cell>`` at the top level) and the line of the extension's source."""

    function: str
    line: int


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exception that ended a cell or a handler. ``call`` is the id of the ``exec`` call whose failure it was, or 0.

    ``syntax`` tells an error of compilation, ``column`` is then 1-based, else 0.
    """

    kind: str
    message: str
    line: int = 0
    column: int = 0
    syntax: bool = False
    frames: list[Frame] = []
    reason: str = ""
    status: int = 0
    data: msgspec.Raw = msgspec.Raw(b"null")
    hint: str = ""
    call: int = 0


# guest to host


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The guest is confined and waits. ``mechanisms`` maps each confinement mechanism to ``""`` or to why it is missing."""

    mechanisms: dict[str, str]


class Call(msgspec.Struct, frozen=True, tag="call"):
    """A call of ``exec``. ``id`` grows with every call of the guest; ``args`` are the arguments after the execution type.

    A handler among them stands as ``{"handler": number}``; the number is the guest's own.
    """

    id: int
    inv: int
    type: str
    args: list[object]
    line: int = 0


class Output(msgspec.Struct, frozen=True, tag="output"):
    """Text printed by the cell or handler ``inv``."""

    inv: int
    text: str


class Done(msgspec.Struct, frozen=True, tag="done", omit_defaults=True):
    """The cell or handler ``inv`` ended: with JSON data, else with a shortened repr, else with a failure."""

    inv: int
    value: msgspec.Raw = msgspec.Raw(b"null")
    repr: str = ""
    failure: Failure | None = None


FromGuest = Ready | Call | Output | Done


# host to guest


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Run the source of an extension.

    ``style`` is the dialect of its manifest, ``exec`` or ``api``: handlers of the second take exactly one argument.
    ``type`` is hook, endpoint or operation for a default export, else empty. With ``append`` the source runs in the
    namespace of the cells before it. ``inputs`` become globals.
    """

    inv: int
    source: str
    filename: str
    style: str
    type: str
    inputs: dict[str, object]
    append: bool


class Invoke(msgspec.Struct, frozen=True, tag="invoke"):
    """Call a handler. For hooks ``args`` is ``[payload, meta, context]``; for endpoints and operations it has one element."""

    inv: int
    handler: int
    args: list[object]


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    """The result of the call ``id``."""

    id: int
    value: msgspec.Raw = msgspec.Raw(b"null")


class Refuse(msgspec.Struct, frozen=True, tag="refuse", omit_defaults=True):
    """The call ``id`` failed. ``kind`` is one of ``EXCEPTIONS``; the guest raises it with these attributes."""

    id: int
    kind: str
    message: str
    reason: str = ""
    status: int = 0
    data: msgspec.Raw = msgspec.Raw(b"null")
    hint: str = ""


FromHost = Load | Invoke | Reply | Refuse

# The exceptions that a failed call may raise in a guest, by name: a closed list.
EXCEPTIONS: Final = ("PermissionError", "ValueError", "TypeError", "RuntimeError", "TimeoutError", "LookupError")


class FrameError(Exception):
    """A frame that breaks the protocol; its sender is not to be trusted any more."""


_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKETS: Final = re.compile(rb"[\[\]{}]")


def check_nesting(body: bytes, size_class: int) -> None:
    """Raise :class:`FrameError` if ``body`` nests deeper, or holds more containers, than a frame may."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth = containers = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", body)):
        if bracket in b"[{":
            depth += 1
            containers += 1
            if depth > MAX_DEPTH:
                raise FrameError(f"more than {MAX_DEPTH} nested containers in a frame")
        else:
            depth -= 1
    if containers > MAX_CONTAINERS[size_class]:
        raise FrameError(f"more than {MAX_CONTAINERS[size_class]} containers in a frame")


encode: Final = msgspec.json.Encoder().encode
decode_from_guest: Final = msgspec.json.Decoder(FromGuest).decode
decode_from_host: Final = msgspec.json.Decoder(FromHost).decode


def pack(frame: object, size_class: int = ORDINARY) -> bytes:
    """Return header and body of ``frame`` as one piece."""
    body = encode(frame)
    return HEADER.pack(len(body), size_class) + body
