"""What the host keeps for hooks: payloads in filters, and texts of actions that have not begun, both within bounds for each extension."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import LimitError
from scopebox.text.sizes import most_in_memory

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_FILTERED_BYTES: Final = 8 * 2**20  # of the payloads in the filters of one extension, if there are several
SMALL_BYTES: Final = 2**16  # up to here a payload is never refused: a guest has some calls open at most
# Of what waits until actions of one extension begin, and until it takes what they are called with.
MAX_WAITING_BYTES: Final = 16 * 2**20
MAX_ALL_WAITING_BYTES: Final = 20 * 2**20  # of all extensions together
FEW_WAITING_BYTES: Final = 2**18  # that an extension may have however much waits for others
EVENT_BYTES: Final = 600  # that an event takes beside texts
SHORT_CHARACTERS: Final = 64  # of a text that takes no more as it is than as JSON


class InFilters:
    """Payloads that are in filters, of which the host keeps what came in until it knows what comes out."""

    def __init__(self) -> None:
        self._open: dict[str, list[_Payload]] = {}

    def keeping(self, extension: str, payload: object) -> _Payload:
        """Keep ``payload`` for a block, in which filters of ``extension`` work on it; LimitError where there are too many bytes of others."""
        return _Payload(self._open.setdefault(extension, []), extension, payload)


class _Payload:
    """A payload that is among ``others`` of an extension for a block. A class, because a generator takes several times as long.

    The only one is not measured: that takes as long as sending it.
    """

    __slots__ = ("_extension", "_others", "_payload", "_size")

    def __init__(self, others: list[_Payload], extension: str, payload: object) -> None:
        self._others = others
        self._extension = extension
        self._payload = payload
        self._size = -1

    def __enter__(self) -> None:
        others = self._others
        if others and SMALL_BYTES < self.size > MAX_FILTERED_BYTES - sum(each.size for each in others):
            raise LimitError(
                f"Filters of {self._extension} work on more than {MAX_FILTERED_BYTES:,} bytes at the same time",
                kind="memory",
                hint="What they do takes long, and many wait for it: read fewer items at a time, or fewer fields.",
            )
        others.append(self)

    def __exit__(self, *_: object) -> None:
        self._others.remove(self)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        if self._size < 0:
            self._size = most_in_memory(wire.encode(self._payload))
        return self._size


class Told:
    """What actions are told of an event, as JSON text, once for all of them. Counted in ``kept`` for ``extension`` as long as anybody has it."""

    __slots__ = ("_extension", "_kept", "_size", "meta")

    def __init__(self, meta: Mapping[str, object], kept: Counter[str], extension: str) -> None:
        self.meta = {key: value if _is_small(value) else msgspec.Raw(wire.encode(value)) for key, value in meta.items()}
        self._kept, self._extension = kept, extension
        self._size = EVENT_BYTES + sum(len(value) for value in self.meta.values() if isinstance(value, msgspec.Raw))
        kept[extension] += self._size

    @property
    def payload(self) -> object:
        """The first argument of an action."""
        return self.meta.get("payload")

    @property
    def limit(self) -> str:
        """The limit that it is beyond, if it does not fit."""
        if self._kept[self._extension] > MAX_WAITING_BYTES:
            return f"{MAX_WAITING_BYTES:,} bytes in one extension"
        return f"{MAX_ALL_WAITING_BYTES:,} bytes in all extensions"

    @property
    def fits(self) -> bool:
        """Whether it may wait with all else that does: the only one may be of any size."""
        own = self._kept[self._extension]
        if own <= FEW_WAITING_BYTES:
            return True
        total = self._kept.total()
        return total == self._size or (own <= MAX_WAITING_BYTES and total <= MAX_ALL_WAITING_BYTES)

    def __del__(self) -> None:
        """Count it no longer: whoever waited has begun, or was given up in one of many ways."""
        self._kept[self._extension] -= self._size


class Arguments(list[object]):
    """What an action is called with. It has what was ``told``, which counts as long as the call waits for a guest that is behind."""

    __slots__ = ("told",)

    def __init__(self, told: Told, meta: Mapping[str, object], context: object) -> None:
        super().__init__((told.payload, meta, context))
        self.told = told


def _is_small(value: object) -> bool:
    """Whether a value of an event is as small as it is, or text already."""
    if isinstance(value, str):
        return len(value) <= SHORT_CHARACTERS
    return value is None or isinstance(value, int | msgspec.Raw)
