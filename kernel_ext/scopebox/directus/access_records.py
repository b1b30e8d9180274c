"""Who may do what on a live Directus, as its API answers it: roles, policies, permissions, and who has which policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.directus.failures import RefusedError
from scopebox.directus.listing import ALL, Listing

if TYPE_CHECKING:
    from scopebox.directus.client import Client

Record = dict[str, object]

MAX_RECORDS: Final = 5_000  # of one kind
# What is kept of each kind: lists of the other side of a relation would only say again what stands there.
KINDS: Final = {
    "roles": ("id", "name", "icon", "description", "parent"),
    "policies": ("id", "name", "icon", "description", "ip_access", "enforce_tfa", "admin_access", "app_access"),
    "permissions": ("id", "policy", "collection", "action", "fields", "permissions", "validation", "presets", "system"),
    "access": ("id", "role", "user", "policy", "sort"),
}


@dataclass
class AccessRecords:
    """The records by kind; ``missing`` says why a kind is not there."""

    kinds: dict[str, list[Record]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def users(self) -> list[str]:
        """The keys of the users that have policies of their own."""
        return [user for entry in self.kinds.get("access", ()) if isinstance(user := entry.get("user"), str)]


def read_access(client: Client, page: int) -> AccessRecords:
    """Return what the user of the token may see of it."""
    found = AccessRecords()
    for kind, keys in KINDS.items():
        listing = Listing(client, f"/{kind}", {}, (ALL,), MAX_RECORDS, page)
        try:
            records = [wire.decode_json(raw) for raw in listing]
        except RefusedError as error:
            found.missing[kind] = error.why
            continue
        found.kinds[kind] = [
            {key: record[key] for key in keys if key in record} for record in records if isinstance(record, dict)
        ]
    return found
