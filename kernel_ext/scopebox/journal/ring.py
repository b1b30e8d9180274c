"""Rings: bounded, numbered lists of records, exported as JSON lines."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import msgspec

from scopebox.text.literals import record_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXPORT_VERSION: Final = 1
MAX_RING_BYTES: Final = 11 * 2**19  # of all records of a ring: 10,000 calls with long arguments


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...

    @property
    def chain(self) -> int: ...


R = TypeVar("R", bound=_Numbered)


class Ring(ABC, Generic[R]):
    """The newest records, oldest first, of ``MAX_RING_BYTES`` bytes at most. Numbers start at 1 and never repeat; ``dropped`` counts what had to go.

    Records are added and changed on any thread; any thread may read, and reads a consistent copy.
    """

    def __init__(self, capacity: int, on_change: Callable[[], None] | None = None) -> None:
        self._records: deque[R] = deque(maxlen=capacity)
        self._last = 0
        self._size = 0
        self._on_change = on_change
        self._lock = threading.Lock()  # around number, size and records

    @staticmethod
    @abstractmethod
    def _size_of(record: R) -> int:
        """Return how many bytes a record takes at most, its texts included."""

    def _add(self, make: Callable[[int], R]) -> R:
        """Add the record that ``make`` returns for the next number, and return it; the oldest go where there are too many, or too long ones."""
        with self._lock:
            self._last += 1
            record = make(self._last)
            if len(self._records) == self._records.maxlen:
                self._drop_oldest()
            self._records.append(record)
            self._grow(self._size_of(record))
        self._changed()
        return record

    def _grow(self, size: int) -> None:
        self._size += size
        while self._size > MAX_RING_BYTES:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._size -= self._size_of(self._records.popleft())

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change()

    @property
    def last(self) -> int:
        """The number of the newest record, 0 before the first."""
        return self._last

    @property
    def dropped(self) -> int:
        """How many records are no longer kept."""
        return self._last - len(self._records)

    def since(self, number: int) -> list[R]:
        """Return the records with a number above ``number``, oldest first."""
        newest: list[R] = []
        for record in reversed(self._records.copy()):
            if record.number <= number:
                break
            newest.append(record)
        newest.reverse()
        return newest

    def clear(self) -> None:
        """Forget all records; numbers go on."""
        with self._lock:
            self._size = 0
            self._records.clear()
        self._changed()

    def jsonl(self) -> str:
        """Return all records as JSON lines; the first line names the version of the format and what was dropped."""
        return b"".join(self._lines()).decode()

    def _lines(self) -> Iterator[bytes]:
        records = self._records.copy()
        yield msgspec.json.encode({"scopebox": EXPORT_VERSION, "dropped": self.dropped}) + b"\n"
        for record in records:
            yield self._line(record) + b"\n"

    def _line(self, record: R) -> bytes:
        """Return a record as a line of JSON."""
        return msgspec.json.encode(record)

    def export(self, path: str | Path) -> Path:
        """Write :meth:`jsonl` to ``path`` and return it."""
        target = Path(path)
        with target.open("wb") as file:
            file.writelines(self._lines())
        return target

    def span(self, after: int, chain: int) -> Span[R]:
        """Return where the records of ``chain`` with a number above ``after`` lie by now."""
        return Span(self, after, self._last, chain)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[R]:
        return iter(self._records.copy())

    def __getitem__(self, index: int) -> R:
        return self._records[index]

    def __repr__(self) -> str:
        shown = [record_text(record) for record in islice(self._records.copy(), max(0, len(self._records) - 10), None)]
        head = f"{len(self)} records" + (f", {self.dropped} dropped" if self.dropped else "")
        return "\n".join([head, *shown])


@dataclass(frozen=True, slots=True)
class Span(Generic[R]):
    """Where in a ring the records of one chain lie: above the number ``after``, up to ``last``. It keeps none of them, so what it costs is nothing."""

    ring: Ring[R]
    after: int
    last: int
    chain: int

    @property
    def records(self) -> tuple[R, ...]:
        """Those that the ring still has, oldest first."""
        newer = self.ring.since(self.after)
        return tuple(record for record in newer if record.number <= self.last and record.chain == self.chain)

    @property
    def whole(self) -> bool:
        """Whether the ring still has all of them."""
        return self.ring.dropped <= self.after or self.last <= self.after
