"""Manifests as text: the comment block of a cell, JSON, and the package.json of a Directus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from scopebox.languages import Language
from scopebox.manifest.package_shape import PackageShape
from scopebox.manifest.permission import Permission
from scopebox.vocabulary import ITEMS, METHODS, Type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_LONG_LIST: Final = 500  # characters; a longer one stands on several lines, which a manifest has to keep short


class Document(Protocol):
    """What is written of a manifest."""

    @property
    def style(self) -> str:
        """``exec`` or ``api``."""

    @property
    def type(self) -> Type | None:
        """What the default export is, if it is said."""

    @property
    def permissions(self) -> Collection[Permission]:
        """What the extension asks for."""


class Package(NamedTuple):
    """A package.json with ``directus:extension`` as JSON text, and what a Directus 11 will not do with it."""

    text: str
    notes: tuple[str, ...]


def entry_toml(permission: Permission) -> str:
    """Return one entry of a ``permissions`` array as a TOML inline table."""
    pairs = [f"{key} = {_toml_value(value)}" for key, value in entry_data(permission).items()]
    return f"{{ {', '.join(pairs)} }}"


def entry_data(permission: Permission) -> dict[str, object]:
    """Return one entry of a ``permissions`` array with the keys of the document, defaults left out."""
    data: dict[str, object] = {"permission": permission.permission}
    if permission.role is not None:
        data["role"] = permission.role
    if permission.permission == "request":
        data["allowedUrls"] = list(permission.allowed_urls)
    if permission.methods != METHODS:
        data["methods"] = list(permission.methods)
    if permission.optional:
        data["optional"] = True
    if permission.reason:
        data["reason"] = permission.reason
    return data


def scope_data(permissions: Collection[Permission]) -> dict[str, object]:
    """Return a ``requestedScopes`` object; permissions that no scope stands for are left out."""
    scopes: dict[str, object] = {}
    for permission in permissions:
        if permission.permission == "request":
            scopes["request"] = request_scope(permission.methods, permission.allowed_urls)
        elif permission.permission in {"log", "sleep"}:
            scopes[permission.permission] = {}
    return scopes


def request_scope(methods: Iterable[str], urls: Iterable[str]) -> dict[str, object]:
    """Return what ``requestedScopes`` say of requests."""
    return {"methods": list(methods), "urls": list(urls)}


def scope_toml(permission: Permission) -> str:
    """Return the line of a scope below ``[requestedScopes]``; there has to be one for the permission."""
    ((name, scope),) = scope_data((permission,)).items()
    return f"{name} = {_toml_value(scope)}"


def toml(manifest: Document, language: Language) -> str:
    """Return ``manifest`` as the comment block of a cell in ``language``."""
    lines = [f"type = {_toml_value(manifest.type)}"] if manifest.type else []
    if manifest.style == "exec":
        entries = [f"  {entry_toml(permission)}," for permission in manifest.permissions]
        lines += ["permissions = [", *entries, "]"] if entries else ["permissions = []"]
    else:
        lines.append("[requestedScopes]")
        lines += [scope_toml(entry) for entry in manifest.permissions if scope_data((entry,))]
    content = ["/// sandbox", *"\n".join(lines).split("\n"), "///"]
    return "\n".join(f"{language.comment} {line}" for line in content)


def json_text(manifest: Document) -> str:
    """Return ``manifest`` as JSON text in its own form."""
    data: dict[str, object] = {"type": manifest.type} if manifest.type else {}
    if manifest.style == "exec":
        data["permissions"] = [entry_data(permission) for permission in manifest.permissions]
    else:
        data["requestedScopes"] = scope_data(manifest.permissions)
    return json.dumps(data, indent=2, ensure_ascii=False)


def package(manifest: Document, name: str, type: Type | None, used: Collection[str] | None) -> Package:  # noqa: A002
    """Return the package.json of ``manifest`` for a Directus; see :meth:`Manifest.package_json`."""
    notes: list[str] = []
    asked = tuple(manifest.permissions)
    named = {entry.permission for entry in asked}
    if manifest.style == "exec":
        asked = (*(Permission(name) for name in ("log", "sleep") if name not in named), *asked)
        notes = _notes(manifest)
    if used is not None:
        asked = tuple(entry for entry in asked if manifest.style == "api" or entry.permission in used)
    kind = type or manifest.type
    if kind is None:
        kind = "endpoint"
        notes.append("The manifest does not say the type: endpoint stands there, hook and operation are the others.")
    data = PackageShape(name, kind, scope_data(asked)).data
    return Package(json.dumps(data, indent=2, ensure_ascii=False), tuple(notes))


def _notes(manifest: Document) -> list[str]:
    notes = [
        "A Directus 11 runs the directus:api style: exec and the permissions array were documented and not shipped."
    ]
    items = [entry.permission for entry in manifest.permissions if entry.permission in ITEMS]
    if items:
        notes.append(f"Items under a role do not exist there, so nothing stands for {', '.join(items)}.")
    for entry in manifest.permissions:
        if entry.optional and entry.permission == "request":
            notes.append("Scopes are never optional there: request is always granted.")
        if any(url.startswith("/") for url in entry.allowed_urls):
            notes.append("URLs are wildcards there: rewrite the regular expressions of request.")
    return notes


def _toml_value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            entries = [_toml_value(entry) for entry in value]
            line = f"[{', '.join(entries)}]"
            return line if len(line) <= _LONG_LIST else "[\n" + "".join(f"  {entry},\n" for entry in entries) + "]"
        case dict():
            return (
                f"{{ {', '.join(f'{key} = {_toml_value(entry)}' for key, entry in value.items())} }}" if value else "{}"
            )
        case _:
            raise TypeError(f"no TOML for {type(value).__name__}")
