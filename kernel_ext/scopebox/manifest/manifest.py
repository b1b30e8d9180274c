"""Manifests: what an extension asks for, in either of the two documented forms.

``permissions`` is the array of "execution-types" (style ``exec``), ``requestedScopes`` the object of "sandbox" (style ``api``).
A manifest is read strictly and as a whole before any line of the extension runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import msgspec

from scopebox.errors import ManifestError
from scopebox.languages import DEFAULT_LANGUAGE, language_of
from scopebox.manifest import package_json, parsing, places, sources, writing
from scopebox.manifest.entries import read_object, read_permissions, read_scopes, read_text
from scopebox.manifest.permission import Permission
from scopebox.vocabulary import BUILT_IN, MANIFEST_KEYS, Notation, Style, Type

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Manifest", "Permission", "Style", "Type", "replace_type"]

_HINTS = {
    "request": 'Permissions stand in a list: {"permissions": [{"permission": "request", …}]}; scopes in {"requestedScopes": {…}}.',
    "sandbox": "Give the whole package.json, or only its requestedScopes.",
    "scopes": "The key is requestedScopes.",
}


_ENTRY = 'An entry stands in a list: permissions = [{ permission = "read-items", role = "…" }], in JSON {"permissions": [{"permission": …}]}.'


class Manifest(msgspec.Struct, frozen=True, eq=False, repr_omit_defaults=True):
    """What an extension asks for. ``type`` is set where a package.json says what its default export is.

    ``notes`` say what was ignored or has no effect, ``notation`` how it was written, None where nothing was: two manifests that ask
    for the same are equal, however they were written. Making one that is not valid raises :class:`ManifestError`.
    """

    style: Style = "exec"
    permissions: tuple[Permission, ...] = ()
    type: Type | None = None
    notes: tuple[str, ...] = ()
    notation: Notation | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Manifest) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    @property
    def _content(self) -> tuple[object, ...]:
        return self.style, self.permissions, self.type, self.notes

    @classmethod
    def read(cls, source: object) -> Manifest:
        """Return the manifest in ``source``.

        ``source`` is a mapping, a Manifest, None (nothing but what is built in), TOML or JSON text, or the path of a TOML, JSON
        or package.json file. Raises :class:`ManifestError`, which names the place of what is wrong and the remedy.
        """
        if source is None:
            return cls()
        if isinstance(source, Manifest):
            return source
        return _build(sources.load(source))

    @classmethod
    def from_cell(cls, cell: str, language: str = DEFAULT_LANGUAGE.name) -> Manifest | None:
        """Return the manifest in the comment block ``# /// sandbox`` of a cell in ``language``, None without one.

        In JavaScript and TypeScript the block stands behind ``//``. Lines in errors are those of ``cell``, counted from one.
        """
        written = language_of(language)
        try:
            plain = sources.cell_block(cell, written)
            return None if plain is None else _build(plain)
        except ManifestError as error:
            places.locate(error, cell, written)
            raise

    @classmethod
    def from_package(cls, extension: object) -> Manifest:
        """Return the manifest in what the package.json of a published package has below ``directus:extension``."""
        return _build(package_json.read_package(extension, of_cell=False))

    def get(self, name: str) -> Permission | None:
        """Return the entry that asks for the execution type ``name``, or None."""
        return next((entry for entry in self.permissions if entry.permission == name), None)

    def toml(self, language: str = DEFAULT_LANGUAGE.name) -> str:
        """Return the manifest as the comment block of a cell in ``language``."""
        return writing.toml(self, language_of(language))

    def json(self) -> str:
        """Return the manifest as JSON text, in its own form."""
        return writing.json_text(self)

    def package_json(
        self,
        name: str,
        *,
        type: Type | None = None,  # noqa: A002 - the field's own word
        used: Collection[str] | None = None,
    ) -> writing.Package:
        """Return the package.json object for a Directus, and what a Directus will not do.

        ``type`` is that of the default export where the manifest does not say it; ``used`` are the execution types that the
        extension calls, all that it may call if not given.
        """
        return writing.package(self, name, type, used)


def replace_type(manifest: Manifest, type: str) -> Manifest:  # noqa: A002 - the field's own word
    """Return ``manifest`` with another type; ManifestError if there is no such type."""
    package_json.check_type(type, "type")
    return msgspec.structs.replace(manifest, type=cast("Type", type))


def _build(plain: parsing.Plain) -> Manifest:
    hints = {**_HINTS, **_moved(plain.data)}
    data = read_object(plain.data, plain.place.rstrip("."), MANIFEST_KEYS, hints=hints)
    if "permissions" in data and "requestedScopes" in data:
        raise ManifestError(
            "permissions and requestedScopes exclude each other",
            hint="Keep permissions for exec, or requestedScopes for directus:api.",
        )
    kind = None
    if "type" in data:
        kind = read_text(data["type"], f"{plain.place}type")
        package_json.check_type(kind, f"{plain.place}type")
    if "requestedScopes" in data:
        style: Style = "api"
        permissions = read_scopes(data["requestedScopes"], f"{plain.place}requestedScopes")
    else:
        style = "exec"
        permissions = read_permissions(data.get("permissions", ()), f"{plain.place}permissions")
    notes = (*plain.notes, *_notes(style, permissions))
    return Manifest(style, permissions, cast("Type | None", kind), notes, plain.notation)


def _moved(data: Mapping[str, object]) -> dict[str, str]:
    """Return where an entry belongs that stands alone, or a scope that stands beside the permissions."""
    if isinstance(data.get("permission"), str):
        return {"permission": _ENTRY}
    scope = data.get("request")
    if "permissions" not in data or not isinstance(scope, Mapping):
        return {}
    try:
        (entry,) = read_scopes({"request": scope}, "requestedScopes")
    except ManifestError:
        return {}
    return {"request": f"That is a scope. As an entry of the permissions: {writing.entry_toml(entry)}"}


def _notes(style: Style, permissions: tuple[Permission, ...]) -> list[str]:
    built_in = BUILT_IN if style == "exec" else ()
    notes = [
        f"{entry.permission} is built in, asking for it changes nothing"
        for entry in permissions
        if entry.permission in built_in
    ]
    if any(entry.permission == "request" and not (entry.allowed_urls and entry.methods) for entry in permissions):
        notes.append("request is asked for without any URL or method, so every request will be refused")
    return notes
