"""The stores that cases are played on: forks that nobody has written to yet. To copy a store takes longer than most cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from scopebox.store.access.sessions import Sessions
from scopebox.store.store import Store


class _Fork:
    """A fork, and whether anything was ever given to its writing thread, through which whatever changes it has to go."""

    def __init__(self, store: Store) -> None:
        self.store = store.fork()
        self._written = False
        self._made = self.store.schema, self.store.access
        writer = self.store.database._writer
        writer.submit = self._noting(writer.submit)  # type: ignore[assignment, method-assign]

    def _noting(self, real: Callable[..., object]) -> Callable[..., object]:
        def submit(*arguments: object) -> object:
            self._written = True
            return real(*arguments)

        return submit

    @property
    def untouched(self) -> bool:
        """Whether it is as it was made."""
        same = (self.store.schema, self.store.access) == self._made
        return same and not self._written and not self.store.database.closed


class Forks:
    """Forks of a store, for one case each; one that a case did not write to serves the next one, too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: _Fork | None = None

    @contextmanager
    def lend(self) -> Iterator[Store]:
        """Yield a fork as it is when it is made."""
        fork, self._kept = self._kept or _Fork(self._store), None
        fork.store.sessions = Sessions()
        try:
            yield fork.store
        finally:
            if fork.untouched:
                self._kept = fork
            else:
                fork.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._kept is not None:
            self._kept.store.close()
