"""The answers in an exported trace, read line by line within bounds: it may be anybody's file."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import weight, wire

from scopebox import plain_file
from scopebox.errors import MockError
from scopebox.journal.records import Answered
from scopebox.network.response import Response, reason_of
from scopebox.text.messages import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_LINE_BYTES: Final = 4 * 2**20
MAX_LINE_VALUES: Final = 10_000  # a response has some dozen headers, and a call some answers
MAX_LINES: Final = 20_000  # twice what a trace keeps where nobody set that higher
MAX_REPLAY_BYTES: Final = 24 * 2**20  # of a file, which is read a line at a time
MAX_ANSWERS_BYTES: Final = 16 * 2**20  # of what is kept of it
MAX_ANSWERS: Final = 5_000


class _Line(msgspec.Struct):
    """What counts of a line."""

    scopebox: int = 0
    answers: tuple[Answered, ...] = ()


def read_answers(path: Path) -> tuple[dict[tuple[str, str], list[Response]], list[str]]:
    """Return the answers by method and URL, in their order, and notes on what was left out; MockError for what is not a trace."""
    recorded: dict[tuple[str, str], list[Response]] = {}
    large = size = 0
    for count, answer in enumerate(_answers(path), 1):
        size += answer.size
        if size > MAX_ANSWERS_BYTES or count > MAX_ANSWERS:
            raise MockError(f"{quote(path.name)} has more answers than are kept", hint="Export a shorter session.")
        if answer.whole:
            recorded.setdefault((answer.method, answer.url), []).append(_response(answer))
        else:
            large += 1
    if not recorded:
        raise MockError(
            f"{quote(path.name)} has no answers",
            hint="%sandbox trace --jsonl FILE saves what the requests of a session were answered with.",
        )
    return recorded, [f"{large:,} answers were too large to be kept."] if large else []


def _answers(path: Path) -> Iterator[Answered]:
    try:
        with plain_file.opened(path) as file:
            taken = number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                taken += len(line)
                if len(line) > MAX_LINE_BYTES or taken > MAX_REPLAY_BYTES or number > MAX_LINES:
                    raise MockError(
                        f"Line {number:,} of {quote(path.name)} is beyond what a trace may have: {MAX_LINES:,} lines and "
                        f"{MAX_REPLAY_BYTES:,} bytes, {MAX_LINE_BYTES:,} in one of them",
                        hint="Export a shorter session.",
                    )
                yield from _read(line, number, path.name).answers
    except OSError as error:
        raise MockError(f"{quote(str(path))} cannot be read: {error.strerror}") from None


def _read(line: bytes, number: int, name: str) -> _Line:
    try:
        weight.check_values(line, MAX_LINE_VALUES)
    except ValueError as error:
        raise MockError(
            f"Line {number:,} of {quote(name)} has {error}, far more than the answers to one request",
            hint="%sandbox trace --jsonl FILE writes a line for each call.",
        ) from None
    try:
        return wire.decode_as(line, _Line)
    except (msgspec.DecodeError, RecursionError):
        raise MockError(
            f"Line {number} of {quote(name)} is not one of an exported trace",
            hint="%sandbox trace --jsonl FILE writes one.",
        ) from None


def _response(answer: Answered) -> Response:
    try:
        body = base64.b64decode(answer.body, validate=True) if answer.base64 else answer.body.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise MockError(f"The answer to {quote(answer.url)} has a body that cannot be read") from None
    headers = tuple((name.lower(), value) for name, value in answer.headers.items())
    return Response(answer.status, reason_of(answer.status), headers, body)
