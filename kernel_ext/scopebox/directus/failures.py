"""What a live Directus answers in place of what was asked for, in words that say what would be right."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from scopebox.directus import answers
from scopebox.errors import PullError
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from scopebox.network.redaction import Redaction
    from scopebox.network.response import Response
    from scopebox.urls.url import ParsedUrl

MAX_WORDS: Final = 300  # characters of a server that an error quotes
NO_RIGHT: Final = "the user of the token has no right to read it"
# What a server answers for one collection that it cannot read, with all others well.
_ONE_THING: Final = frozenset({400, 405, 413, 414, 422, 500})


class RefusedError(PullError):
    """The server does not give one thing that was asked for, which need not end a pull. ``why`` says what is missing."""

    def __init__(self, message: str, *, why: str) -> None:
        super().__init__(message)
        self.why = why


class UnreachableError(PullError):
    """The server does not answer, or not in time."""


def failure(address: str, path: str, answer: Response, redaction: Redaction) -> PullError:
    """Return the error for an answer that is no success."""
    said = clean(redaction.text(_message(answer)), MAX_WORDS)  # cut first, and a part of the token would stay
    words = f": {said}" if said else ""
    status = answer.status
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        return RefusedError(f"{path} is refused ({status}{words})", why=NO_RIGHT)
    if status in _ONE_THING:
        return RefusedError(f"{path} fails ({status}{words})", why=f"the server answers {status}{words}")
    if status == HTTPStatus.UNAUTHORIZED:
        return PullError(
            f"{address} does not take the token (401{words})",
            hint="Is it that of a user of this Directus, saved there, and not expired? DIRECTUS_TOKEN has it, else it is asked for.",
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return PullError(
            f"{address} asks for fewer requests (429{words}), asked several times",
            hint="The same command goes on later where it stopped.",
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PullError(
            f"{address}{path} fails ({status}{words}), asked several times",
            hint="The log of the server says why; the same command goes on later where it stopped.",
        )
    return PullError(f"{address}{path} answers with status {status}{words}")


def no_directus(address: str, answer: Response) -> PullError:
    """Return the error for an address at which something else answers."""
    kind = clean(answer.header("content-type")[:80]) or "no content type"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return PullError(
            f"{address} answers with status {answer.status}, asked several times",
            hint="Is the Directus running, and is it this address?",
        )
    return PullError(
        f"There is no Directus at {address}: /server/ping answers with status {answer.status} and {kind}",
        hint="The address is that under which /server/ping answers pong; the admin pages lie below it, at /admin.",
    )


def redirected(address: str, target: ParsedUrl | None, redaction: Redaction) -> PullError:
    """Return the error for a redirect to another origin, which is never followed with a token."""
    where = "an address that cannot be read" if target is None else clean(redaction.text(target.origin), MAX_WORDS)
    return PullError(
        f"{address} redirects to {where}, which was not asked anything",
        hint="If that is your Directus, give its address: the token goes to no other server than the one that you name.",
    )


def _message(answer: Response) -> str:
    """Return the first message of an error in Directus's shape; nothing for any other body."""
    try:
        found = answers.read(answer.body, object)
    except (ValueError, RecursionError):
        return ""
    errors = found.get("errors") if isinstance(found, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    return message if isinstance(message, str) else ""
