"""What is behind the one who asks: what variables like ``$CURRENT_USER.organisation.name`` hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox_guest import wire

from scopebox.errors import DirectusError
from scopebox.store.access.records import row_key
from scopebox.store.errors import forbidden
from scopebox.store.query.query import Query
from scopebox.store.reading.levels import compile_level
from scopebox.store.reading.running import run
from scopebox.store.reading.selection import Selector
from scopebox.store.reading.size import Size
from scopebox.store.schema.system import POLICIES, ROLES, USERS
from scopebox.store.steps import at_once

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Sequence

    from scopebox.store.access import Access, Accountability
    from scopebox.store.database.session import Session
    from scopebox.store.reading.rights import ReadRights


def look_up(
    session: Session, rights: ReadRights, access: Access, who: Accountability, variables: Names[str]
) -> dict[str, object]:
    """Return what each of ``variables`` holds for ``who``, read under ``rights``: a value, or the DirectusError of a field that cannot be read."""
    found: dict[str, object] = {}
    for head in dict.fromkeys(text.partition(".")[0] for text in variables):
        paths = [text.partition(".")[2] for text in variables if text.partition(".")[0] == head]
        asker = _Asker(session, rights, head, *_behind(access, who, head))
        own = access.own_data(who) if head == "$CURRENT_USER" and rights.unlimited else {}
        for path, value in asker.values(paths).items():
            found[f"{head}.{path}"] = own.get(path, value) if isinstance(value, DirectusError) else value
    return found


def _behind(access: Access, who: Accountability, head: str) -> tuple[str, list[str]]:
    """Return the collection that a variable is about, and the keys of its items."""
    match head:
        case "$CURRENT_USER":
            return USERS, [row_key("user", who.user)] if who.user else []
        case "$CURRENT_ROLE":
            return ROLES, [row_key("role", who.role)] if who.role else []
        case "$CURRENT_ROLES":
            return ROLES, [row_key("role", role) for role in who.roles]
        case _:
            return POLICIES, [row_key("policy", policy) for policy in access.policy_ids(who)]


class _Asker:
    """Reads fields of the items of ``collection`` with ``keys``."""

    def __init__(self, session: Session, rights: ReadRights, head: str, collection: str, keys: list[str]) -> None:
        self._session = session
        self._rights = rights
        self._single = head in ("$CURRENT_USER", "$CURRENT_ROLE")
        self._collection = collection
        self._keys = keys

    def values(self, paths: Sequence[str]) -> dict[str, object]:
        """Return what ``paths`` lead to, or the error of reading it; fields of its own are read with one statement."""
        plain = [path for path in paths if "." not in path]
        try:
            together = self._read(plain)
        except DirectusError:
            together = None
        return {
            path: _got(together, path) if together is not None and path in plain else self._one(path) for path in paths
        }

    def _one(self, path: str) -> object:
        try:
            return _got(self._read([path]), path)
        except DirectusError as error:
            return error

    def _read(self, paths: Sequence[str]) -> object:
        if not self._keys:
            return None
        query = Query(fields=tuple(paths), filter={"id": {"_in": [*self._keys]}}, limit=-1)
        level = Selector(self._rights.schema, self._rights).tree(self._collection, query)
        rows = wire.decode_json(b"".join(at_once(run(self._session, compile_level(self._rights, level), Size(None)))))
        if not self._single:
            return rows
        if not rows:
            raise forbidden()
        return rows[0]


def _got(found: object, path: str) -> object:
    """Return the end of ``path``, gathered from the items of lists on the way; None if there is nothing."""
    for step in path.split("."):
        name = step.partition(":")[0]
        if isinstance(found, list):
            values = [value for entry in found if isinstance(entry, dict) and (value := entry.get(name))]
            found = [inner for value in values for inner in (value if isinstance(value, list) else [value])] or None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found
