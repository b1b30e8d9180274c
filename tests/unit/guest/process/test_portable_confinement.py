"""What a portable guest does with what its system has. The profile of macOS is tried here with a library that is made up."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from scopebox_guest.process import attempts, portable_confinement
from scopebox_guest.process.portable_confinement import OF_MACOS, PROFILE, confine, take_profile


class Library:
    """Takes a profile, or refuses it."""

    def __init__(self, answer: int = 0) -> None:
        self.answer = answer
        self.profiles: list[bytes] = []

    def sandbox_init(self, profile: bytes, flags: ctypes.c_uint64, message: object) -> int:
        self.profiles.append(profile)
        return self.answer


def load(library: Library) -> Callable[[str], ctypes.CDLL]:
    return lambda _: cast("ctypes.CDLL", library)


def refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.fixture
def place(tmp_path: Path) -> tuple[str, str, int]:
    return sys.executable, str(tmp_path), os.getpid()


def test_a_profile_counts_only_where_the_guest_is_refused_what_it_tries(
    monkeypatch: pytest.MonkeyPatch, place: tuple[str, str, int]
) -> None:
    library = Library()
    with pytest.raises(
        OSError, match="does not hold: a guest could open a file, list a directory, create a file, open a TCP"
    ):
        take_profile(*place, load(library), "darwin")
    assert library.profiles == [PROFILE]
    names = list(attempts.attempts(*place))
    monkeypatch.setattr(attempts, "attempts", lambda *_: dict.fromkeys(names, refuse))
    take_profile(*place, load(library), "darwin")
    for name in names:
        monkeypatch.setattr(attempts, "attempts", lambda *_, name=name: {**dict.fromkeys(names, refuse), name: int})
        if name != "start a thread":
            with pytest.raises(OSError, match=name):
                take_profile(*place, load(library), "darwin")


def test_a_profile_that_is_refused_or_that_no_system_has_is_said(place: tuple[str, str, int]) -> None:
    with pytest.raises(OSError, match="the profile was refused"):
        take_profile(*place, load(Library(-1)), "darwin")
    with pytest.raises(OSError, match=OF_MACOS):
        take_profile(*place, load(Library()), "linux")


def test_each_mechanism_says_why_it_is_missing(monkeypatch: pytest.MonkeyPatch, place: tuple[str, str, int]) -> None:
    monkeypatch.setattr(portable_confinement, "resource", None)
    assert confine(frozenset(), *place) == {
        "language": "", "watch": "", "limits": "this system has none that a process can set for itself", "profile": OF_MACOS,
    }  # fmt: skip
    assert confine(frozenset({"limits", "profile"}), *place)["limits"] == "switched off"


def test_what_is_tried_is_possible_for_an_ordinary_process(place: tuple[str, str, int]) -> None:
    assert set(attempts.run(*place).values()) == {"possible"}
    assert not list(Path(place[1]).iterdir())


def test_what_is_refused_is_told_from_what_is_possible(
    monkeypatch: pytest.MonkeyPatch, place: tuple[str, str, int]
) -> None:
    monkeypatch.setattr(attempts, "_listen", refuse)
    monkeypatch.setattr(attempts, "_create", refuse)
    found = attempts.run(*place)
    assert {name for name, reached in found.items() if not reached} == {"open a TCP socket", "create a file"}
