"""A published package: what its package.json says, and what of its files is an extension.

A Directus runs an extension in a sandbox if its package.json says so, and with full rights otherwise; a bundle it always runs with
full rights. Nothing that would run there without a sandbox is ever run here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scopebox.errors import ManifestError, PackageError
from scopebox.manifest.bounds import MAX_MANIFEST_BYTES, MAX_SOURCE_BYTES, MAX_SOURCE_CHARACTERS, check_shape
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.naming import check_package_name
from scopebox.manifest.package_shape import APP_TYPES, PACKAGE_KEY, read_halves
from scopebox.packages.archive import Archive
from scopebox.packages.files import Content, Files, Folder, Readable, Unlisted
from scopebox.text.messages import hint, quote
from scopebox.text.visible import shorten

ARCHIVES: Final = (".tgz", ".tar.gz")
PACKAGE_JSON: Final = "package.json"
MAX_ENTRIES: Final = 100  # of a bundle that are named
MAX_WORDS: Final = 300  # characters of a version, a licence, a description
# What npm runs by itself when it installs a package.
INSTALL_SCRIPTS: Final = ("preinstall", "install", "postinstall")


@dataclass(frozen=True, slots=True)
class Half:
    """One file of code that package.json names: ``size`` in bytes, ``text`` as far as it is looked at.

    It is ``whole`` if that is all of it, which then fits into an isolate.
    """

    path: str
    size: int
    text: str
    whole: bool = True

    @classmethod
    def read(cls, path: str, content: Content) -> Half:
        """Return what there is of a file, of which at most ``MAX_SOURCE_BYTES`` were read."""
        text = content.data.decode("utf-8", "replace")
        whole = content.size <= MAX_SOURCE_BYTES and len(text) <= MAX_SOURCE_CHARACTERS
        return cls(path, content.size, text[:MAX_SOURCE_CHARACTERS], whole)


@dataclass(frozen=True, slots=True)
class Entry:
    """One extension within a bundle, as its package.json names it."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was read. ``kind`` is the type of extension that its package.json says.

    ``api`` runs on the server, ``app`` in the browser. ``manifest`` is what it asks for; where that is None, ``refused`` says why
    nothing of it is run here. ``entries`` are the extensions of a bundle, ``scripts`` what npm would run when it installs it.
    """

    where: str
    name: str
    version: str
    licence: str
    description: str
    kind: str
    sizes: Mapping[str, int]
    api: Half | None
    app: Half | None
    entries: tuple[Entry, ...]
    scripts: tuple[str, ...]
    sandboxed: bool
    manifest: Manifest | None
    refused: PackageError | ManifestError | None
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.sizes.values())

    @property
    def kept(self) -> int:
        """Bytes of memory that it takes beside the code that runs on the server."""
        return sum(map(sys.getsizeof, self.sizes)) + (0 if self.app is None else sys.getsizeof(self.app.text))

    @property
    def source(self) -> str:
        """The code that runs on the server; the error that says why nothing of the package is run."""
        if self.refused is not None:
            raise self.refused
        assert self.api is not None
        return self.api.text


def read_package(path: str | Path) -> Package:
    """Read the package in a folder or in an archive (.tgz); PackageError if it is none, or beyond every bound."""
    place = Path(path)
    files = _files(place)
    data = _package_json(files, place)
    extension = data.get(PACKAGE_KEY)
    if not isinstance(extension, Mapping):
        raise PackageError(
            f"The {PACKAGE_JSON} has no {PACKAGE_KEY}, so this is not an extension",
            hint="Name the folder, or the .tgz, of one extension of a Directus.",
        )
    return _Reading(files, data, extension).package(str(path))


def run_from(place: Path) -> tuple[str, ...]:
    """Return the files besides its package.json that a package in a folder is run from; none where that names none as it has to."""
    try:
        extension = _package_json(Unlisted(place), place).get(PACKAGE_KEY)
        if not isinstance(extension, Mapping):
            return ()
        return (read_halves(extension.get("path"), _words(extension.get("type")), PACKAGE_KEY).api,)
    except (PackageError, ManifestError):
        return ()


_FETCHED: Final = "npm pack --ignore-scripts NAME brings one here, and runs nothing of it."
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # of a path, in which slashes are one


def _files(place: Path) -> Files:
    if place.is_dir():
        return Folder(place)
    if not place.exists():
        raise PackageError(
            f"There is no folder or file {quote(str(place))}", hint=_FETCHED if _URL.match(str(place)) else ""
        )
    if place.name.endswith(ARCHIVES) and place.is_file():
        return Archive(place)
    raise PackageError(
        f"{quote(str(place))} is neither a folder nor an archive of npm (.tgz)",
        hint=_FETCHED,
    )


def _package_json(files: Readable, place: Path) -> Mapping[str, object]:
    """Return the data of package.json, parsed as a Directus does: strictly."""
    content = files.read(PACKAGE_JSON, MAX_MANIFEST_BYTES)
    if content is None:
        raise PackageError(f"There is no {PACKAGE_JSON} in {quote(str(place))}")
    if content.size > MAX_MANIFEST_BYTES:
        raise PackageError(f"The {PACKAGE_JSON} has {content.size:,} bytes, {MAX_MANIFEST_BYTES:,} are the limit")
    try:
        text = content.data.decode("utf-8-sig")
        check_shape(text)
        data = json.loads(text)
        json.dumps(data, ensure_ascii=False).encode()  # an escape may be half a character, which nothing can write
    except ManifestError as error:
        raise PackageError(f"The {PACKAGE_JSON} cannot be read: {error.message}", hint=error.hint) from None
    except UnicodeEncodeError:
        raise PackageError(f"The {PACKAGE_JSON} is not Unicode text: it has lone surrogates") from None
    except (ValueError, RecursionError) as error:
        raise PackageError(f"The {PACKAGE_JSON} is not JSON: {shorten(str(error), MAX_WORDS)}") from None
    if not isinstance(data, Mapping):
        raise PackageError(f"The {PACKAGE_JSON} has to be an object, not {quote(data)}")
    return data


class _Reading:
    """One package while it is read."""

    def __init__(self, files: Files, data: Mapping[str, object], extension: Mapping[str, object]) -> None:
        self._files = files
        self._data = data
        self._extension = extension
        self._notes = list(files.notes)
        self._refused: PackageError | ManifestError | None = None
        self._kind = _words(extension.get("type"))

    def package(self, where: str) -> Package:
        """Return the package. What is wrong with it and does no harm while it is only read, becomes the reason to refuse it."""
        name = _words(self._data.get("name"))
        try:
            check_package_name(self._data.get("name"))
        except ManifestError as error:
            self._refused = error
        manifest = self._manifest()
        api, app = self._halves()
        refused = self._refused
        return Package(
            where, name, _words(self._data.get("version")), _words(self._data.get("license")),
            _words(self._data.get("description")), self._kind, self._files.sizes, api, app, tuple(self._entries()),
            tuple(self._scripts()), _says_sandbox(self._extension) and self._kind != "bundle",
            manifest if refused is None else None, refused, tuple(self._notes),
        )  # fmt: skip

    def _refuse(self, error: PackageError | ManifestError) -> None:
        self._refused = self._refused or error

    def _manifest(self) -> Manifest | None:
        try:
            manifest = Manifest.from_package(self._extension)
        except ManifestError as error:
            self._refuse(error)
            return None
        self._notes += manifest.notes
        return manifest

    def _halves(self) -> tuple[Half | None, Half | None]:
        """Return what runs on the server and what in the browser."""
        kind = "operation" if self._kind == "bundle" else self._kind  # which has two of them as well
        try:
            paths = read_halves(self._extension.get("path"), kind, f"{PACKAGE_KEY}.path")
        except ManifestError as error:
            self._refuse(error)
            return None, None
        if kind in APP_TYPES:
            return None, self._half(paths.api, runs_here=False)
        api = self._half(paths.api, runs_here=True)
        return api, self._half(paths.app, runs_here=False) if paths.app else None

    def _half(self, path: str, *, runs_here: bool) -> Half | None:
        try:
            content = self._files.read(path, MAX_SOURCE_BYTES)
            if content is None:
                raise self._missing(path)
        except PackageError as error:
            if runs_here:
                self._refuse(error)
            else:
                self._notes.append(error.message)
            return None
        half = Half.read(path, content)
        if runs_here and not half.whole:
            self._refuse(
                PackageError(
                    f"{quote(path)} has {half.size:,} bytes, and an isolate takes {MAX_SOURCE_CHARACTERS:,} characters"
                )
            )
        return half

    def _missing(self, path: str) -> PackageError:
        built = any(other.startswith("dist/") for other in self._files.sizes)
        return PackageError(
            f"The package has no file {quote(path)}, which its {PACKAGE_JSON} names",
            hint=hint(path, self._files.sizes)
            if built
            else "It is not built: npm run build makes it, in the folder of its source.",
        )

    def _entries(self) -> Iterator[Entry]:
        entries = self._extension.get("entries")
        for entry in entries[:MAX_ENTRIES] if isinstance(entries, list) else ():
            if isinstance(entry, Mapping):
                yield Entry(_words(entry.get("name")), _words(entry.get("type")))

    def _scripts(self) -> Iterator[str]:
        scripts = self._data.get("scripts")
        return (name for name in INSTALL_SCRIPTS if isinstance(scripts, Mapping) and name in scripts)


def _says_sandbox(extension: Mapping[str, object]) -> bool:
    sandbox = extension.get("sandbox")
    return isinstance(sandbox, Mapping) and sandbox.get("enabled") is True


def _words(value: object) -> str:
    return shorten(value, MAX_WORDS) if isinstance(value, str) else ""
