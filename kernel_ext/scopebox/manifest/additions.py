"""What to add to a manifest so that it asks for more: text to paste, in the dialect and the notation that are there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from scopebox.manifest.manifest import Manifest
from scopebox.manifest.sources import signs_of
from scopebox.manifest.writing import entry_data, entry_toml, scope_data, scope_toml
from scopebox.vocabulary import ITEMS, SCOPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.languages import Language
    from scopebox.manifest.permission import Permission
    from scopebox.vocabulary import Style

_TO_PERMISSIONS: Final = (
    "requestedScopes give no access to {what}, which exec asks for in permissions. Write the manifest like this:"
)


def addition(
    manifest: Manifest,
    wanted: Permission,
    language: Language,
    source: str,
    *,
    style: Style,
    also: Sequence[Permission] = (),
) -> str:
    """Return what to add so that ``manifest`` asks for ``wanted``, with a sentence that says where.

    ``source`` is that of the cell, ``style`` the dialect that a manifest would have where there is none, ``also`` is what it would
    ask for besides.
    """
    if manifest.notation is None:
        whole = Manifest(style, (*also, wanted))
        return f"Write this manifest above the code of the cell:\n{whole.toml(language.name)}"
    in_cell = any(sign in source for sign in signs_of(language))
    if manifest.style == "exec":
        return _entry(manifest, wanted)
    if wanted.permission in SCOPES:
        return _scope(manifest, wanted, f"{language.comment} " if in_cell else "")
    what = "items" if wanted.permission in ITEMS else wanted.permission
    kept = tuple(entry for entry in manifest.permissions if entry.permission == "request")
    whole = Manifest("exec", (*kept, wanted), manifest.type)
    text = whole.toml(language.name) if in_cell else whole.json()
    return f"{_TO_PERMISSIONS.format(what=what)}\n{text}"


def key_text(manifest: Manifest, key: str, values: Sequence[str]) -> str:
    """Return one key of an entry with its list, as it stands in ``manifest``."""
    listed = json.dumps(list(values), ensure_ascii=False)
    return f'"{key}": {listed}' if manifest.notation == "json" else f"{key} = {listed}"


def _entry(manifest: Manifest, wanted: Permission) -> str:
    is_json = manifest.notation == "json"
    entry = json.dumps(entry_data(wanted), ensure_ascii=False) if is_json else entry_toml(wanted)
    if manifest.permissions:
        return f"Add to the manifest, in front of the first entry of its permissions:\n{entry},"
    key = '"permissions": ' if is_json else "permissions = "
    return f"The permissions of the manifest are empty. Write in their place:\n{key}[{entry}]"


def _scope(manifest: Manifest, wanted: Permission, sign: str) -> str:
    if manifest.notation == "toml":
        return f"Add to the manifest, below [requestedScopes]:\n{sign}{scope_toml(wanted)}"
    ((name, scope),) = scope_data((wanted,)).items()
    return f'Add to the manifest, behind "requestedScopes": {{\n"{name}": {json.dumps(scope, ensure_ascii=False)},'
