"""Which level of isolation is good enough: below the accepted one nothing is loaded, and a guest that is not what it says is ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from scopebox import IsolationError, Sandbox, Settings, SettingsError, Store
from scopebox.isolate import inspection
from scopebox.isolate.inspection import HIDDEN, inspect
from scopebox.isolate.levels import NEEDS, caution, is_enough, reached, too_low
from scopebox.isolate.pool import IsolatePool
from scopebox.views.parts import Line
from scopebox.vocabulary import LEVELS

from tests.isolates import SETTINGS, Guest, Peer, until
from tests.shells import Notebook, notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mechanisms are those of Linux")
LOWER = [
    (["seccomp"], "landlock+rlimits"),
    (["seccomp", "landlock"], "rlimits"),
    (["seccomp", "landlock", "rlimits"], "language"),
]


# the levels


def test_the_level_is_the_best_whose_mechanisms_all_work() -> None:
    for level, needs in NEEDS.items():
        assert (
            reached({name: "" if name in needs else "missing" for name in ("seccomp", "landlock", "rlimits")}) == level
        )
    assert reached({}) == "language"
    assert set(NEEDS) == set(LEVELS)


def test_a_level_is_enough_for_itself_and_for_all_below() -> None:
    order = list(LEVELS)
    for high, better in enumerate(order):
        for low, worse in enumerate(order):
            assert is_enough(better, worse) == (high <= low)


def test_the_error_names_the_level_the_mechanism_the_reason_and_the_line() -> None:
    error = too_low("rlimits", "seccomp+landlock", {"seccomp": "no filter here", "landlock": "too old", "rlimits": ""})
    assert "'rlimits'" in error.message
    assert "seccomp (no filter here), landlock (too old)" in error.message
    assert LEVELS["rlimits"] in error.hint
    assert '%config ScopeboxMagics.isolation = "rlimits"' in error.hint
    assert 'Settings(isolation="rlimits")' in error.hint


@pytest.mark.parametrize("level", LEVELS)
def test_only_below_seccomp_there_is_something_to_say(level: str) -> None:
    assert bool(caution(level)) == (not level.startswith("seccomp"))


@pytest.mark.parametrize("level", LEVELS)
def test_a_setting_may_name_each_level(level: str) -> None:
    assert Settings(isolation=level).isolation == level


@pytest.mark.parametrize("level", ["", "secomp", "Seccomp", "none", 1, None, True, ["seccomp"]])
def test_a_setting_that_names_no_level_is_refused_with_those_there_are(level: object) -> None:
    with pytest.raises(SettingsError, match="isolation has to be one of seccomp\\+landlock, seccomp, ") as caught:
        Settings(isolation=level)  # type: ignore[arg-type] # that is what is tried
    assert level != "secomp" or caught.value.hint == "Did you mean seccomp?"


# below the accepted level


@pytest.mark.parametrize(("without", "level"), LOWER)
def test_below_the_accepted_level_nothing_is_loaded_and_all_else_works(without: list[str], level: str) -> None:
    pool = IsolatePool(Settings(spares=1), without=without)
    with Store.sample("blog") as store, Sandbox(store, pool=pool) as box:
        for _ in range(3):
            with pytest.raises(IsolationError, match="Missing: seccomp \\(switched off\\)") as caught:
                box.load("1 + 1", name="evil")
        assert f'%config ScopeboxMagics.isolation = "{level}"' in str(caught.value)
        assert dict(box.extensions) == {}
        assert box.isolation.level == level
        assert pool.examine().level == level
        assert box.items("articles").read({"limit": 1})
        assert box.request("GET", "/items/articles").status_code == 403  # as for any visitor
        server = box.serve()
        assert httpx.get(f"{server.url}/items/articles", trust_env=False, verify=False).status_code == 403
        server.stop()
        assert len(pool._parts.isolates) <= 1  # what was refused is kept for the next, or ended
    pool.close()


@pytest.mark.parametrize(("without", "level"), LOWER)
def test_an_accepted_lower_level_is_told_with_every_result(without: list[str], level: str) -> None:
    settings = Settings(spares=0, isolation=level)
    pool = IsolatePool(settings, without=without)
    with Sandbox(pool=pool, settings=settings) as box:
        results = [
            box.load("1 + 1", name="one").result,
            box.load("2 + 2", name="one", append=True).result,
            box.load("warn = 3", name="two").result,
        ]
        for result in results:
            assert result.isolation == level
            assert result.warnings.count(caution(level)) == 1
            assert str(result.view()).count(LEVELS[level]) == 1
            (line,) = (part for part in result.view().parts if isinstance(part, Line) and part.words == caution(level))
            assert line.tone == "muted"
        assert f"Isolation: {level}" in str(box.view())
    pool.close()


def test_a_sandbox_takes_the_level_of_its_settings_and_else_that_of_a_pool_it_shares() -> None:
    pool = IsolatePool(SETTINGS, without=["seccomp"])
    with Sandbox(pool=pool, settings=Settings(isolation="language")) as box:
        assert box.load("1 + 1").result.value == 2
    with Sandbox(pool=pool) as box, pytest.raises(IsolationError):
        box.load("1 + 1")
    pool.close()
    pool = IsolatePool(Settings(spares=0, isolation="rlimits"), without=["seccomp"])
    with Sandbox(pool=pool) as box:
        assert box.load("1 + 1").result.value == 2
    with Sandbox(pool=pool, settings=Settings()) as box, pytest.raises(IsolationError):
        box.load("1 + 1")
    pool.close()


def test_at_the_full_level_a_result_has_no_warning(box: Sandbox) -> None:
    result = box.load("1 + 1").result
    assert result.isolation.startswith("seccomp")
    assert result.warnings == ()
    assert "Isolation" not in str(result.view())
    assert "Isolation: seccomp" in str(box.view())


def test_a_higher_level_than_the_machine_has_is_refused_as_well() -> None:
    pool = IsolatePool(Settings(spares=0, isolation="seccomp+landlock"), without=["landlock"])
    with Sandbox(pool=pool) as box, pytest.raises(IsolationError, match="landlock \\(switched off\\)"):
        box.load("1 + 1")
    pool.close()


def test_another_level_can_be_accepted_until_something_is_loaded() -> None:
    pool = IsolatePool(SETTINGS, without=["seccomp"])
    with Sandbox(pool=pool) as box:
        with pytest.raises(IsolationError):
            box.load("1 + 1")
        with pytest.raises(SettingsError):
            box.accept_isolation("none")
        box.accept_isolation("landlock+rlimits")
        assert box.load("1 + 1").result.value == 2
        with pytest.raises(IsolationError, match="too late"):
            box.accept_isolation("language")
        box.accept_isolation("landlock+rlimits")
    pool.close()


# a guest is what it says


ENGINE = """
from scopebox_guest.process import seccomp
from scopebox_guest.python import make_engine
real = seccomp.install
def install(channel):
    if channel != 3:
        return real(channel)  # the proof of the zygote
    {guest}
seccomp.install = install
"""


def engine(folder: Path, guest: str) -> str:
    path = folder / "engine.py"
    path.write_text(ENGINE.format(guest=guest))
    return str(path)


@pytest.mark.parametrize(
    ("guest", "told"),
    [
        ("raise OSError(1, 'Operation not permitted')", "says otherwise than the zygote"),
        ("return None", "does not bear out that these are in force: seccomp"),
    ],
    ids=["its filter fails", "it claims a filter"],
)
def test_a_guest_that_is_less_confined_than_its_zygote_proved_is_ended(tmp_path: Path, guest: str, told: str) -> None:
    pool = IsolatePool(Settings(spares=1, isolation="language"), engine=engine(tmp_path, guest))
    with Sandbox(pool=pool) as box:
        with pytest.raises(IsolationError, match=told):
            box.load("1 + 1", name="evil")
        assert dict(box.extensions) == {}
        pool.run(until(lambda: not pool._parts.isolates))
    pool.close()


def status(**changed: str) -> Mapping[str, str]:
    return {"State": "S (sleeping)", "PPid": "7", "Seccomp": "2", "Seccomp_filters": "1", "NoNewPrivs": "1", **changed}


ALL = dict.fromkeys(("seccomp", "landlock", "rlimits", "no_new_privs", "capabilities"), "")
FINE = status(CapEff="0000000000000000")
ZYGOTE = status(Seccomp="0", Seccomp_filters="0")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have ``/proc`` show a guest and its zygote as they are given."""

    def show(guest: Mapping[str, str] | None, zygote: Mapping[str, str] | None = ZYGOTE) -> None:
        monkeypatch.setattr(inspection, "status_of", lambda pid: zygote if pid == "7" else guest)

    return show


def test_a_guest_that_the_kernel_bears_out_holds_what_it_says(shown: Callable[..., None]) -> None:
    shown(FINE)
    assert inspect(8, ALL, ALL) == ALL


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"Seccomp": "0"}, "seccomp"),
        ({"Seccomp": "1"}, "seccomp"),
        ({"Seccomp_filters": "0"}, "seccomp"),
        ({"NoNewPrivs": "0"}, "no_new_privs"),
        ({"CapEff": "000001ffffffffff"}, "capabilities"),
    ],
)
def test_a_guest_that_the_kernel_shows_otherwise_is_refused(
    shown: Callable[..., None], changed: Mapping[str, str], name: str
) -> None:
    shown({**FINE, **changed})
    with pytest.raises(IsolationError, match=f"in force: {name}"):
        inspect(8, ALL, ALL)


def test_the_filter_of_a_container_is_not_that_of_a_guest(shown: Callable[..., None]) -> None:
    shown({**FINE, "Seccomp_filters": "2"}, {**ZYGOTE, "Seccomp": "2", "Seccomp_filters": "1"})
    assert inspect(8, ALL, ALL) == ALL
    shown({**FINE, "Seccomp_filters": "1"}, {**ZYGOTE, "Seccomp": "2", "Seccomp_filters": "1"})
    with pytest.raises(IsolationError, match="in force: seccomp"):
        inspect(8, ALL, ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_guest_that_lacks_a_mechanism_or_does_not_report_it_is_refused(shown: Callable[..., None], name: str) -> None:
    shown(FINE)
    with pytest.raises(IsolationError, match=f"{name} \\(out of order\\)"):
        inspect(8, {**ALL, name: "out of order"}, ALL)
    with pytest.raises(IsolationError, match=f"{name} \\(not reported\\)"):
        inspect(8, {each: "" for each in ALL if each != name}, ALL)


def test_a_guest_that_ended_is_refused(shown: Callable[..., None]) -> None:
    shown({**FINE, "State": "Z (zombie)"})
    with pytest.raises(IsolationError, match="ended before"):
        inspect(8, ALL, ALL)


def test_a_guest_that_is_gone_is_not_one_that_proc_hides() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    with pytest.raises(IsolationError, match="ended before"):
        inspect(child.pid, ALL, ALL)


def test_where_proc_hides_a_guest_its_word_does_not_count(shown: Callable[..., None]) -> None:
    shown(None)
    held = inspect(os.getpid(), ALL, ALL)
    assert reached(held) == "landlock+rlimits"
    assert held["seccomp"] == HIDDEN
    pool = IsolatePool(SETTINGS)
    with pytest.raises(IsolationError, match="/proc hides"):
        Guest(pool)
    with Sandbox(pool=pool, settings=Settings(isolation="landlock+rlimits")) as box:
        assert box.load("1 + 1").result.isolation == "landlock+rlimits"
    pool.close()


# in a notebook


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """A notebook on a machine without seccomp."""
    monkeypatch.setattr(
        "scopebox.isolate.pool.IsolatePool", lambda settings: IsolatePool(settings, without=["seccomp"])
    )
    with notebook(str(tmp_path)) as made:
        yield made


def test_the_line_of_the_error_makes_the_next_cell_run(book: Notebook) -> None:
    refused = book.run("%%sandbox hello\n1 + 1")
    assert isinstance(refused.error, IsolationError)
    (line,) = [part for part in refused.text.splitlines() if "%config" in part]
    book.fine(line[line.index("%config") :])
    accepted = book.fine("%%sandbox hello\n1 + 1")
    assert accepted.text.startswith("2\n")
    assert LEVELS["landlock+rlimits"] in accepted.text
    assert "Isolation: landlock+rlimits" in book.fine("%sandbox").text
    assert book.box.isolation.level == "landlock+rlimits"


def test_before_the_first_cell_the_line_takes_effect(book: Notebook) -> None:
    box = book.box
    book.fine('%config ScopeboxMagics.isolation = "language"')
    assert book.fine("%%sandbox hello\n1 + 1").text.startswith("2\n")
    assert book.box is box


def test_after_the_first_cell_the_line_says_that_it_is_too_late(
    book: Notebook, caplog: pytest.LogCaptureFixture
) -> None:
    book.fine('%config ScopeboxMagics.isolation = "landlock+rlimits"')
    book.fine("%%sandbox hello\n1 + 1")
    book.run('%config ScopeboxMagics.isolation = "language"')
    assert "too late" in caplog.text
    assert "%sandbox reset" in caplog.text
    assert book.box.settings.isolation == "landlock+rlimits"
    book.fine("%sandbox reset")
    assert book.box.settings.isolation == "landlock+rlimits"
    book.run('%config ScopeboxMagics.isolation = "language"')
    assert book.box.settings.isolation == "language"


def test_a_level_that_there_is_not_is_refused_by_the_line(book: Notebook, caplog: pytest.LogCaptureFixture) -> None:
    book.run('%config ScopeboxMagics.isolation = "none"')
    assert "isolation has to be one of" in caplog.text
    assert isinstance(book.run("%%sandbox hello\n1 + 1").error, IsolationError)


def test_store_panel_and_doctor_work_below_the_level(book: Notebook) -> None:
    assert isinstance(book.run("%%sandbox hello\n1 + 1").error, IsolationError)
    assert "Isolation: landlock+rlimits" in book.fine("%sandbox doctor").text
    assert "Panel" in type(book.fine("%sandbox panel").value).__name__
    assert book.box.items("articles").read({"limit": 1})
    assert "Serving" in book.fine("%sandbox serve").text
    book.fine("%sandbox serve --stop")


def test_a_peer_is_never_told_of_a_guest_that_was_refused() -> None:
    pool = IsolatePool(SETTINGS, without=["seccomp"])
    peer = Peer()
    with pytest.raises(IsolationError):
        Guest(pool, peer)
    pool.close()
    assert peer.exits == []
