"""Which fields of a live Directus are never taken: secrets, hashes, what is concealed, and what the user excludes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from scopebox.errors import PullError
from scopebox.store.sources.pulled import LeftOut
from scopebox.text.messages import hint, quote

Record = Mapping[str, object]

CONCEALED: Final = "a Directus conceals, hashes or encrypts it"
SECRET: Final = "it holds a secret, by its name or its interface"  # noqa: S105 - words about one
EXCLUDED: Final = "as you asked"
PERSONAL: Final = "personal, --with-users takes it along"
NEVER: Final = "of users, secret or of their sessions"

MAX_LOOKED_AT: Final = 120  # characters of a name
_CONCEALING: Final = frozenset({"hash", "conceal", "encrypt"})
_SECRET_INTERFACES: Final = frozenset({"input-hash", "system-token"})
_SECRET_NAME: Final = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secrets?|tokens?|credentials?|api_?keys?|private_?keys?|access_?keys?|secret_?keys?)$"
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TEXTS: Final = frozenset({"string", "text", "hash", "uuid", "json", "csv"})

# Fields of directus_users, by what they are. What is in none of the three is a field of the project's own.
USER_PLAIN: Final = ("id", "role", "status")
USER_PERSONAL: Final = (
    "first_name", "last_name", "email", "title", "location", "description", "tags", "avatar", "language",
)  # fmt: skip
USER_NEVER: Final = (
    "password", "token", "tfa_secret", "auth_data", "external_identifier", "provider", "last_access", "last_page",
    "email_notifications", "appearance", "theme_dark", "theme_light", "theme_light_overrides", "theme_dark_overrides", "text_direction",
)  # fmt: skip


def withheld(fields: Iterable[Record]) -> list[LeftOut]:
    """Return the fields, as snapshots describe them, that hold secrets."""
    found = []
    for record in fields:
        why = _why(record)
        if why:
            found.append(LeftOut(str(record.get("collection")), str(record.get("field")), why))
    return found


def _why(record: Record) -> str:
    meta = record.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    special = meta.get("special")
    flags = special.split(",") if isinstance(special, str) else special if isinstance(special, list) else []
    if record.get("type") == "hash" or any(flag in _CONCEALING for flag in flags if isinstance(flag, str)):
        return CONCEALED
    options = meta.get("options")
    masked = isinstance(options, dict) and options.get("masked") is True
    interface = meta.get("interface")
    if masked or (isinstance(interface, str) and interface in _SECRET_INTERFACES):
        return SECRET
    name = _HUMP.sub("_", str(record.get("field"))[-MAX_LOOKED_AT:]).lower().replace("-", "_").replace(" ", "_")
    return SECRET if record.get("type") in _TEXTS and _SECRET_NAME.search(name) else ""


def excluded(names: Iterable[str], fields: Mapping[str, Mapping[str, bool]]) -> list[LeftOut]:
    """Return what the user excludes, each COLLECTION or COLLECTION.FIELD.

    ``fields`` are those of each collection, and whether they are its key. PullError for what there is not, and for a key.
    """
    found = []
    for name in names:
        collection, field = _split(name, fields)
        if field and fields[collection][field]:
            raise PullError(
                f"--exclude {quote(name)}: it is the key of {quote(collection)}, and no item can be without",
                hint=f"--exclude {collection} leaves the items out as a whole.",
            )
        found.append(LeftOut(collection, field, EXCLUDED))
    return found


def _split(name: str, fields: Mapping[str, Mapping[str, bool]]) -> tuple[str, str]:
    if name in fields:
        return name, ""
    owners = [
        collection for collection in fields if name.startswith(f"{collection}.")
    ]  # a name may have dots of its own
    if owners:
        collection = min(owners, key=len)
        field = name[len(collection) + 1 :]
        if field in fields[collection]:
            return collection, field
        raise PullError(
            f"--exclude {quote(name)}: {quote(collection)} has no such field", hint=hint(field, fields[collection])
        )
    raise PullError(f"--exclude {quote(name)}: there is no such collection", hint=hint(name, fields))
