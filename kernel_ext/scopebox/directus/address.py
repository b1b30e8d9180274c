"""The address of a live Directus, and the token for it, as a user gives them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from scopebox.errors import PullError
from scopebox.urls.hosts import is_local_name, literal_address
from scopebox.urls.url import ParsedUrl, parse_url

MAX_TOKEN: Final = 4_096  # characters


def segment(name: str) -> str:
    """Return ``name`` as one part of a path, whatever is in it."""
    return quote(name, safe="")


def base_of(address: str) -> ParsedUrl:
    """Return the address of a Directus, parsed; the error shows nothing of what is no part of an origin."""
    given = address.strip()
    try:
        parsed = parse_url(given if "://" in given else f"https://{given}")
    except ValueError as error:
        text = str(error)
        raise PullError(
            f"This is not the address of a Directus: {text}", hint="One is for example https://directus.example.com"
        ) from None
    if parsed.query:
        raise PullError(
            "The address of a Directus has no query",
            hint="A token is never part of the address: it is taken from DIRECTUS_TOKEN, or asked for.",
        )
    return parsed


def checked_token(token: str) -> str:
    """Return ``token`` without blanks around it; PullError, which does not show it, for what no header can carry."""
    found = token.strip().removeprefix("Bearer ").strip()
    if len(found) > MAX_TOKEN or not all("!" <= character <= "~" for character in found):
        raise PullError(
            "This is not a token: one has visible letters, digits and signs alone, and no blanks",
            hint="A Directus shows it once, where a user's settings say Token.",
        )
    return found


def is_loopback(host: str) -> bool:
    """Return whether a host, in its one form, is this machine."""
    address = literal_address(host)
    return is_local_name(host) if address is None else address.is_loopback
