"""Under what the plans of queries are kept, and how large they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store.database.kept import MAX_CHARACTERS
from scopebox.store.reading.compiled import Plan

if TYPE_CHECKING:
    from scopebox.store.access import Accountability
    from scopebox.store.reading.grouped import AggregatePlan
    from scopebox.store.reading.request import Request

MAX_QUERY_CHARACTERS: Final = 2_000  # of a query whose plan is kept
MAX_QUERY_DEPTH: Final = 12
LEVEL_CHARACTERS: Final = 500  # what a level of a plan holds besides its statements is counted as so many
VALUE_CHARACTERS: Final = 20  # what a value in a list among its parameters is counted as
MAX_BITS: Final = 64  # of a number
_SHORT: Final = (bool, float, type(None))


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what: the same plan answers it, as long as schema and access are the same.

    ``one``: a single item is asked for, whose key is no part of it.
    """

    collection: str
    who: tuple[object, ...]
    literal: bool
    one: bool
    query: str


def asked(collection: str, query: str, request: Request, *, one: bool) -> Asked:
    """Return what ``request`` asks for with a query of this text."""
    return Asked(collection, _who(request.accountability), request.literal, one, query)


def _who(asker: Accountability | None) -> tuple[object, ...]:
    """Return all that rules and variables can tell of the one who asks."""
    return () if asker is None else (asker.user, asker.role, asker.roles, asker.admin, asker.app)


def query_text(query: Mapping[str, object]) -> str | None:
    """Return a text that no other query has; None for one that is too long, or holds what is no JSON."""
    return repr(query) if _measured(query, MAX_QUERY_CHARACTERS, MAX_QUERY_DEPTH) >= 0 else None


def _measured(value: object, left: int, depth: int) -> int:
    """Return how many characters are left of so many behind ``value``; less than none for what is not plain or too deep."""
    if type(value) is str:
        return left - len(value)
    if type(value) is int and value.bit_length() <= MAX_BITS:
        return left - MAX_BITS
    if type(value) in _SHORT:
        return left - 1
    if type(value) not in (dict, list) or not depth or len(value) > left:  # type: ignore[arg-type]
        return -1
    return _measured_inside(value, left, depth - 1)  # type: ignore[arg-type]


def _measured_inside(values: dict[object, object] | list[object], left: int, depth: int) -> int:
    for name in values if isinstance(values, dict) else ():
        left = left - len(name) if isinstance(name, str) and type(name) is str else -1
    for entry in values.values() if isinstance(values, dict) else values:
        left = _measured(entry, left - 1, depth)
        if left < 0:
            break
    return left


def plan_size(plan: Plan | AggregatePlan) -> int:
    """Return about how many characters a plan holds; more than may be kept, if it holds an error: that is raised once."""
    values = sum(len(value) for value in plan.parameters if isinstance(value, list))
    size = LEVEL_CHARACTERS + VALUE_CHARACTERS * values
    if not isinstance(plan, Plan):
        return size + plan.size
    size += len(plan.sql) + (plan.weights.size if plan.weights else 0)
    size += len(plan.keys_first) + sum(
        part.size for part in (plan.sorted_texts, plan.portions, plan.few, plan.lists) if part
    )
    size += sum(part.size for part in plan.sought) + (len(plan.least.counted) if plan.least else 0)
    size += sum(part.size for part in (plan.compared, plan.memory, plan.search) if part)
    for inner in plan.below:
        size += MAX_CHARACTERS if isinstance(inner, DirectusError) else plan_size(inner)
    return size
