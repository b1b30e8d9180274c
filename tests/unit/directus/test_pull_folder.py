"""The folder of a pull: what it notes of itself, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from scopebox.directus.pull_folder import CHANGE, PullFolder
from scopebox.store.sources.pulled import PullRecord

from tests.unit.directus.servers import ADDRESS, ALL

if TYPE_CHECKING:
    from pathlib import Path


class Counting(PullFolder):
    """Counts the bytes that it writes."""

    written = 0

    def write(self, name: str, data: bytes) -> None:
        self.written += len(data)
        super().write(name, data)


class Note(str):
    """Counts how often texts are compared."""

    __slots__ = ()
    compared: ClassVar = [0]

    def __eq__(self, other: object) -> bool:
        self.compared[0] += 1
        return super().__eq__(other)

    __hash__ = str.__hash__


def test_many_parts_write_what_is_said_of_them_no_more_than_linearly(tmp_path: Path) -> None:
    folder = Counting(tmp_path, PullRecord(ADDRESS, ALL))
    for number in range(2_000):
        folder.finish(f"{number:0>50}")
    assert folder.written <= 2_000 * CHANGE * 2


def test_every_part_of_a_small_pull_is_noted_at_once(tmp_path: Path) -> None:
    folder = PullFolder(tmp_path, PullRecord(ADDRESS, ALL))
    for number in range(20):
        folder.finish(f"part {number}")
        assert len(msgspec.json.decode((tmp_path / "pull.json").read_bytes())["parts"]) == number + 1


def test_what_is_noted_is_found_again_without_looking_through_the_rest(tmp_path: Path) -> None:
    folder = PullFolder(tmp_path, PullRecord(ADDRESS, ALL, notes=["0"]))
    for _ in range(2):
        for number in range(1_000):
            folder.note([Note(number)])
    assert folder.record.notes == [str(number) for number in range(1_000)]
    assert Note.compared[0] <= 10_000
