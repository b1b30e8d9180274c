from __future__ import annotations

import gzip
import os
import tarfile
import tracemalloc
from pathlib import Path
from random import Random

import pytest
from scopebox.errors import PackageError
from scopebox.packages import archive as module
from scopebox.packages.archive import Archive

from tests.packages import Member, archive, files, folder, packed

ONE = Member("package/package.json", b"{}")


def test_an_archive_lists_its_files_without_their_first_folder_and_reads_them(tmp_path: Path) -> None:
    read = Archive(archive(tmp_path / "a.tgz"))
    assert read.sizes == {name: len(text) for name, text in files().items()}
    content = read.read("dist/app.js", 10_000)
    assert content is not None
    assert content.data.decode() == files()["dist/app.js"]
    assert read.read("dist/other.js", 10) is None


def test_of_a_file_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    read = Archive(archive(tmp_path / "a.tgz", [Member("package/big.js", b"x" * 200_000), ONE]))
    content = read.read("big.js", 1_000)
    assert content is not None
    assert (len(content.data), content.size) == (1_000, 200_000)
    assert read.read("package.json", 10) == (b"{}", 2)


def test_what_tar_writes_itself_is_read_long_names_and_folders_too(tmp_path: Path) -> None:
    long = f"dist/{'a' * 120}/{'b' * 120}.js"
    folder(tmp_path / "package", files(**{long: "1"}))
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        packed = tmp_path / f"{form}.tgz"
        with tarfile.open(packed, "w:gz", format=form) as writing:
            writing.add(tmp_path / "package", "package")
        assert set(Archive(packed).sizes) == set(files(**{long: "1"}))


REFUSED = {
    "link": ([ONE, Member("package/x", kind=b"2", link="/etc/passwd")], "package/x.*a link"),
    "hard link": ([ONE, Member("package/x", kind=b"1", link="package/package.json")], "package/x.*a link"),
    "device": ([ONE, Member("package/null", kind=b"3")], "package/null.*a device"),
    "block device": ([ONE, Member("package/sda", kind=b"4")], "package/sda.*a device"),
    "pipe": ([ONE, Member("package/pipe", kind=b"6")], "package/pipe.*a pipe"),
    "unknown kind": ([ONE, Member("package/x", kind=b"S")], "package/x.*unknown kind"),
    "absolute": ([ONE, Member("/etc/cron.d/x")], "/etc/cron.d/x.*leaves the package"),
    "upwards": ([ONE, Member("package/../../x")], "leaves the package"),
    "folder upwards": ([ONE, Member("package/../", kind=b"5")], "leaves the package"),
    "backslash": ([ONE, Member("package\\x")], "characters that no path"),
    "unseen": ([ONE, Member("package/a\u202eb")], "characters that no path"),
    "dot": ([ONE, Member("package/./package.json")], "not a plain one"),
    "empty name": ([ONE, Member("")], "characters that no path"),
    "no folder": ([Member("package.json", b"{}")], "in no folder"),
    "twice": ([ONE, ONE], "package.json.*twice"),
    "deep": ([ONE, Member("package/" + "d/" * 40 + "x")], "more than 32 folders"),
    "size for the next": ([Member("x", b"12 size=9e9\n", b"x"), ONE], "size of a file is no number"),
    "path for the next": ([Member("x", b"17 path=/etc/x12\n", b"x"), ONE], "leaves the package"),
    "zero in a path": ([Member("x", b"17 path=a/b\0.tgz\n", b"x"), ONE], "characters that no path"),
    "path for all": ([Member("x", b"13 path=a/b1\n", b"g"), ONE], "gives all of its files one path"),
    "linkpath": ([Member("x", b"14 linkpath=x\n", b"x"), ONE], "has a link"),
    "records": ([Member("x", b"99 nothing", b"x"), ONE], "what it says about a file is not readable"),
    "much about one": ([Member("x", size=10**7, kind=b"x"), ONE], "10,000,000 bytes about one file"),
    "a file without an end": ([Member("package/a", b"x", size=10_000)], "ends too early"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_npm_never_packs_is_refused_by_name(case: str, tmp_path: Path) -> None:
    members, message = REFUSED[case]
    with pytest.raises(PackageError, match=message):
        Archive(archive(tmp_path / "a.tgz", members))


def test_anything_behind_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="goes on behind its end"):
        Archive(archive(tmp_path / "a.tgz", [ONE], end=bytes(1024) + b"more"))
    twice = archive(tmp_path / "b.tgz", [ONE])
    twice.write_bytes(twice.read_bytes() * 2)
    with pytest.raises(PackageError, match="goes on behind its end"):
        Archive(twice)


@pytest.mark.parametrize(
    "data",
    [b"", b"no gzip", gzip.compress(b"no tar" * 100), gzip.compress(bytes(1024))[:-5]],
    ids=["empty", "text", "no-tar", "cut"],
)
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(data)
    with pytest.raises(PackageError):
        Archive(path)


def test_a_bomb_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tgz"
    bomb = [Member("package/a.js", size=10**9)]
    path.write_bytes(gzip.compress(b"".join(map(packed, bomb)) + bytes(200 * 2**20)))
    tracemalloc.start()
    with pytest.raises(PackageError, match="holds more than 25,165,824 bytes"):
        Archive(path)
    assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
    tracemalloc.stop()


def test_a_large_archive_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.tgz"
    with path.open("wb") as file:
        os.truncate(file.fileno(), module.MAX_ARCHIVE_BYTES + 1)
    with pytest.raises(PackageError, match="are the limit"):
        Archive(path)


def test_very_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="more than 5,000 files"):
        Archive(archive(tmp_path / "a.tgz", [Member(f"package/{number}") for number in range(5_001)]))


def test_very_many_records_beside_the_headers_are_refused_of_one_file_and_of_all(tmp_path: Path) -> None:
    for members in (
        [Member("x", b"5 a=\n" * 13_000, b"x")] * 2,
        [
            member
            for _ in range(2_400)
            for member in (Member("x", b"5 a=\n" * 9, b"x"), Member("package/d/", kind=b"5"))
        ],
    ):
        with pytest.raises(PackageError, match="more than 20,000 things about its files"):
            Archive(archive(tmp_path / "a.tgz", [*members, ONE]))


def test_the_records_that_tar_writes_about_each_file_are_passed_over_whatever_their_bytes_are(tmp_path: Path) -> None:
    said = Member(
        "x", b"".join((b"20 mtime=1700000000\n", b"20 SCHILY.xattr.a=\xff\n", b"20 path=package/a.b\n")), b"x"
    )
    assert Archive(archive(tmp_path / "a.tgz", [said, Member("package/a"), ONE])).sizes == {"a.b": 0, "package.json": 2}


def test_a_look_at_a_file_goes_on_from_a_mark_and_does_not_read_all_before_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = Random(1).randbytes(5 * 2**20)
    path = archive(tmp_path / "a.tgz", [Member("package/a", noise), Member("package/b", noise[::-1]), ONE])
    counted = 0
    inflate = module._Stream._fill

    def counting(stream: module._Stream) -> bool:
        nonlocal counted
        before = stream._packed
        there = inflate(stream)
        counted += stream._packed - before
        return there

    monkeypatch.setattr(module._Stream, "_fill", counting)
    read = Archive(path)
    assert counted == path.stat().st_size
    for name, most, content in (("package.json", 9, b"{}"), ("b", 9, noise[:-10:-1]), ("a", 9, noise[:9])):
        counted = 0
        assert read.read(name, most) == (content, read.sizes[name])
        assert counted < 1.5 * 2**20
    assert read.read("b", len(noise)) == (noise[::-1], len(noise))


def test_what_inflates_to_nothing_is_not_read_again_either(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tgz", [ONE])
    data = path.read_bytes()
    path.write_bytes(data[:10] + b"\x00\x00\x00\xff\xff" * 2**20 + data[10:])
    read = Archive(path)
    assert read.read("package.json", 9) == (b"{}", 2)
    assert read._marks[-1].packed > 4 * 2**20
