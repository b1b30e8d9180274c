"""Which addresses a request may reach: public ones, and private ones that a manifest names exactly in a sandbox that allows it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from scopebox.grants.refusal import RefusalError
from scopebox.urls.hosts import is_local_name, is_own_machine, is_public, literal_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.urls.url import ParsedUrl

_LOCAL_ADDRESSES: Final = ("127.0.0.1", "::1")
_PRIVATE_HINT: Final = "Private addresses need their host and port in the manifest, without wildcards, and a sandbox with allow_private_network=True."


def known_addresses(url: ParsedUrl) -> Sequence[str]:
    """Return the addresses of the host that need no look-up: its own, or those of this machine. Empty for other names."""
    literal = literal_address(url.host)
    if literal:
        return (str(literal),)
    return _LOCAL_ADDRESSES if is_local_name(url.host) else ()


def check_addresses(url: ParsedUrl, addresses: Sequence[str], *, private: bool) -> None:
    """Raise RefusalError unless all ``addresses`` of the host may be reached; ``private`` ones may be where that is said.

    A name that leads to this machine is refused even then: whoever owns the name could turn it there.
    """
    named = literal_address(url.host) is None and not is_local_name(url.host)
    for text in addresses:
        address = ip_address(text.partition("%")[0])
        if is_public(address):
            continue
        if named and is_own_machine(address):
            hint = "The name leads to this machine: write localhost or the address instead."
        elif private:
            continue
        else:
            hint = _PRIVATE_HINT
        message = f'Requested domain "{url.host}" resolves to a denied IP address'
        raise RefusalError(message, "address", hint=hint)


def is_any_private(addresses: Sequence[str]) -> bool:
    """Whether one of ``addresses`` is not public."""
    return any(not is_public(ip_address(text)) for text in addresses)
