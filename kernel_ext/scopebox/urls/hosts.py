"""Hosts of URLs: one spelling for each, and which addresses are public.

Browsers, libraries and operating systems disagree about odd spellings of a host (``0x7f.1``, full-width digits, look-alike
letters). So a host is brought into one form before it is compared, resolved or connected to.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_HOST_CHARACTERS: Final = 253
MAX_LABEL_CHARACTERS: Final = 63
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
_V4_PARTS: Final = 4
_MAX_BYTE: Final = 255

# Beyond what ipaddress knows as private, reserved or multicast: relays that lead to any IPv4 address, and the obsolete.
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16")
)
_GLOBAL_V6: Final = ipaddress.ip_network("2000::/3")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def normalise_host(text: str) -> str:
    """Return ``text`` in its one form: lower-case ASCII names, dotted IPv4, bracketed IPv6. ValueError says what is wrong.

    A trailing dot is dropped. International names are encoded as IDNA 2008 (``faß`` stays apart from ``fass``).
    """
    check_length(text)
    if text.startswith("["):
        return _normalise_v6(text)
    name = text.removesuffix(".").lower()
    if not name.isascii() or any(label.startswith("xn--") for label in name.split(".")):
        name = to_ascii(name)
    if not name or len(name) > MAX_HOST_CHARACTERS:
        raise ValueError("the host is empty" if not name else "the host is too long")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _normalise_v4(labels)
    for label in labels:
        if len(label) > MAX_LABEL_CHARACTERS or not _LABEL.fullmatch(label):
            raise ValueError(f"the host has the part {label[:MAX_LABEL_CHARACTERS]!a}, which no host name has")
    return name


def check_length(text: str) -> None:
    """Raise ValueError if ``text`` is longer than any spelling of a host, before more is done with it."""
    if len(text) > MAX_HOST_CHARACTERS + 1:  # a dot at the end is dropped; no spelling is shorter than its host
        raise ValueError("the host is too long")


def to_ascii(name: str) -> str:
    """Return an international name, or labels of one, encoded as IDNA 2008; ValueError if it is none."""
    import idna  # noqa: PLC0415 - its tables are large, and only international names need them

    try:
        return idna.encode(name, uts46=True, transitional=False, std3_rules=True).decode("ascii").removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        raise ValueError("the host is not a valid international name") from None


def _normalise_v4(labels: list[str]) -> str:
    """Read an IPv4 address as the system's resolver would: octal, hexadecimal, fewer than four parts."""
    if len(labels) > _V4_PARTS:
        raise ValueError("the host is an IPv4 address with too many parts")
    numbers = [_v4_number(label) for label in labels]
    *front, last = numbers
    if any(number > _MAX_BYTE for number in front) or last >= 256 ** (_V4_PARTS + 1 - len(numbers)):
        raise ValueError("the host is an IPv4 address out of range")
    value = last + sum(number << (8 * (3 - place)) for place, number in enumerate(front))
    return str(ipaddress.IPv4Address(value))


def _v4_number(label: str) -> int:
    if not _NUMBER.fullmatch(label) or len(label) > MAX_LABEL_CHARACTERS:
        raise ValueError("the host ends in a number, but is not an IPv4 address")
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    try:
        return int(label, 8 if label.startswith("0") else 10)
    except ValueError:
        raise ValueError("the host is an IPv4 address with a wrong octal number") from None


def _normalise_v6(text: str) -> str:
    try:
        address = ipaddress.IPv6Address(text[1:-1] if text.endswith("]") and "%" not in text else "")
    except ValueError:
        raise ValueError("the host is not a valid IPv6 address (zones are not allowed)") from None
    if address.ipv4_mapped is not None:  # Pythons differ in how they write these
        high, low = divmod(int(address.ipv4_mapped), 2**16)
        return f"[::ffff:{high:x}:{low:x}]"
    return f"[{address}]"


def literal_address(host: str) -> Address | None:
    """Return the address that a normalised ``host`` is, None if it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_local_name(host: str) -> bool:
    """Whether a normalised ``host`` names this machine whatever a resolver says."""
    return host == "localhost" or host.endswith(".localhost")


def is_public(address: Address) -> bool:
    """Whether ``address`` belongs to the public network, whatever it wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_V6:
            return False
    listed = any(address in network for network in _NOT_PUBLIC if network.version == address.version)
    return address.is_global and not address.is_multicast and not address.is_reserved and not listed


def is_own_machine(address: Address) -> bool:
    """Whether ``address`` is this machine or its link: loopback, unspecified, link-local (cloud metadata), also when wrapped."""
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        inner = address.ipv4_mapped
        if inner is not None:
            return is_own_machine(inner)
    return address.is_loopback or address.is_unspecified or address.is_link_local
