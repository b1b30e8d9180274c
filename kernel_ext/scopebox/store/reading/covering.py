"""Whether rules cover items: asked before a change, with the rights of the store itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scopebox.store.reading.compared import is_crowd
from scopebox.store.reading.conditions import Conditions, rule_sql
from scopebox.store.reading.logic import all_of, any_of
from scopebox.store.reading.portions import CROWD_TURN, in_turn
from scopebox.store.reading.sought import check_sought
from scopebox.store.reading.source import Source, Statement
from scopebox.store.steps import in_one_step

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.query.filters import Filter
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.reading.sought import Sought
    from scopebox.store.schema.schema import Collection


@dataclass(frozen=True, slots=True)
class Covering:
    """A statement that counts the items that are covered. ``short``: it looks for one of them by its key, and does nothing else.

    A ``crowd`` of conditions takes turns with others.
    """

    sql: str
    parameters: list[object]
    short: bool
    crowd: bool
    sought: tuple[Sought, ...]

    def count(self, session: Session) -> int:
        """Return how many there are."""
        check_sought(session, self.sought, self.parameters)
        row = session.row(self.sql, self.parameters)
        assert row is not None
        assert isinstance(row[0], int)
        return row[0]

    def count_in_turn(self, session: Session) -> Generator[None, None, int]:
        """Return the same when no other crowd is at work."""
        return in_turn(in_one_step(self.count)(session), CROWD_TURN)


def covering(rights: ReadRights, collection: Collection, rules: Sequence[Filter], keys: Sequence[object]) -> Covering:
    """Return what counts the items with one of ``keys`` that fulfil one of ``rules``; an empty one covers all of them."""
    statement = Statement(rights, rule_sql)
    source = Source(statement, collection, everything=True)
    own = Conditions(source).sql({collection.primary_key.name: {"_in": [*keys]}})
    rule = any_of([rule_sql(statement, collection, rule, source.alias) for rule in rules]) if all(rules) else ""
    statement.check()
    sql = f"SELECT count(*) FROM {source.sql} WHERE {all_of([own, rule])}"  # noqa: S608 - names of the schema
    crowd = bool(rule) and is_crowd(statement.compared)
    short = len(keys) == 1 and not crowd and statement.own_values
    return Covering(sql, statement.parameters, short, crowd, statement.sought)
