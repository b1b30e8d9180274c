"""The folder of a pull: what it notes of itself, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
import pytest
from scopebox.directus.pull_folder import CHANGE, MAX_INDENTED, PullFolder
from scopebox.errors import PullError, SchemaError
from scopebox.store.sources.files import MAX_FILE
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


@pytest.mark.parametrize("depth", [MAX_INDENTED * 2, 900])
def test_what_nests_deep_is_written_without_indents(tmp_path: Path, depth: int) -> None:
    value: object = [0] * 1_000
    for _ in range(depth):
        value = [value]
    folder = PullFolder(tmp_path, PullRecord(ADDRESS, ALL))
    assert folder.write_json("snapshot.json", value) == 2 * 1_000 + 1 + 2 * depth + 1
    assert folder.read_json("snapshot.json") == value


def test_what_is_small_is_written_for_people(tmp_path: Path) -> None:
    folder = PullFolder(tmp_path, PullRecord(ADDRESS, ALL))
    folder.write_json("snapshot.json", {"a": [1]})
    assert (tmp_path / "snapshot.json").read_text("utf-8") == '{\n  "a": [\n    1\n  ]\n}\n'


def test_nothing_is_written_that_could_not_be_read_again(tmp_path: Path) -> None:
    folder = PullFolder(tmp_path, PullRecord(ADDRESS, ALL))
    with pytest.raises(PullError, match=r"snapshot\.json would have 17 MiB, 16 are the limit"):
        folder.write_json("snapshot.json", "x" * MAX_FILE)
    assert not list(tmp_path.iterdir())


def test_a_file_of_somebody_else_that_takes_much_memory_is_not_decoded(tmp_path: Path) -> None:
    folder = PullFolder(tmp_path, PullRecord(ADDRESS, ALL))
    folder.write("snapshot.json", b'["' + b"a" * 8 * 2**20 + '\U0001f600"]'.encode())
    with pytest.raises(SchemaError, match=r"snapshot\.json cannot be read: .*MiB of memory"):
        folder.read_json("snapshot.json")
