"""The functions of aggregates: their SQL, and which types of fields have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.values.types import NUMBERS, shown

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Field

FUNCTIONS: Final = {
    "count": "count({})",
    "countDistinct": "count(DISTINCT {})",
    "countAll": "count(*)",
    "sum": "sum({})",
    "sumDistinct": "sum(DISTINCT {})",
    "avg": "avg({})",
    "avgDistinct": "avg(DISTINCT {})",
    "min": "min({})",
    "max": "max({})",
}
"""The aggregate functions by name, each with its SQL."""
_NO_EXTREME: Final = frozenset({"boolean", "json", "uuid"})


def fault(name: str, field: Field) -> str:
    """Return what PostgreSQL says of an aggregate that there is not for the type of a field, "" where there is one."""
    if field.type == "json" and name == "countDistinct":
        return "could not identify an equality operator for type json"
    numeric = field.type in NUMBERS or field.type == "time"
    missing = not numeric if name.startswith(("sum", "avg")) else name in ("min", "max") and field.type in _NO_EXTREME
    return f"function {name}({field.type}) does not exist" if missing else ""


def shown_result(name: str, field: Field, sql: str) -> str:
    """Return the SQL of an aggregate as an answer shows it, cast like values of its field are."""
    if name.startswith("count"):
        text = f"CAST({sql} AS VARCHAR)"
        return {"csv": f"[{text}]", "json": sql}.get(field.type, text)
    if name.startswith("sum"):
        return sql if field.type == "float" else f"CAST({sql} AS VARCHAR)"
    return shown(field.type, sql)
