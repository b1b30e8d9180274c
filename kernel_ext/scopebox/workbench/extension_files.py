"""The extensions in a project's folder: loaded in the order of their names, and again when their files change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import ExtensionError, ScopeboxError
from scopebox.extension.views import named
from scopebox.languages import ENDINGS
from scopebox.packages.package import PACKAGE_JSON, run_from
from scopebox.store.sources.files import Folder
from scopebox.text.literals import inline
from scopebox.text.messages import hint
from scopebox.text.terminal import complain, say
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from scopebox.extension.extension import Extension
    from scopebox.sandbox.sandbox import Sandbox

    Fact = tuple[str, int, int]  # of a file: its path, the time of its last change, its size
    Signature = tuple[Fact, ...]  # of the files that an extension is run from

MAX_EXTENSIONS: Final = 50  # of a project: each is a process of its own
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
        self._known = self._last = {name: _signature(path, GONE) for name, path in sources.items()}
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
        found = {name: _signature(path, self._last.get(name, GONE)) for name, path in sources.items()}
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
    """Return the files of extensions, and the folders of packages, by their names.

    ScopeboxError for two of one name, one that is not the project's own, and more than a project has.
    """
    sources: dict[str, Path] = {}
    project = Folder(folder.parent)
    for path in map(folder.joinpath, project.names(folder.name)):
        package = (path / PACKAGE_JSON).is_file()
        if not package and (not path.name.endswith(ENDINGS) or path.name.endswith(DECLARATIONS)):
            continue
        project.file(folder.name, path.name)
        other = sources.setdefault(path.name if package else path.stem, path)
        if other is not path:
            raise ScopeboxError(
                f"{other} and {path} are two extensions of one name", hint="Rename or remove one of them."
            )
        if len(sources) > MAX_EXTENSIONS:
            raise ScopeboxError(
                f"{folder} has more than {MAX_EXTENSIONS} extensions, which are the limit",
                hint="Each has a process of its own. Move those that you do not need elsewhere.",
            )
    return sources


def _loaded(box: Sandbox, path: Path, grant: Collection[str]) -> Extension:
    if not path.is_dir():
        return box.load_file(path, grant=grant, keep=True)
    if grant:  # a package.json has none that is optional
        raise ScopeboxError(f"--grant names {inline(path.name)}, and nothing that a package asks for is optional")
    return box.load_package(path, live=True, keep=True)


def _signature(path: Path, before: Signature) -> Signature:
    """Return what tells whether an extension has changed. ``before`` is that of the last look: the same package.json names the same files."""
    if not path.is_dir():
        return (_fact(path.parent, path.name),)
    package = _fact(path, PACKAGE_JSON)
    names = [name for name, *_ in before[1:]] if before[:1] == (package,) else run_from(path)
    return (package, *(_fact(path, name) for name in names))


def _fact(folder: Path, name: str) -> Fact:
    try:
        found = (folder / name).lstat()
    except OSError:  # there is none yet, or it went while it was looked at
        return name, 0, 0
    return name, found.st_mtime_ns, found.st_size
