"""Checks of what the store gave away, and of what was written into it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from scopebox.errors import ScopeboxError

from tests.security.corpus import CorpusError
from tests.security.evidence import Evidence
from tests.security.fixture import TABLES
from tests.security.forms import number, several

COLUMNS = {
    name: at for at, name in enumerate(("id", "title", "body", "status", "date_created", "views", "meta", "parent"))
}
STATUS, TITLE, NOTE = 3, 1, 11  # columns of articles

_LITERAL: Final = re.compile(r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`""", re.DOTALL)
_ESCAPE: Final = re.compile(
    r"\\(?:u\{(?P<braced>[0-9a-fA-F]+)\}|u(?P<four>[0-9a-fA-F]{4})|x(?P<two>[0-9a-fA-F]{2})|.)", re.DOTALL
)
_SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def _rows(evidence: Evidence) -> list[dict[str, object]]:
    """Return the rows that the attack got out: logged, printed or as the value of its cell, but the same ones only once."""
    return max(_sources(evidence), key=len)


def _sources(evidence: Evidence) -> Iterator[list[dict[str, object]]]:
    language = evidence.attack.language
    yield _read_all((record.message for record in evidence.logs), language)
    if evidence.result is not None:
        yield _read_all(evidence.result.stdout.splitlines(), language)
        value = evidence.result.value
        yield [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _read_all(texts: Iterable[str], language: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for text in texts:
        try:
            value = _read(text, language)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
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
    changed = [name for name in map(str, several(wanted)) if evidence.before[name] != evidence.after[name]]
    return f"{', '.join(changed)} changed" if changed else ""


def rows_max(evidence: Evidence, wanted: object) -> str:
    count = max(len(_rows(evidence)), sum(map(len, evidence.written().values())))
    return "" if count <= number(wanted) else f"{count} rows"


def _object(given: object) -> dict[str, object]:
    if not isinstance(given, dict):
        raise CorpusError(f"rows_all: {given!r:.100} is no object")
    return given


def rows_all(evidence: Evidence, wanted: object) -> str:
    by = {name.removesuffix("_column"): value for name, value in _object(wanted).items()}
    if unknown := by.keys() - COLUMNS.keys():
        raise CorpusError(f"rows_all: articles have no {', '.join(unknown)}")
    fine = {
        row[0] for row in evidence.before["articles"] if all(row[COLUMNS[name]] == value for name, value in by.items())
    }
    rows = _rows(evidence)
    if not rows:
        return "" if _gave_nothing(evidence) else "no rows came, and no error"
    found = [(row["id"],) if "id" in row else tuple(row.values()) for row in rows]
    keys = [value for values in found for value in values if isinstance(value, int)]
    wrong = [key for key in keys if key not in fine]
    return f"rows {wrong} are others'" if wrong else ""


def groups_only(evidence: Evidence, wanted: object) -> str:
    groups = [row.get("status") for row in _rows(evidence)]
    return (
        ""
        if (groups and set(groups) <= set(several(wanted))) or _gave_nothing(evidence)
        else f"the groups are {groups}"
    )


def count_equals(evidence: Evidence, wanted: object) -> str:
    there = wanted if isinstance(wanted, int) else sum(row[STATUS] == wanted for row in evidence.before["articles"])
    counts = [int(str(row["count"])) for row in _rows(evidence) if "count" in row]
    return "" if counts == [there] or _gave_nothing(evidence) else f"counted {counts}, there are {there}"


def values_stored_literally(evidence: Evidence, _wanted: object) -> str:
    written = evidence.written()
    texts = [row[TITLE] for row in written["articles"] if row[TITLE] is not None]
    texts = texts or [value for rows in written.values() for row in rows for value in row if isinstance(value, str)]
    if evidence.attack.language == "python":
        literals = {node.value for node in ast.walk(ast.parse(evidence.source)) if isinstance(node, ast.Constant)}
        changed = [text for text in texts if text not in literals]
    else:
        known = _literals(evidence.source)
        changed = [text for text in texts if text not in known and str(text) not in evidence.source]
    return f"stored as {changed}" if changed or not texts else ""


def _literals(source: str) -> set[str]:
    """Return the texts that stand in a source of JavaScript, their escapes read."""
    return {_ESCAPE.sub(_escaped, found[0][1:-1]) for found in _LITERAL.finditer(source)}


def _escaped(match: re.Match[str]) -> str:
    if code := match["braced"] or match["four"] or match["two"]:
        return chr(int(code, 16))
    return _SIMPLE.get(match[0][1], match[0][1])


def value_stored_literally(evidence: Evidence, wanted: object) -> str:
    if isinstance(wanted, bool):
        return values_stored_literally(evidence, wanted)
    stored = [value for rows in evidence.written().values() for row in rows for value in row]
    return "" if all(value in stored for value in several(wanted)) else f"stored as {stored!r:.200}"


def other_writer_completes(evidence: Evidence, _wanted: object) -> str:
    try:
        keys = evidence.box.items("articles").create([{"title": "another writer"}])
    except ScopeboxError as error:
        return f"another writer fails: {error}"
    return "" if len(keys) == 1 else "another writer wrote nothing"


def row_is_one_of(evidence: Evidence, wanted: object) -> str:
    title = evidence.after["articles"][0][TITLE]
    return "" if title in several(wanted) or _gave_nothing(evidence) else f"the title is {title!r}"


def field_unset(evidence: Evidence, wanted: object) -> str:
    if wanted != "secret_note":
        return f"no such field in the fixture: {wanted}"
    written = [row for row in evidence.written()["articles"] if row[NOTE] is not None]
    return f"it was set: {written}" if written or not (evidence.outcomes or evidence.failures) else ""


def row_created(evidence: Evidence, _wanted: object) -> str:
    created = [row for row in evidence.written()["articles"] if row[TITLE] == "triggered"]
    return "" if len(created) == 1 and not evidence.failures else f"created {created}, {evidence.failures}"


def log_lines(evidence: Evidence, wanted: object) -> str:
    return "" if len(evidence.logs) in map(number, several(wanted)) else f"{len(evidence.logs)} lines"


def log_lines_equal(evidence: Evidence, _wanted: object) -> str:
    lines = [record.message for record in evidence.logs]
    return "" if len(lines) > 1 and len(set(lines)) == 1 else f"the lines are {lines}"


def log_equals(evidence: Evidence, wanted: object) -> str:
    lines = [record.message for record in evidence.logs]
    return "" if lines == several(wanted) else f"the lines are {lines}"


def rows_shown(evidence: Evidence, wanted: object) -> str:
    html = evidence.box.log.view().html()
    rows = sum(evidence.own in row for row in html.split("<tr")[1:])
    return "" if rows == number(wanted) else f"{rows} rows are shown"
