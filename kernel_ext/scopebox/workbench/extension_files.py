"""The extensions in a project's folder: loaded in the order of their names, and again when their files change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import ExtensionError, PackageError, ScopeboxError
from scopebox.extension.views import named
from scopebox.languages import ENDINGS
from scopebox.packages.files import Folder
from scopebox.packages.package import PACKAGE_JSON
from scopebox.text.literals import inline
from scopebox.text.messages import hint
from scopebox.text.terminal import complain, say
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from scopebox.extension.extension import Extension
    from scopebox.sandbox.sandbox import Sandbox

    Signature = tuple[tuple[str, int, int], ...]  # of the files of an extension: path, time of the last change, size

DECLARATIONS: Final = ".d.ts"  # the ending of TypeScript files that hold types alone, for editors
GONE: Final = ()


class ExtensionFiles:
    """What ``folder`` has of extensions, as it is loaded in ``box``. What is loaded is said on stdout, what is wrong on stderr."""

    def __init__(self, box: Sandbox, folder: Path, grants: Collection[tuple[str, str]] = ()) -> None:
        self._box = box
        self._folder = folder
        self._grants = grants
        self._names: dict[str, str] = {}  # of what is loaded, by that of its file or folder
        self._known: dict[str, Signature] = {}  # as it was when it was loaded
        self._last: dict[str, Signature] = {}  # as it was at the last look
        self._fault = ""  # of the folder as a whole, which is said once

    def load(self, *, watched: bool = False) -> None:
        """Load all of it. ScopeboxError names the file that fails; with ``watched`` that is said, and the others are loaded."""
        sources = sources_in(self._folder)
        for name, _ in self._grants:
            if name not in sources:
                raise ScopeboxError(
                    f"--grant names {inline(name)}, but there is no such extension in {self._folder}",
                    hint=hint(name, sources),
                )
        self._known = self._last = {name: _signature(path) for name, path in sources.items()}
        for name, path in sources.items():
            try:
                self._load(name, path, "loaded")
            except ScopeboxError as error:
                if not watched:
                    raise
                complain(f"error: {error}")

    def look(self) -> None:
        """Load again what has changed since it was loaded, and is no longer being written: it is as it was at the last look.

        What fails is said, and what was there before goes on.
        """
        try:
            sources = sources_in(self._folder)
        except ScopeboxError as error:
            if str(error) != self._fault:
                complain(f"error: {error}")
            self._fault = str(error)
            return
        self._fault = ""
        found = {name: _signature(path) for name, path in sources.items()}
        for name in (*found, *(name for name in self._known if name not in found)):
            signature = found.get(name, GONE)
            if signature != self._known.get(name, GONE) and signature == self._last.get(name, GONE):
                self._known = {**self._known, name: signature}
                self._change(name, sources.get(name))
        self._last = found

    def _change(self, name: str, path: Path | None) -> None:
        before = self._names.get(name, "")
        if path is None:
            del self._known[name]
            if before in self._box.extensions:
                self._box.unload(before)
                say(f"removed {self._names.pop(name)}: its file is gone")
            return
        try:
            self._load(name, path, "changed: loaded again" if before else "new: loaded")
        except ScopeboxError as error:
            more = f"\n{before} goes on as it was." if before in self._box.extensions else ""
            complain(f"error: {error}{more}")

    def _load(self, name: str, path: Path, said: str) -> None:
        grant = [permission for owner, permission in self._grants if owner == name]
        try:
            extension = _loaded(self._box, path, grant)
        except ScopeboxError as error:
            line = f":{error.line}" if isinstance(error, ExtensionError) and error.line else ""
            raise ScopeboxError(f"{clean(path)}{line}: {error.message}", hint=error.hint) from error
        except OSError as error:
            raise ScopeboxError(f"{clean(path)} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise ScopeboxError(f"{clean(path)} cannot be read: it is not UTF-8 text") from None
        before = self._names.get(name, extension.name)
        if before != extension.name and before in self._box.extensions:  # a package has another name now
            self._box.unload(before)
        self._names[name] = extension.name
        say(f"{said} {named(extension)}: {', '.join(extension.registered) or 'registers nothing'}")
        for warning in extension.warnings:
            complain(f"note: {name}: {warning}")


def sources_in(folder: Path) -> Mapping[str, Path]:
    """Return the files of extensions, and the folders of packages, by their names; ScopeboxError for two of one name."""
    sources: dict[str, Path] = {}
    for path in sorted(folder.glob("*")):
        package = (path / PACKAGE_JSON).is_file()
        if not package and (not path.name.endswith(ENDINGS) or path.name.endswith(DECLARATIONS)):
            continue
        other = sources.setdefault(path.name if package else path.stem, path)
        if other is not path:
            raise ScopeboxError(
                f"{other} and {path} are two extensions of one name", hint="Rename or remove one of them."
            )
    return sources


def _loaded(box: Sandbox, path: Path, grant: Collection[str]) -> Extension:
    if not path.is_dir():
        return box.load_file(path, grant=grant, keep=True)
    if grant:  # a package.json has none that is optional
        raise ScopeboxError(f"--grant names {inline(path.name)}, and nothing that a package asks for is optional")
    return box.load_package(path, live=True, keep=True)


def _signature(path: Path) -> Signature:
    """Return what tells whether an extension has changed; of what cannot be looked through, the reason."""
    try:
        names = sorted(Folder(path).sizes) if path.is_dir() else [""]
        facts = [(name, (path / name if name else path).lstat()) for name in names]
    except PackageError as error:
        return ((error.message, 0, 0),)
    except OSError:  # it went while it was looked at
        return GONE
    return tuple((name or path.name, found.st_mtime_ns, found.st_size) for name, found in facts)
