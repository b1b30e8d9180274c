"""The shape of the package.json of an extension: where its parts stand, what it may say, and how one is written.

It is what ``ExtensionManifest`` of ``@directus/extensions`` takes: a Directus that finds one other package.json loads no extension at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scopebox.errors import ManifestError
from scopebox.text.messages import quote
from scopebox.vocabulary import Type

PACKAGE_KEY: Final = "directus:extension"
KEYS: Final = ("type", "path", "source", "host", "hidden", "sandbox")  # below it
HOST: Final = "^11.0.0 || ^12.0.0"
HYBRID_TYPES: Final = ("operation",)  # half of which runs in the browser
APP_TYPES: Final = ("interface", "display", "layout", "module", "panel", "theme")
MAX_PATH_CHARACTERS: Final = 300
LICENSE: Final = "UNLICENSED"  # the word of npm for a package whose licence nobody has chosen
SDK: Final = "18.0.4"  # of @directus/extensions-sdk, which builds for both versions of a Directus

_SCRIPTS: Final = {
    "build": "directus-extension build",
    "dev": "directus-extension build -w --no-minify",
    "link": "directus-extension link",
    "validate": "directus-extension validate",
}
_TYPESCRIPT: Final = {"@types/node": "^22.0.0", "typescript": "^5.9.3"}
_VUE: Final = {"vue": "^3.5.24"}
_PLAIN_PATH: Final = re.compile(r"[^\\\x00-\x1f\x7f:]*")


@dataclass(frozen=True, slots=True)
class Halves:
    """What ``path`` or ``source`` says: the file that runs in the isolate and, of a hybrid type, the one that runs in the browser."""

    api: str
    app: str = ""

    @property
    def data(self) -> object:
        """What stands in the package.json."""
        return {"app": self.app, "api": self.api} if self.app else self.api


@dataclass(frozen=True, slots=True)
class PackageShape:
    """What a package.json is written of. ``ending`` is that of its source files, ``scopes`` its ``requestedScopes``."""

    name: str
    type: Type
    scopes: Mapping[str, object]
    ending: str = "js"

    @property
    def path(self) -> Halves:
        """The files that a Directus loads."""
        return _halves(self.type, "dist", "js")

    @property
    def source(self) -> Halves:
        """The files that these are built from."""
        return _halves(self.type, "src", self.ending)

    @property
    def data(self) -> dict[str, object]:
        """The package.json, as the generator of Directus writes it, with the sandbox."""
        development = {"@directus/extensions-sdk": SDK}
        development |= _TYPESCRIPT if self.ending == "ts" else {}
        development |= _VUE if self.type in HYBRID_TYPES else {}
        return {
            "name": self.name,
            "description": f"A sandboxed {self.type} for Directus",
            "icon": "extension",
            "version": "1.0.0",
            "license": LICENSE,
            "keywords": ["directus", "directus-extension", f"directus-extension-{self.type}"],
            "type": "module",
            "files": ["dist"],
            PACKAGE_KEY: {
                "type": self.type,
                "path": self.path.data,
                "source": self.source.data,
                "host": HOST,
                "sandbox": {"enabled": True, "requestedScopes": dict(self.scopes)},
            },
            "scripts": _SCRIPTS,
            "devDependencies": development,
        }


def _halves(kind: Type, folder: str, ending: str) -> Halves:
    if kind in HYBRID_TYPES:
        return Halves(f"{folder}/api.{ending}", f"{folder}/app.js" if folder == "dist" else f"{folder}/app.{ending}")
    return Halves(f"{folder}/index.{ending}")


def read_halves(value: object, kind: str, place: str) -> Halves:
    """Return what ``path`` or ``source`` of an extension of the type ``kind`` says; ManifestError unless a Directus takes it."""
    if kind not in HYBRID_TYPES:
        if not isinstance(value, str):
            raise ManifestError(
                f"of an extension of type {quote(kind)} it is a path, not {quote(value)}",
                place=place,
                hint='For example: "dist/index.js"',
            )
        return Halves(_inside(value, place))
    if not isinstance(value, Mapping):
        raise ManifestError(
            f"an {kind} has two files, one for the app and one for the API, not {quote(value)}",
            place=place,
            hint='For example: {"app": "dist/app.js", "api": "dist/api.js"}',
        )
    found = {}
    for half in ("app", "api"):
        text = value.get(half)
        if not isinstance(text, str):
            raise ManifestError(f"a path, not {quote(text)}", place=f"{place}.{half}", hint=f'"dist/{half}.js"')
        found[half] = _inside(text, f"{place}.{half}")
    return Halves(**found)


def _inside(path: str, place: str) -> str:
    """Return a path that stays within the folder of the package, in its plain form."""
    if len(path) > MAX_PATH_CHARACTERS:
        raise ManifestError(f"the path has {len(path):,} characters, {MAX_PATH_CHARACTERS} are the limit", place=place)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or not parts or not _PLAIN_PATH.fullmatch(path):
        raise ManifestError(
            f"{quote(path)} is not a path within the package", place=place, hint='For example: "dist/index.js"'
        )
    return "/".join(parts)
