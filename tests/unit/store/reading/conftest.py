"""What tests of reading share."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from scopebox.store.database import jobs
from scopebox.store.database.session import Row, Session
from scopebox.store.reading.size import Size


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that find rows, one after the other."""
    statements: list[str] = []
    rows = Session.rows

    def noted(session: Session, sql: str, parameters: object = ()) -> list[Row]:
        statements.append(sql)
        return rows(session, sql, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "rows", noted)
    return statements


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements whose rows were asked for."""
    statements: list[str] = []
    batches, with_some = Size.batches, Session.with_some

    def noted(self: Size, session: Session, sql: str, *rest: object) -> object:
        statements.append(sql)
        return batches(self, session, sql, *rest)  # type: ignore[arg-type]

    def noted_of_portion(self: Session, sql: str, parameters: list[object]) -> object:
        statements.append(sql)
        return with_some(self, sql, parameters)

    monkeypatch.setattr(Size, "batches", noted)
    monkeypatch.setattr(Session, "with_some", noted_of_portion)
    return statements


@pytest.fixture
def weighed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements that weighed something."""
    statements: list[str] = []
    some = Session.some

    def noted(self: Session, sql: str, parameters: list[object]) -> object:
        statements.append(sql)
        return some(self, sql, parameters)

    monkeypatch.setattr(Session, "some", noted)
    return statements


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many statements each step of reading ran, in tasks of one step."""
    numbers: list[int] = [0]
    go_on, begin = jobs._go_on, Session.begin_statement

    def noted(work: Generator[None, None, object]) -> None:
        numbers.append(0)
        go_on(work)

    def counted(session: Session) -> None:
        numbers[-1] += 1
        begin(session)

    monkeypatch.setattr(jobs, "TASK_SECONDS", -1.0)
    monkeypatch.setattr(jobs, "_go_on", noted)
    monkeypatch.setattr(Session, "begin_statement", counted)
    return numbers
