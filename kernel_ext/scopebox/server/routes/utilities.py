"""``/utils``: moving items by hand, clearing caches, and what else clients ask a server to do for them."""

from __future__ import annotations

from secrets import choice
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from scopebox.chains.chain import Cause
from scopebox.server.bodies import wrong_key
from scopebox.server.routes.route import Asked, data_response
from scopebox.server.routes.sight import Sight
from scopebox.store.errors import forbidden, invalid, invalid_payload
from scopebox.store.javascript import number

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNS: Final = ascii_letters + digits + "-_"
_LENGTHS: Final = (1, 500)
_LENGTH: Final = 32


async def sort(asked: Asked) -> Response:
    """Move an item to the place of another one."""
    (name,) = asked.names
    Sight(asked.store, asked.who).check_exists(name)
    reason = next(_wrong(asked.body), "")
    if reason:
        raise invalid_payload(reason)
    service = asked.store.items(name, accountability=asked.who, emitter=asked.events, cause=Cause(asked.chain))
    await service.move(asked.given["item"], asked.given["to"])
    return Response(status_code=200)


def _wrong(body: object) -> Iterator[str]:
    if not isinstance(body, dict):
        yield '"value" must be of type object'
        return
    for name in ("item", "to"):
        if name not in body:
            yield f'"{name}" is required'
        else:
            yield from wrong_key(name, body[name])
    yield from (f'"{name}" is not allowed' for name in body if name not in ("item", "to"))


async def clear_cache(asked: Asked) -> Response:
    """Answer an administrator that the cache is cleared; there is none here."""
    if not asked.who.admin:
        raise forbidden()
    return Response(status_code=200)


async def random_string(asked: Asked) -> Response:
    """Answer with a random text of 32 characters, or of as many as ``length`` says."""
    given = asked.query.get("length", _LENGTH)
    length = number(given) if given != "" else float("nan")
    low, high = _LENGTHS
    reason = (
        "must be a number"
        if length != length  # noqa: PLR0124 - that is what no number is
        else "must be an integer"
        if length % 1
        else f"must be greater than or equal to {low}"
        if length < low
        else f"must be less than or equal to {high}"
        if length > high
        else ""
    )
    if reason:
        raise invalid(f'"length" {reason}')
    return data_response("".join(choice(_SIGNS) for _ in range(int(length))))
