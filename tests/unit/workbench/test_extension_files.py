"""Files of extensions that change while they are served."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scopebox import Sandbox
from scopebox.errors import ScopeboxError
from scopebox.workbench.extension_files import MAX_EXTENSIONS, ExtensionFiles, sources_in

from tests.packages import files, folder, package_json

NAME = "directus-extension-hello"
SOURCE = "await exec('register-endpoint', {{'path': '/', 'method': 'GET', 'handler': lambda r: {{'status': 200, 'body': '{0}'}}}})\n"
ENDPOINT = "export default (router) => router.get('/', () => ({{ status: 200, body: '{0}' }}));"
Said = Callable[[], tuple[str, str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / f"{NAME}.py").write_text(SOURCE.format("one"), "utf-8")
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return what was said since it was asked last: on stdout and on stderr."""

    def asked() -> tuple[str, str]:
        read = capsys.readouterr()
        return read.out, read.err

    return asked


def answer(box: Sandbox, name: str = NAME) -> str:
    return box.request("GET", f"/{name}/").text


def written(path: Path, text: str) -> None:
    """Write a file, whose time of change is another one for sure."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def looked(found: ExtensionFiles) -> None:
    """Look until what was written has settled."""
    found.look()
    found.look()


def test_a_file_that_changed_is_loaded_again_and_it_is_said(box: Sandbox, place: Path, said: Said) -> None:
    found = ExtensionFiles(box, place)
    found.load()
    assert said() == (f"loaded {NAME}: GET /{NAME}/\n", "")
    looked(found)
    assert said() == ("", "")
    written(place / f"{NAME}.py", SOURCE.format("two"))
    found.look()
    assert answer(box) == "one"  # it may still be written
    found.look()
    assert answer(box) == "two"
    assert said() == (f"changed: loaded again {NAME}: GET /{NAME}/\n", "")
    looked(found)
    assert said() == ("", "")


@pytest.mark.parametrize("wrong", ["raise ValueError('no')", "def (", "# /// sandbox\n# permissions = 5\n# ///\n", "await exec('register-endpoint', {'path': '/new', 'method': 'GET', 'handler': len})\nboom"])  # fmt: skip
def test_of_a_file_with_an_error_the_error_is_said_and_what_was_there_goes_on(
    box: Sandbox, place: Path, said: Said, wrong: str
) -> None:
    found = ExtensionFiles(box, place)
    found.load()
    said()
    written(place / f"{NAME}.py", wrong)
    looked(found)
    assert answer(box) == "one"
    assert [str(endpoint.pattern.text) for endpoint in box.endpoints] == ["/"]
    out, error = said()
    assert out == ""
    assert error.startswith(f"error: {place / NAME}.py")
    assert f"{NAME} goes on as it was." in error
    looked(found)
    assert said() == ("", "")  # once is enough
    written(place / f"{NAME}.py", SOURCE.format("mended"))
    looked(found)
    assert answer(box) == "mended"


def test_its_state_goes_on_as_well(box: Sandbox, place: Path) -> None:
    counting = "n = [0]\ndef count(r):\n    n[0] += 1\n    return {'status': 200, 'body': str(n[0])}\nawait exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': count})\nawait exec('register-filter', {'event': 'labels.items.create', 'handler': lambda p, m, c: {**p, 'name': 'by hook'}})\n"
    (place / f"{NAME}.py").write_text(counting, "utf-8")
    found = ExtensionFiles(box, place)
    found.load()
    assert answer(box) == "1"
    written(place / f"{NAME}.py", "boom")
    looked(found)
    assert answer(box) == "2"
    assert [hook.event for hook in box.hooks] == ["labels.items.create"]


def test_a_file_that_is_gone_is_unloaded_and_a_new_one_loaded(box: Sandbox, place: Path, said: Said) -> None:
    found = ExtensionFiles(box, place)
    found.load()
    said()
    (place / f"{NAME}.py").unlink()
    written(place / "directus-extension-other.js", "exec('register-operation', { id: 'other', handler: () => 1 });")
    looked(found)
    assert list(box.extensions) == ["directus-extension-other"]
    out, _ = said()
    assert f"removed {NAME}: its file is gone\n" in out
    assert "new: loaded directus-extension-other, in JavaScript: operation other\n" in out


def test_a_file_that_goes_and_comes_back_as_editors_do_it_is_no_news(box: Sandbox, place: Path, said: Said) -> None:
    found = ExtensionFiles(box, place)
    found.load()
    said()
    (place / f"{NAME}.py").rename(place / "hidden")
    found.look()
    (place / "hidden").rename(place / f"{NAME}.py")
    looked(found)
    assert said() == ("", "")


def test_a_package_is_loaded_again_when_a_file_changes_that_it_is_run_from(
    box: Sandbox, place: Path, said: Said
) -> None:
    data = package_json(type="endpoint", path="dist/i.js", sandbox={"enabled": True, "requestedScopes": {}})
    package = folder(place / "weather", files(data, **{"dist/i.js": ENDPOINT.format("one")}))
    name = str(data["name"])
    found = ExtensionFiles(box, place)
    found.load()
    said()
    written(package / "dist/i.js", ENDPOINT.format("two"))
    looked(found)
    assert answer(box, name) == "two"
    assert said()[0] == f"changed: loaded again {name}, in JavaScript: GET /{name}/\n"
    written(package / "package.json", "{")
    looked(found)
    assert answer(box, name) == "two"
    assert "is not JSON" in said()[1]
    shutil.rmtree(package)
    looked(found)
    assert list(box.extensions) == [NAME]


def test_two_files_of_one_name_are_said_once_and_all_goes_on(box: Sandbox, place: Path, said: Said) -> None:
    found = ExtensionFiles(box, place)
    found.load()
    said()
    (place / f"{NAME}.js").write_text("1", "utf-8")
    looked(found)
    assert said()[1].count("two extensions of one name") == 1
    assert answer(box) == "one"
    (place / f"{NAME}.js").unlink()
    looked(found)
    assert said() == ("", "")


def test_what_fails_at_the_start_is_an_error_and_said_where_it_is_watched(
    box: Sandbox, place: Path, said: Said
) -> None:
    (place / "directus-extension-wrong.py").write_text("boom", "utf-8")
    with pytest.raises(ScopeboxError, match="boom"):
        ExtensionFiles(box, place).load()
    found = ExtensionFiles(box, place)
    found.load(watched=True)
    assert "directus-extension-wrong.py:1" in said()[1]
    assert answer(box) == "one"
    written(place / "directus-extension-wrong.py", "x = 1")
    looked(found)
    assert "new: loaded directus-extension-wrong: registers nothing\n" in said()[0]


def test_of_a_package_that_is_not_built_yet_its_code_is_waited_for(box: Sandbox, place: Path, said: Said) -> None:
    data = package_json(type="endpoint", path="dist/i.js", sandbox={"enabled": True, "requestedScopes": {}})
    package = folder(place / "weather", files(data))
    found = ExtensionFiles(box, place)
    found.load(watched=True)
    assert "no file" in said()[1]
    written(package / "dist/i.js", ENDPOINT.format("built"))
    looked(found)
    assert answer(box, str(data["name"])) == "built"
    written(package / "package.json", json.dumps({**data, "directus:extension": 5}))
    looked(found)
    written(package / "package.json", json.dumps({**data, "version": "2.0.0"}))
    looked(found)
    written(package / "dist/i.js", ENDPOINT.format("rebuilt"))
    looked(found)
    assert answer(box, str(data["name"])) == "rebuilt"


def calls(work: Callable[[], None]) -> int:
    """Return how many functions ``work`` calls."""
    seen: list[str] = []
    before = sys.getprofile()
    sys.setprofile(lambda _frame, event, _function: seen.append(event))
    try:
        work()
    finally:
        sys.setprofile(before)
    return len(seen)


def test_a_look_at_a_package_costs_the_same_whatever_else_lies_in_it(box: Sandbox, place: Path) -> None:
    data = package_json(type="endpoint", path="dist/i.js", sandbox={"enabled": True, "requestedScopes": {}})
    package = folder(place / "weather", files(data, **{"dist/i.js": ENDPOINT.format("one")}))
    found = ExtensionFiles(box, place)
    found.load()
    found.look()
    alone = calls(found.look)
    for number in range(300):
        (package / f"{number}.txt").touch()
    assert calls(found.look) == alone


@pytest.mark.parametrize("what", ["a file", "a package", "the folder"])
def test_an_extension_that_lies_elsewhere_is_refused_by_name(box: Sandbox, tmp_path: Path, what: str) -> None:
    elsewhere, place = tmp_path / "mine", tmp_path / "project" / "extensions"
    elsewhere.mkdir()
    (elsewhere / "x.py").write_text("x = = 'of mine'", "utf-8")
    folder(elsewhere / "weather", files())
    place.parent.mkdir()
    link = place
    if what != "the folder":
        place.mkdir()
        link = place / ("x.py" if what == "a file" else "weather")
    link.symlink_to(elsewhere if what == "the folder" else elsewhere / link.name)
    with pytest.raises(ScopeboxError) as caught:
        ExtensionFiles(box, place).load()
    assert caught.value.message == f"{link} is a link that leads out of the project"


@pytest.mark.parametrize("target", ["pipe", "/dev/zero", "large"])
def test_an_extension_that_is_no_plain_file_or_too_long_is_refused_by_name(
    box: Sandbox, place: Path, said: Said, target: str
) -> None:
    path = place / "directus-extension-odd.py"
    match target:
        case "pipe":
            os.mkfifo(path)
        case "large":
            with path.open("wb") as file:
                file.truncate(2**30)
        case _:
            path.symlink_to(target)
    with pytest.raises(ScopeboxError, match=r"cannot be read: it |leads out of the project") as caught:
        ExtensionFiles(box, place).load()
    assert str(path) in str(caught.value)


def test_no_more_extensions_are_loaded_than_a_project_has(box: Sandbox, place: Path, said: Said) -> None:
    for number in range(MAX_EXTENSIONS - 1):
        (place / f"directus-extension-{number}.py").touch()
    assert len(sources_in(place)) == MAX_EXTENSIONS
    (place / "directus-extension-more.py").touch()
    found = ExtensionFiles(box, place)
    with pytest.raises(ScopeboxError, match="has more than 50 extensions, which are the limit"):
        found.load()
    assert not box.extensions
    looked(found)
    assert said()[1].count("has more than 50 extensions") == 1
