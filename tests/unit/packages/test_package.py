from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from scopebox.errors import ManifestError, PackageError
from scopebox.packages.package import read_package

from tests.packages import OPERATION, SCOPES, archive, files, folder, package_json


def test_a_folder_and_an_archive_are_read_the_same(tmp_path: Path) -> None:
    read = read_package(folder(tmp_path / "package"))
    packed = read_package(archive(tmp_path / "a.tgz"))
    for package in (read, packed):
        assert (package.name, package.version, package.licence) == ("@acme/weather-operation", "1.2.3", "MIT")
        assert package.source == OPERATION
        assert package.manifest is not None
        assert package.manifest.type == "operation"
        assert [entry.permission for entry in package.manifest.permissions] == ["log", "request"]
        assert package.app is not None
        assert package.app.path == "dist/app.js"
        assert package.sandboxed
        assert package.notes == ()
    assert read.sizes == packed.sizes


def test_the_half_for_the_browser_and_the_names_of_files_count_as_kept(tmp_path: Path) -> None:
    read = read_package(folder(tmp_path / "package"))
    assert read.app is not None
    least = len(read.app.text) + sum(map(len, read.sizes))
    assert least < read.kept < least + 100 * (len(read.sizes) + 1)


def changed(place: Path, **changes: object) -> Path:
    return folder(place, files(package_json(**changes)))


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "no sandbox": ({"sandbox": None}, "not sandboxed"),
    "not enabled": ({"sandbox": {"enabled": False, "requestedScopes": {}}}, "not enabled"),
    "enabled by text": ({"sandbox": {"enabled": "true", "requestedScopes": {}}}, "not enabled"),
    "a bundle": ({"type": "bundle", "entries": [{"type": "hook", "name": "a", "source": "src/a"}]}, "a Directus runs it without a sandbox"),
    "an interface": ({"type": "interface", "path": "dist/app.js"}, "runs in the browser"),
    "no such type": ({"type": "plugin"}, "there is no type"),
    "no type": ({"type": None}, "type"),
    "a path of text": ({"path": "dist/api.js"}, "two files"),
    "two paths for a hook": ({"type": "hook"}, "it is a path"),
    "no path": ({"path": None}, "path"),
    "a path that leaves": ({"path": {"app": "dist/app.js", "api": "../../secret.js"}}, "not a path within"),
    "an absolute path": ({"path": {"app": "dist/app.js", "api": "/etc/passwd"}}, "not a path within"),
    "nothing built": ({"path": {"app": "dist/app.js", "api": "dist/missing.js"}}, "no file"),
    "an unknown scope": ({"sandbox": {"enabled": True, "requestedScopes": {"files": {}}}}, "not known here"),
    "urls of no kind": ({"sandbox": {"enabled": True, "requestedScopes": {"request": {"urls": "x", "methods": []}}}}, "a list"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_of_what_a_directus_runs_otherwise_nothing_is_run(case: str, tmp_path: Path) -> None:
    changes, message = REFUSED[case]
    package = read_package(changed(tmp_path, **changes))
    assert package.manifest is None
    with pytest.raises((ManifestError, PackageError), match=message):
        assert package.source


@pytest.mark.parametrize(
    "data",
    [{"version": "\ud800"}, {"description": ["\udfff"]}, {"\ud800": 1}, {"directus:extension": {"type": "\udbff"}}],
    ids=["a text", "in a list", "a key", "in the extension"],
)
def test_a_package_json_with_half_a_character_is_refused(data: dict[str, object], tmp_path: Path) -> None:
    place = folder(tmp_path, files({**package_json(), **data}))
    with pytest.raises(PackageError, match="is not Unicode text: it has lone surrogates"):
        read_package(place)


def test_a_bundle_is_described_though_never_run(tmp_path: Path) -> None:
    entries = [{"type": "hook", "name": "a"}, {"type": "panel", "name": "b"}, "nonsense"]
    package = read_package(changed(tmp_path, type="bundle", entries=entries))
    assert [(entry.name, entry.kind) for entry in package.entries] == [("a", "hook"), ("b", "panel")]
    assert not package.sandboxed
    assert package.api is not None


def test_what_is_not_built_says_how(tmp_path: Path) -> None:
    content = files()
    package = read_package(folder(tmp_path, {name: text for name, text in content.items() if "dist" not in name}))
    assert package.refused is not None
    assert "npm run build" in package.refused.hint


def test_a_manifest_with_keys_that_a_directus_ignores_is_read_and_they_are_named(tmp_path: Path) -> None:
    package = read_package(changed(tmp_path, minimum="11"))
    assert package.refused is None
    assert package.notes == ("directus:extension: minimum not used",)


def test_the_file_that_a_link_names_is_not_read(tmp_path: Path) -> None:
    package = folder(tmp_path / "package")
    (package / "dist" / "api.js").unlink()
    (package / "dist" / "api.js").symlink_to("/etc/hostname")
    assert "cannot be read" in str(read_package(package).refused)


def test_code_of_fifty_megabytes_is_described_and_not_taken(tmp_path: Path) -> None:
    package = folder(tmp_path)
    with (package / "dist" / "api.js").open("wb") as file:
        file.truncate(50 * 2**20)
    tracemalloc.start()
    read = read_package(package)
    assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    tracemalloc.stop()
    assert read.size > 50 * 2**20
    with pytest.raises(PackageError, match="52,428,800 bytes, and an isolate takes 1,000,000 characters"):
        assert read.source


def test_as_much_code_as_an_isolate_takes_is_looked_at_and_no_more(tmp_path: Path) -> None:
    for number, (sign, characters, whole) in enumerate(
        (("x", 0, True), ("\N{GRINNING FACE}", 0, True), ("x", 1, False))
    ):
        package = folder(tmp_path / str(number), files(**{"dist/app.js": sign * (1_000_000 + characters)}))
        app = read_package(package).app
        assert app is not None
        assert (app.text, app.whole) == (sign * 1_000_000, whole)


def test_an_app_half_of_fifty_megabytes_is_described_and_the_other_half_runs(tmp_path: Path) -> None:
    package = folder(tmp_path)
    with (package / "dist" / "app.js").open("wb") as file:
        file.truncate(50 * 2**20)
    read = read_package(package)
    assert read.app is not None
    assert (read.app.size, read.app.whole) == (50 * 2**20, False)
    assert len(read.app.text) == 1_000_000
    assert read.source == OPERATION


@pytest.mark.parametrize("name", ["", "A", "a b", "@x", "../x", 5, None, "x" * 215, "items", "a/b", ".x", "_x"])
def test_a_name_that_npm_does_not_allow_is_refused(name: object, tmp_path: Path) -> None:
    package = read_package(folder(tmp_path, files({**package_json(), "name": name})))
    assert isinstance(package.refused, ManifestError)


@pytest.mark.parametrize("name", ["x", "@a/b.c_d", "directus-extension-x", "a.b_c"])
def test_names_of_npm_are_taken(name: str, tmp_path: Path) -> None:
    assert read_package(folder(tmp_path, files({**package_json(), "name": name}))).refused is None


UNREADABLE = {
    "no json": ("{", "is not JSON"),
    "a comment": ('{"a": 1} // x', "is not JSON"),
    "a list": ("[]", "has to be an object"),
    "not one of an extension": ('{"name": "x"}', "not an extension"),
    "an extension of text": ('{"directus:extension": "x"}', "not an extension"),
    "deep": ("[" * 40 + "]" * 40, "too deep"),
    "a long number": ('{"a": ' + "1" * 1_000 + "}", "too long"),
    "many values": (json.dumps({"a": list(range(4_000))}), "more than 3,000 values"),
    "large": (json.dumps({"a": "x" * 300_000}), "are the limit"),
    "half a character": ("\udc80", "is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_package_json_that_is_none_is_refused(case: str, tmp_path: Path) -> None:
    text, message = UNREADABLE[case]
    (tmp_path / "package.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PackageError, match=message):
        read_package(tmp_path)


def test_what_is_no_package_is_refused_with_what_would_be_one(tmp_path: Path) -> None:
    other = tmp_path / "x.zip"
    other.write_bytes(b"")
    for path, message in (
        (tmp_path, "no package.json"),
        (tmp_path / "none", "There is no folder"),
        (other, "neither a folder nor an archive"),
    ):
        with pytest.raises(PackageError, match=message):
            read_package(path)


def test_what_npm_would_run_is_named(tmp_path: Path) -> None:
    data = {**package_json(), "scripts": {"postinstall": "rm -rf /", "build": "x"}}
    assert read_package(folder(tmp_path, files(data))).scripts == ("postinstall",)


def test_scopes_of_tests_are_those_that_are_read() -> None:
    assert set(SCOPES) == {"log", "request"}
