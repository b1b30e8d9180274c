"""Who may do what on a live Directus, as its API answers it: roles, policies, permissions, and who has which policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.directus import answers
from scopebox.directus.answers import MIB
from scopebox.directus.failures import RefusedError
from scopebox.directus.listing import ALL, Listing
from scopebox.errors import PullError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scopebox.directus.client import Client

Record = dict[str, object]

MAX_RECORDS: Final = 5_000  # of one kind
MAX_BYTES: Final = 4 * MIB  # of the records of one kind, as JSON
# What is kept of each kind: lists of the other side of a relation would only say again what stands there.
KINDS: Final = {
    "roles": ("id", "name", "icon", "description", "parent"),
    "policies": ("id", "name", "icon", "description", "ip_access", "enforce_tfa", "admin_access", "app_access"),
    "permissions": ("id", "policy", "collection", "action", "fields", "permissions", "validation", "presets", "system"),
    "access": ("id", "role", "user", "policy", "sort"),
}


@dataclass
class AccessRecords:
    """The records by kind, as JSON; ``missing`` says why a kind is not there, ``users`` are those that have policies of their own."""

    kinds: dict[str, list[msgspec.Raw]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    users: list[str] = field(default_factory=list)


def read_access(client: Client, page: int) -> AccessRecords:
    """Return what the user of the token may see of it."""
    found = AccessRecords()
    for kind in KINDS:
        listing = Listing(client, f"/{kind}", {}, (ALL,), MAX_RECORDS, page)
        try:
            found.kinds[kind] = list(_records(kind, listing, found.users))
        except RefusedError as error:
            found.missing[kind] = error.why
    return found


def users_of(records: Iterable[Record]) -> list[str]:
    """Return the keys of the users that records of ``access`` name."""
    return [user for entry in records if isinstance(user := entry.get("user"), str)]


def _records(kind: str, listing: Listing, users: list[str]) -> Iterator[msgspec.Raw]:
    """Yield what is kept of each record; ``users`` get those that records of ``access`` name. PullError for too much."""
    size = 0
    for raw in listing:
        try:
            record = answers.read(bytes(raw), object)
        except (ValueError, RecursionError) as error:
            raise PullError(f"/{kind} answers with a record that cannot be read: {str(error)[:200]}") from None
        if not isinstance(record, dict):
            continue
        kept = {key: record[key] for key in KINDS[kind] if key in record}
        if kind == "access":
            users += users_of([kept])
        text = msgspec.json.encode(kept)
        size += len(text)
        if size > MAX_BYTES:
            raise PullError(f"/{kind} answers with more than {MAX_BYTES // MIB} MiB, which are the limit")
        yield msgspec.Raw(text)
