"""Credentials in what is kept of requests and answers: recognised by the names that they usually have, and left out.

It is a help, no wall: nobody can tell a secret by looking at it. What is saved for others is worth a look before it is shared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from scopebox.journal.records import Answered
from scopebox.network.outgoing import MAX_HEADERS as MAX_SENT_HEADERS
from scopebox.network.outgoing import MAX_NAME_CHARACTERS
from scopebox.network.redaction import MIN_SECRET_CHARACTERS, Redaction
from scopebox.network.response import in_utf8
from scopebox.network.spoken import body_of, headers_of, lines_of
from scopebox.urls.url import MAX_URL_CHARACTERS

if TYPE_CHECKING:
    from scopebox.network.outgoing import Outgoing
    from scopebox.network.response import Response

MAX_ANSWER_BYTES: Final = 256 * 1024  # of a body that is kept
MAX_TEXT_BYTES: Final = 3 * MAX_ANSWER_BYTES  # of it as text, in which references stand for secrets
MAX_HEADERS: Final = 50
MAX_HEADER_CHARACTERS: Final = 1_000
HIDDEN: Final = "…"

_WORDS: Final = r"(?:auth|token|secret|passw|api[-_]?key|apikey|access[-_]?key|signature|session|cookie|credential)"
_HEADER: Final = re.compile(_WORDS, re.IGNORECASE)
_PARAMETER: Final = re.compile(r"(?<=[?&])([^=&?]++)=([^&]*+)")
_PARAMETERS: Final = frozenset({"key", "sig", "code"})  # of a URL, which carry credentials by these names as well
_FIELD: Final = re.compile(
    rb"""("(?:(?:access|refresh|id|auth|session)_?token|token|(?:client_?)?secret|password|api_?key)"\s{0,4}:\s{0,4}")(?>(?:[^"\\]|\\.)*)""",
    re.IGNORECASE | re.DOTALL,
)
# What belongs to one connection, and what would sign somebody in.
_NOT_KEPT: Final = frozenset({
    "connection", "content-encoding", "content-length", "date", "keep-alive", "set-cookie", "transfer-encoding", "www-authenticate",
})  # fmt: skip


def is_credential(name: str) -> bool:
    """Whether a header of that name usually carries what must not be shown; one that is too long to be looked at may."""
    return len(name) > MAX_NAME_CHARACTERS or _HEADER.search(name) is not None


def hidden_url(url: str, sign: str) -> str:
    """Return ``url`` with ``sign`` in place of the parameters that usually carry what must not be shown."""

    def written(found: re.Match[str]) -> str:
        hidden = found[1].lower() in _PARAMETERS or is_credential(found[1])
        return f"{found[1]}={sign}" if hidden else found[0]

    return _PARAMETER.sub(written, url)


def without_credentials(args: list[object]) -> list[object]:
    """Return the arguments of a request with the credentials in its headers and its URL hidden.

    They are looked at before anything else is, so no more of them than a request can have: of a longer URL its length is left,
    and of headers as many as are sent.
    """
    shown = [_shown_url(args[0]) if isinstance(args[0], str) else args[0], *args[1:]] if args else args
    options = shown[1] if len(shown) > 1 else None
    headers = options.get("headers") if isinstance(options, Mapping) else None
    if not isinstance(options, Mapping) or not isinstance(headers, Mapping):
        return shown
    hidden = {
        name: HIDDEN if isinstance(name, str) and is_credential(name) else value
        for name, value in islice(headers.items(), MAX_SENT_HEADERS)
    }
    return [shown[0], {**options, "headers": hidden}, *shown[2:]]


def _shown_url(url: str) -> str:
    if len(url) > MAX_URL_CHARACTERS:  # whatever was cut off might show half of a credential
        return f"{HIDDEN} ({len(url):,} characters)"
    return hidden_url(url, HIDDEN)


async def answer_to(outgoing: Outgoing, response: Response, sent: Redaction) -> Answered:
    """Return what is kept of a response: without the secrets that were ``sent``, and what else looks like a credential.

    The body is the text that the extension got, whatever it was encoded in; kept as UTF-8, and so its type says.
    """
    redaction = sent | Redaction(dict(_given(outgoing)))
    body = await _body(response, redaction)
    kept = [
        header
        for header in response.headers[:MAX_HEADERS]
        if header[0] not in _NOT_KEPT and not is_credential(header[0])
    ]
    address = hidden_url(str(outgoing.url), "*")
    url, *lines = await lines_of([address, *chain.from_iterable(kept)], redaction)
    # Cut before, a part of a secret would stay.
    headers = {name[:MAX_HEADER_CHARACTERS]: value[:MAX_HEADER_CHARACTERS] for name, value in headers_of(lines).items()}
    if "content-type" in headers:
        headers["content-type"] = in_utf8(headers["content-type"])
    text = None if body is None else _FIELD.sub(rb"\1" + HIDDEN.encode(), body).decode("utf-8", "replace")
    return Answered(outgoing.method, url, response.status, headers, text or "", whole=text is not None)


async def _body(response: Response, redaction: Redaction) -> bytes | None:
    """Return the body as UTF-8, without secrets; None if it is too large to be kept."""
    if len(response.body) > MAX_ANSWER_BYTES:
        return None
    body = BytesIO()
    async for piece in body_of(response, redaction):
        body.write(piece)
        if body.tell() > MAX_TEXT_BYTES:
            return None
    return body.getvalue()


def _given(outgoing: Outgoing) -> list[tuple[str, str]]:
    """Return the credentials that the extension itself wrote into headers: a server may echo them."""
    found: list[tuple[str, str]] = []
    for name, value in outgoing.headers.items():
        if is_credential(name):
            for part in dict.fromkeys((value, value.rpartition(" ")[2])):
                if len(part) >= MIN_SECRET_CHARACTERS:
                    found.append((f"{name}.{len(found)}", part))
    return found
