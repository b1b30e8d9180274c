"""The shape of a package.json: what is written is what a Directus takes, and what is read stays within the package."""

from __future__ import annotations

import json

import pytest
from scopebox.errors import ManifestError
from scopebox.manifest.package_shape import HOST, PACKAGE_KEY, Halves, PackageShape, read_halves
from scopebox.vocabulary import TYPES


def extension_of(shape: PackageShape) -> dict[str, object]:
    found = json.loads(json.dumps(shape.data))[PACKAGE_KEY]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("kind", TYPES)
def test_paths_and_sources_are_read_as_they_are_written(kind: str) -> None:
    shape = PackageShape("directus-extension-x", kind, {})  # type: ignore[arg-type]
    extension = extension_of(shape)
    assert read_halves(extension["path"], kind, "path") == shape.path
    assert read_halves(extension["source"], kind, "source") == shape.source
    assert extension["host"] == HOST


def test_an_operation_has_two_halves_everywhere() -> None:
    extension = extension_of(PackageShape("directus-extension-x", "operation", {}, ending="ts"))
    assert extension["path"] == {"app": "dist/app.js", "api": "dist/api.js"}
    assert extension["source"] == {"app": "src/app.ts", "api": "src/api.ts"}


def test_scopes_stand_in_an_enabled_sandbox() -> None:
    extension = extension_of(PackageShape("directus-extension-x", "hook", {"log": {}}))
    assert extension["sandbox"] == {"enabled": True, "requestedScopes": {"log": {}}}


@pytest.mark.parametrize(
    "path", ["../x.js", "/etc/passwd", "a/../../b", "", ".", "a\\b", "C:x.js", "x\0", "a" * 301, "a\n"]
)
def test_a_path_that_leaves_the_package_is_refused(path: str) -> None:
    with pytest.raises(ManifestError, match="path"):
        read_halves(path, "hook", "directus:extension.path")
    with pytest.raises(ManifestError, match="path"):
        read_halves({"app": "app.js", "api": path}, "operation", "directus:extension.path")


@pytest.mark.parametrize(("value", "kind"), [("dist/index.js", "operation"), ({"app": "a", "api": "b"}, "hook"), (1, "endpoint"), ({"app": "a"}, "operation")])  # fmt: skip
def test_the_form_of_another_type_is_refused(value: object, kind: str) -> None:
    with pytest.raises(ManifestError, match=r"For example|dist/api"):
        read_halves(value, kind, "path")


def test_a_path_is_kept_in_its_plain_form() -> None:
    assert read_halves("./dist//index.js", "hook", "path") == Halves("dist/index.js")
