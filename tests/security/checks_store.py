"""Checks of what the store gave away, and of what was written into it."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence

from scopebox.errors import ScopeboxError

from tests.security.evidence import Evidence
from tests.security.fixture import TABLES

STATUS, TITLE, NOTE = 3, 1, 11  # columns of articles


def _rows(evidence: Evidence) -> list[dict[str, object]]:
    """Return the rows that the attack logged."""
    found: list[dict[str, object]] = []
    for record in evidence.logs:
        try:
            value = _read(record.message, evidence.attack.language)
        except (ValueError, SyntaxError):
            continue
        rows = value if isinstance(value, list) else []
        found += [row if isinstance(row, dict) else {"id": row} for row in rows]  # a row without columns is its key
    return found


def _read(text: str, language: str) -> object:
    """Return the data that an attack wrote as its language writes them."""
    return ast.literal_eval(text) if language == "python" else json.loads(text)


def _gave_nothing(evidence: Evidence) -> bool:
    return evidence.error is not None


def store_unchanged(evidence: Evidence, _wanted: object) -> str:
    changed = [table for table in ("", *TABLES) if evidence.before[table] != evidence.after[table]]
    return f"changed: {changed}" if changed else ""


def collection_unchanged(evidence: Evidence, wanted: object) -> str:
    name = str(wanted)
    return "" if evidence.before[name] == evidence.after[name] else f"{name} changed"


def rows_max(evidence: Evidence, wanted: object) -> str:
    count = max(len(_rows(evidence)), sum(map(len, evidence.written().values())))
    return "" if count <= int(str(wanted)) else f"{count} rows"


def rows_all(evidence: Evidence, wanted: object) -> str:
    assert isinstance(wanted, dict)
    status = {row[0]: row[STATUS] for row in evidence.before["articles"]}
    rows = _rows(evidence)
    if not rows:
        return "" if _gave_nothing(evidence) else "no rows came, and no error"
    found = [(row["id"],) if "id" in row else tuple(row.values()) for row in rows]
    keys = [value for values in found for value in values if isinstance(value, int)]
    wrong = [key for key in keys if status.get(key) != wanted["status_column"]]
    return f"rows {wrong} are others'" if wrong else ""


def groups_only(evidence: Evidence, wanted: object) -> str:
    assert isinstance(wanted, Sequence)
    groups = [row.get("status") for row in _rows(evidence)]
    return "" if (groups and set(groups) <= set(wanted)) or _gave_nothing(evidence) else f"the groups are {groups}"


def count_equals(evidence: Evidence, wanted: object) -> str:
    number = sum(row[STATUS] == wanted for row in evidence.before["articles"])
    counts = [int(str(row["count"])) for row in _rows(evidence) if "count" in row]
    return "" if counts == [number] or _gave_nothing(evidence) else f"counted {counts}, there are {number}"


def values_stored_literally(evidence: Evidence, _wanted: object) -> str:
    texts = [row[TITLE] for row in evidence.written()["articles"] if row[TITLE] is not None]
    if evidence.attack.language != "python":
        changed = [text for text in texts if str(text) not in evidence.source]
        return f"stored as {changed}" if changed or not texts else ""
    constants = {node.value for node in ast.walk(ast.parse(evidence.source)) if isinstance(node, ast.Constant)}
    changed = [text for text in texts if text not in constants]
    return f"stored as {changed}" if changed or not texts else ""


def value_stored_literally(evidence: Evidence, wanted: object) -> str:
    if not isinstance(wanted, str):
        return values_stored_literally(evidence, wanted)
    stored = [value for rows in evidence.written().values() for row in rows for value in row]
    return "" if wanted in stored else f"stored as {stored!r:.200}"


def other_writer_completes(evidence: Evidence, _wanted: object) -> str:
    try:
        keys = evidence.box.items("articles").create([{"title": "another writer"}])
    except ScopeboxError as error:
        return f"another writer fails: {error}"
    return "" if len(keys) == 1 else "another writer wrote nothing"


def row_is_one_of(evidence: Evidence, wanted: object) -> str:
    assert isinstance(wanted, Sequence)
    title = evidence.after["articles"][0][TITLE]
    return "" if title in wanted or _gave_nothing(evidence) else f"the title is {title!r}"


def field_unset(evidence: Evidence, wanted: object) -> str:
    if wanted != "secret_note":
        return f"no such field in the fixture: {wanted}"
    written = [row for row in evidence.written()["articles"] if row[NOTE] is not None]
    return f"it was set: {written}" if written or not (evidence.outcomes or evidence.failures) else ""


def row_created(evidence: Evidence, _wanted: object) -> str:
    created = [row for row in evidence.written()["articles"] if row[TITLE] == "triggered"]
    return "" if len(created) == 1 and not evidence.failures else f"created {created}, {evidence.failures}"


def log_lines(evidence: Evidence, wanted: object) -> str:
    return "" if len(evidence.logs) == wanted else f"{len(evidence.logs)} lines"


def log_lines_equal(evidence: Evidence, _wanted: object) -> str:
    lines = [record.message for record in evidence.logs]
    return "" if len(lines) > 1 and len(set(lines)) == 1 else f"the lines are {lines}"


def log_equals(evidence: Evidence, wanted: object) -> str:
    lines = [record.message for record in evidence.logs]
    return "" if lines == (wanted if isinstance(wanted, list) else [wanted]) else f"the lines are {lines}"


def rows_shown(evidence: Evidence, wanted: object) -> str:
    html = evidence.box.log.view().html()
    rows = sum(evidence.own in row for row in html.split("<tr")[1:])
    return "" if rows == int(str(wanted)) else f"{rows} rows are shown"
