"""What is tried with a package: mocks, requests, events and operations, read from a file of JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from scopebox_guest import wire

from scopebox import plain_file
from scopebox.errors import ScopeboxError
from scopebox.text.messages import quote
from scopebox.text.visible import shorten

MAX_PLAN_BYTES: Final = 4 * 2**20
MAX_TRIED: Final = 1_000

_EXAMPLE: Final = 'For example: {"mocks": [{"method": "GET", "url": "https://api.example.com/*", "json": {}}], "operations": [{"operation": "id", "options": {}}]}'


class MockOf(msgspec.Struct, forbid_unknown_fields=True):
    """A mock: its body is ``json`` or ``text``."""

    method: str
    url: str
    status: int = 200
    headers: dict[str, str] = {}
    json: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    text: str | None = None


class RequestOf(msgspec.Struct, forbid_unknown_fields=True):
    """A request to an endpoint of the package; its path begins with the name of the package."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = {}
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class EventOf(msgspec.Struct, forbid_unknown_fields=True):
    """An event that is sent to the hooks of the package."""

    kind: Literal["filter", "action"]
    event: str
    payload: object = None
    meta: dict[str, object] = {}


class OperationOf(msgspec.Struct, forbid_unknown_fields=True):
    """An operation of the package, and the options that it is given."""

    operation: str
    options: object = None


class Plan(msgspec.Struct, forbid_unknown_fields=True):
    """All that is tried, kind by kind, in this order. Of the mocks that match, the first answers."""

    mocks: Annotated[tuple[MockOf, ...], msgspec.Meta(max_length=MAX_TRIED)] = ()
    requests: Annotated[tuple[RequestOf, ...], msgspec.Meta(max_length=MAX_TRIED)] = ()
    events: Annotated[tuple[EventOf, ...], msgspec.Meta(max_length=MAX_TRIED)] = ()
    operations: Annotated[tuple[OperationOf, ...], msgspec.Meta(max_length=MAX_TRIED)] = ()


def read_plan(path: Path | None) -> Plan:
    """Return what a file says is to be tried, nothing for None; ScopeboxError names what is wrong in it."""
    if path is None:
        return Plan()
    try:
        data = plain_file.content(path, MAX_PLAN_BYTES)
    except OSError as error:
        raise ScopeboxError(f"{quote(str(path))} cannot be read: {error.strerror}") from None
    try:
        return wire.decode_as(data, Plan)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ScopeboxError(
            f"{quote(str(path))} does not say what to try: {shorten(str(error), 300)}", hint=_EXAMPLE
        ) from None
