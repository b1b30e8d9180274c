"""The memory of this process, mapping by mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mapping(NamedTuple):
    """A line of /proc/self/maps. ``file`` is a device and an inode, None where no file is mapped."""

    start: int
    end: int
    access: str
    file: tuple[str, str] | None

    @property
    def written(self) -> bool:
        """Whether it can be written."""
        return "w" in self.access

    @property
    def run(self) -> bool:
        """Whether it can be run."""
        return "x" in self.access

    @property
    def shared(self) -> bool:
        """Whether what is written to it is written to its file."""
        return self.access.endswith("s")


def mappings() -> Iterator[Mapping]:
    """Read all of them."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:  # noqa: PTH123 - pathlib would be imported for it alone
        lines = maps.read().splitlines()
    for line in lines:
        bounds, access, _, device, inode, *_ = line.split(maxsplit=5)
        start, _, end = bounds.partition("-")
        yield Mapping(int(start, 16), int(end, 16), access, None if inode == "0" else (device, inode))
