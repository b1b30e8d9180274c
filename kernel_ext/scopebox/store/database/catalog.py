"""The schema of a store in its database, so that a file opens as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

if TYPE_CHECKING:
    from scopebox.store.database.session import Session


CREATE: Final = (
    "CREATE SCHEMA IF NOT EXISTS scopebox",
    "CREATE TABLE IF NOT EXISTS scopebox.catalog (part VARCHAR PRIMARY KEY, content VARCHAR NOT NULL)",
)


def save(session: Session, part: str, content: object) -> None:
    """Keep ``content`` (JSON data) as ``part`` of the catalog."""
    for statement in CREATE:
        session.execute(statement)
    text = msgspec.json.encode(content).decode()
    session.execute("INSERT OR REPLACE INTO scopebox.catalog VALUES (?, ?)", [part, text])


def load(session: Session, part: str) -> object:
    """Return what was kept as ``part``, None if nothing was."""
    known = session.row(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'scopebox'"
    )
    found = session.row("SELECT content FROM scopebox.catalog WHERE part = ?", [part]) if known else None
    return wire.decode_json(str(found[0])) if found else None
