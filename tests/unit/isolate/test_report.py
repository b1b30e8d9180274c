"""What the doctor says at each level: what is missing, what was tried, what follows from it, and how a better level is had."""

from __future__ import annotations

import os

import pytest
from scopebox.isolate.engines import beyond
from scopebox.isolate.levels import FILTERS, NEWER, ON_LINUX, too_low
from scopebox.isolate.report import STOPS, IsolationReport
from scopebox.vocabulary import LEVELS

from tests import doctors

REACHED = {
    "a Linux that has everything": "seccomp+landlock",
    "a Linux without landlock": "seccomp",
    "a Linux without seccomp": "landlock+rlimits",
    "a Linux without seccomp and landlock": "rlimits",
    "a Linux that confines nothing": "language",
}


@pytest.mark.parametrize("hub", doctors.HUBS)
def test_the_doctor_of_a_hub_says_the_level_what_is_missing_and_what_follows(hub: str) -> None:
    report = doctors.examined(doctors.HUBS[hub])
    said, level = str(report), REACHED[hub]
    assert said.startswith(f"isolation: {level}\n{LEVELS[level]}\n")
    assert tuple(each.name for each in report.mechanisms if not each.active) == doctors.HUBS[hub]
    assert "JavaScript and TypeScript work here" in said
    assert all(line in report.view().text() for line in report.follows)
    if level.startswith("seccomp"):
        assert not report.possible
        assert not report.follows
        return
    assert {"open a TCP socket", "make memory executable"} <= set(report.possible)
    assert ("open a file" in report.possible) == (level != "landlock+rlimits")
    assert f'c.ScopeboxMagics.isolation = "{level}"' in said
    assert FILTERS in said
    assert ("as an ordinary user" in said) == (os.geteuid() == 0)


@pytest.mark.parametrize("system", doctors.OTHERS)
def test_the_doctor_of_another_system_says_where_extensions_are_isolated(system: str) -> None:
    report = doctors.played(doctors.OTHERS[system])
    said = str(report)
    assert said.startswith("isolation: language\n")
    assert ("could" in said) == ("not hold" in system)
    assert ("open a file" in report.possible) == (system != "macOS")
    assert ON_LINUX in said
    assert "No JavaScript on this system yet" in said


def test_an_administrator_is_told_only_where_limits_are_what_is_left() -> None:
    def follows(*missing: str) -> str:
        known = {name: "not here" if name in missing else "" for name in STOPS}
        told = IsolationReport.of(known)
        return " ".join(IsolationReport(told.level, told.mechanisms, {}, administrator=True).follows)

    assert "(root)" in follows("seccomp")
    assert "(root)" in follows("seccomp", "landlock")
    assert not follows("landlock")


def test_a_language_is_named_where_its_guests_could_do_more() -> None:
    assert not beyond("javascript", ["open a file"], ["open a file", "fork"])
    assert beyond("javascript", ["open a file", "fork"], ["open a file"]) == (
        "JavaScript and TypeScript: a guest of that engine could also fork"
    )


def test_the_remedy_is_for_what_is_missing() -> None:
    assert FILTERS in too_low("rlimits", "seccomp", {"seccomp": "refused", "landlock": "old"}).hint
    assert NEWER in too_low("seccomp", "seccomp+landlock", {"seccomp": "", "landlock": "old"}).hint
