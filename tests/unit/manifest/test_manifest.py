from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from scopebox.errors import ManifestError
from scopebox.manifest.manifest import Manifest, Permission, replace_type
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = {"permission": "request", "allowedUrls": ["https://api.example.com/*"]}
READ = {"permission": "read-items", "role": "editor"}


def error_of(source: object) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        Manifest.read(source)
    return caught.value


def package(**changes: object) -> dict[str, object]:
    extension = {
        "type": "endpoint",
        "path": "dist/index.js",
        "source": "src/index.js",
        "host": "^10.7.0",
        "sandbox": {"enabled": True, "requestedScopes": {"log": {}}},
        **changes,
    }
    return {
        "name": "x",
        "version": "1.0.0",
        "directus:extension": {k: v for k, v in extension.items() if v is not None},
    }


def test_nothing_asks_for_nothing() -> None:
    assert Manifest.read(None) == Manifest("exec", ()) == Manifest.read({}) == Manifest.read({"permissions": []})


def test_permissions_are_read_with_all_their_keys() -> None:
    manifest = Manifest.read(
        {"permissions": [{**REQUEST, "optional": True, "methods": ["GET"], "reason": "To fetch"}, READ]}
    )
    assert manifest.style == "exec"
    assert manifest.permissions == (
        Permission("request", True, None, ("https://api.example.com/*",), ("GET",), "To fetch"),
        Permission("read-items", role="editor"),
    )


def test_optional_is_false_and_methods_are_all_by_default() -> None:
    permission = Manifest.read([REQUEST]).permissions[0]
    assert (permission.optional, permission.methods) == (False, METHODS)


def test_scopes_are_read_as_the_other_dialect() -> None:
    scopes = {"log": {}, "sleep": {}, "request": {"methods": ["GET", "POST"], "urls": ["https://directus.io/*"]}}
    manifest = Manifest.read({"requestedScopes": scopes})
    assert manifest.style == "api"
    assert [entry.permission for entry in manifest.permissions] == ["log", "sleep", "request"]
    request = manifest.get("request")
    assert request is not None
    assert (request.methods, request.allowed_urls) == (("GET", "POST"), ("https://directus.io/*",))
    assert manifest.get("read-items") is None


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ({"request": True}, ""),
        ({"permissions": {}}, "permissions"),
        ({"permissions": None}, "permissions"),
        ([None], "permissions[0]"),
        ([{"allowedUrls": []}], "permissions[0]"),
        ([{"permission": ["request"]}], "permissions[0].permission"),
        ([{"permission": "filesystem"}], "permissions[0].permission"),
        ([{"permission": "r\u0435quest", "allowedUrls": []}], "permissions[0].permission"),
        ([READ, {"permission": "request"}], "permissions[1].allowedUrls"),
        ([{**REQUEST, "optional": "false"}], "permissions[0].optional"),
        ([{**REQUEST, "optional": 1}], "permissions[0].optional"),
        ([{**REQUEST, "methods": "GET"}], "permissions[0].methods"),
        ([{**REQUEST, "methods": ["GET", "get"]}], "permissions[0].methods[1]"),
        ([{**REQUEST, "methods": ["GET", "GET"]}], "permissions[0].methods[1]"),
        ([{**REQUEST, "methods": ["HEAD"]}], "permissions[0].methods[0]"),
        ([{**REQUEST, "allowedUrls": [None]}], "permissions[0].allowedUrls[0]"),
        ([{**REQUEST, "allowedUrls": None}], "permissions[0].allowedUrls"),
        ([{**REQUEST, "allowedUrls": "https://*"}], "permissions[0].allowedUrls"),
        ([{**REQUEST, "allowedUrls": ["https://a.test/*", "*"]}], "permissions[0].allowedUrls[1]"),
        ([{**REQUEST, "allowedUrls": ["https://a.test/*"] * 2}], "permissions[0].allowedUrls[1]"),
        ([{**REQUEST, "allowedUrls": ["https://a.test/*"] * 10**5}], "permissions[0].allowedUrls"),
        ([{**REQUEST, "role": "editor"}], "permissions[0].role"),
        ([{**REQUEST, "urls": []}], "permissions[0]"),
        ([{"permission": "read-items"}], "permissions[0].role"),
        ([{**READ, "role": None}], "permissions[0].role"),
        ([{**READ, "role": ""}], "permissions[0].role"),
        ([{**READ, "role": " editor"}], "permissions[0].role"),
        ([{**READ, "role": "edi\u200btor"}], "permissions[0].role"),
        ([{**READ, "methods": ["GET"]}], "permissions[0].methods"),
        ([{**READ, "allowedUrls": ["https://a.test/*"]}], "permissions[0].allowedUrls"),
        ([{**READ, "admin": True}], "permissions[0]"),
        ([{**READ, "reason": "x" * 1000}], "permissions[0].reason"),
        ([READ, READ], "permissions[1]"),
        ([{"permission": "log", "optional": True}], "permissions[0].optional"),
        ({"requestedScopes": []}, "requestedScopes"),
        ({"requestedScopes": {"log": True}}, "requestedScopes.log"),
        ({"requestedScopes": {"log": {"level": "warn"}}}, "requestedScopes.log"),
        ({"requestedScopes": {"methods": ["GET"]}}, "requestedScopes"),
        ({"requestedScopes": {"read-items": {}}}, "requestedScopes"),
        ({"requestedScopes": {"request": {"urls": []}}}, "requestedScopes.request.methods"),
        ({"requestedScopes": {"request": {"methods": ["GET"]}}}, "requestedScopes.request.urls"),
        ({"requestedScopes": {"request": {"methods": ["HEAD"], "urls": []}}}, "requestedScopes.request.methods[0]"),
        ({"requestedScopes": {"request": {"methods": [], "urls": ["*"]}}}, "requestedScopes.request.urls[0]"),
        ({"permissions": [], "requestedScopes": {}}, ""),
        ({"type": "bundle"}, "type"),
        ({1: 2}, ""),
    ],
)
def test_what_is_wrong_is_refused_and_its_place_is_named(source: object, place: str) -> None:
    assert error_of(source).place == place


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ([{"permission": "reqest", "allowedUrls": []}], "Did you mean request?"),
        ([{**REQUEST, "alowedUrls": []}], "Did you mean allowedUrls?"),
        ([{**REQUEST, "urls": []}], "the key is allowedUrls"),
        ([{**REQUEST, "methods": ["get"]}], 'Write "GET"'),
        ({"requestedScopes": {"request": {"allowedUrls": []}}}, "the key is urls"),
        ({"requestedScopes": {"methods": []}}, "It belongs in requestedScopes.request"),
        ({"request": {}}, '{"permissions": [{"permission": "request"'),
        ({"permission": []}, "Did you mean permissions?"),
        ({"type": "endpiont"}, "Did you mean endpoint?"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(source: object, hint: str) -> None:
    assert hint in error_of(source).hint


@pytest.mark.parametrize("source", [5, True, b"{}", object(), {"permissions"}])
def test_a_manifest_of_another_type_is_refused(source: object) -> None:
    assert "a manifest is a mapping" in error_of(source).message


def test_an_entry_that_changes_nothing_is_noted() -> None:
    assert Manifest.read([{"permission": "log"}]).notes == ("log is built in, asking for it changes nothing",)
    assert "every request will be refused" in Manifest.read([{"permission": "request", "allowedUrls": []}]).notes[0]


def test_a_package_gives_its_scopes_and_its_type() -> None:
    manifest = Manifest.read(package())
    assert (manifest.style, manifest.type) == ("api", "endpoint")
    assert manifest.permissions == (Permission("log"),)
    assert manifest.notes == ("directus:extension: path and source ignored, the cell is the source",)


def test_further_keys_of_a_package_are_noted() -> None:
    manifest = Manifest.read(package(icon="mail", license="MIT", description="sends mail"))
    assert manifest.notes[0] == "directus:extension: icon, license and description not used"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"type": "bundle"}, "directus:extension.type"),
        ({"type": "panel"}, "directus:extension.type"),
        ({"type": None}, "directus:extension.type"),
        ({"sandbox": None}, "directus:extension.sandbox"),
        ({"sandbox": {"requestedScopes": {}}}, "directus:extension.sandbox.enabled"),
        ({"sandbox": {"enabled": "true", "requestedScopes": {}}}, "directus:extension.sandbox.enabled"),
        ({"sandbox": {"enabled": False, "requestedScopes": {}}}, "directus:extension.sandbox.enabled"),
        ({"sandbox": {"enabled": True}}, "directus:extension.sandbox.requestedScopes"),
        ({"sandbox": {"enabled": True, "scopes": {}}}, "directus:extension.sandbox"),
        (
            {"sandbox": {"enabled": True, "requestedScopes": {"log": 1}}},
            "directus:extension.sandbox.requestedScopes.log",
        ),
        ({"host": 10}, "directus:extension.host"),
    ],
)
def test_a_package_that_is_not_sandboxed_is_refused(changes: dict[str, object], place: str) -> None:
    assert error_of(package(**changes)).place == place


def test_an_operation_may_have_two_paths() -> None:
    assert Manifest.read(package(type="operation", path={"app": "a.js", "api": "b.js"})).type == "operation"


def test_a_package_of_something_else_is_refused() -> None:
    assert "not one of an extension" in error_of({"name": "x", "version": "1.0.0"}).message


def test_every_form_is_read_again_from_its_own_text() -> None:
    manifests = [
        Manifest.read([{**REQUEST, "optional": True, "reason": 'To "fetch" \\ it'}, READ]),
        Manifest.read(
            {"requestedScopes": {"log": {}, "request": {"methods": ["GET"], "urls": ["/https://a\\.b/.*/"]}}}
        ),
        Manifest.read({"type": "hook"}),
    ]
    for manifest in manifests:
        assert Manifest.read(manifest.toml()) == manifest
        assert Manifest.from_cell(f"x = 1\n{manifest.toml()}\ny = 2") == manifest
        assert Manifest.read(manifest.json()) == manifest
        assert Manifest.read(manifest) is manifest


def test_the_package_of_an_exec_manifest_says_what_a_directus_will_not_do() -> None:
    exported = Manifest.read([{**REQUEST, "optional": True}, READ]).package_json("directus-extension-x", type="hook")
    extension = json.loads(exported.text)["directus:extension"]
    assert extension["type"] == "hook"
    assert extension["sandbox"]["requestedScopes"] == {
        "log": {},
        "sleep": {},
        "request": {"methods": list(METHODS), "urls": ["https://api.example.com/*"]},
    }
    notes = " ".join(exported.notes)
    assert "documented and not shipped" in notes
    assert "read-items" in notes
    assert "never optional" in notes
    assert Manifest.read(exported.text).style == "api"


def test_the_package_asks_for_no_more_than_is_used() -> None:
    exported = Manifest.read([REQUEST]).package_json("x", type="hook", used={"log"})
    assert json.loads(exported.text)["directus:extension"]["sandbox"]["requestedScopes"] == {"log": {}}


def test_the_type_can_be_replaced_by_one_that_exists() -> None:
    assert replace_type(Manifest(), "hook").type == "hook"
    with pytest.raises(ManifestError, match="runs in the browser"):
        replace_type(Manifest(), "panel")


def test_a_permission_that_is_made_directly_is_checked_too() -> None:
    with pytest.raises(ManifestError):
        Permission("read-items")
    with pytest.raises(ManifestError):
        Permission("request", allowed_urls=("*",))


def test_files_are_read_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps(package()))
    (tmp_path / "m.toml").write_text('permissions = [{ permission = "read-items", role = "editor" }]')
    assert Manifest.read(tmp_path / "package.json").type == "endpoint"
    assert Manifest.read(str(tmp_path / "m.toml")).permissions[0].role == "editor"
    assert "neither a file" in error_of(tmp_path / "none.json").message
    assert "neither a file" in error_of(tmp_path).message
