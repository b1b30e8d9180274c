"""What of a ``package.json`` counts: the type and the sandbox of an extension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scopebox.errors import ManifestError
from scopebox.manifest.entries import read_object, read_text
from scopebox.manifest.package_shape import APP_TYPES, KEYS, PACKAGE_KEY
from scopebox.manifest.parsing import Plain
from scopebox.text.messages import hint, listed, quote
from scopebox.vocabulary import TYPES

_FULL_RIGHTS: Final = "a Directus runs this with full rights"


def read_package(value: object, *, of_cell: bool = True) -> Plain:
    """Read ``directus:extension`` of a package.json ("sandbox", "Enabling the Sandbox").

    ``of_cell``: it is the manifest of a cell, so it says nothing about where the code is.
    """
    kind = read_text(value.get("type"), f"{PACKAGE_KEY}.type") if isinstance(value, Mapping) else ""
    if kind == "bundle":
        raise ManifestError(
            "a bundle has no scopes of its own, and a Directus runs it without a sandbox",
            place=f"{PACKAGE_KEY}.type",
            hint="Make one package of each extension in it.",
        )
    extension, notes = _extension(value)
    check_type(kind, f"{PACKAGE_KEY}.type")
    if "host" in extension:
        read_text(extension["host"], f"{PACKAGE_KEY}.host")
    place = f"{PACKAGE_KEY}.sandbox"
    if "sandbox" not in extension:
        raise ManifestError(
            f"the extension is not sandboxed: {_FULL_RIGHTS}",
            place=place,
            hint='Add "sandbox": {"enabled": true, "requestedScopes": {}}.',
        )
    sandbox = read_object(extension["sandbox"], place, ("enabled", "requestedScopes"), hints={})
    if sandbox.get("enabled") is not True:
        raise ManifestError(
            f"the sandbox is not enabled: {_FULL_RIGHTS}", place=f"{place}.enabled", hint="Set it to true."
        )
    if "requestedScopes" not in sandbox:
        raise ManifestError(
            "the scopes are missing",
            place=f"{place}.requestedScopes",
            hint="Add {} for an extension that asks for nothing.",
        )
    ignored = [key for key in ("path", "source") if of_cell and key in extension]
    notes += (f"{PACKAGE_KEY}: {' and '.join(ignored)} ignored, the cell is the source",) if ignored else ()
    return Plain({"type": kind, "requestedScopes": sandbox["requestedScopes"]}, f"{place}.", notes)


def _extension(value: object) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """Return the keys that count, and a note about the others, which a Directus drops."""
    found = value if isinstance(value, Mapping) else {}
    others = [key for key in found if isinstance(key, str) and key not in KEYS]
    known = {key: entry for key, entry in found.items() if key not in others} if others else value
    notes = (f"{PACKAGE_KEY}: {listed(others)} not used",) if others else ()
    return read_object(known, PACKAGE_KEY, KEYS, hints={}), notes


def check_type(kind: str, place: str) -> None:
    """Raise :class:`ManifestError` unless ``kind`` is a type of extension that runs in a sandbox."""
    if kind in TYPES:
        return
    if kind in APP_TYPES:
        raise ManifestError(
            f"an extension of type {kind} runs in the browser, not in a sandbox",
            place=place,
            hint=f"The types are {', '.join(TYPES)}.",
        )
    raise ManifestError(
        f"there is no type {quote(kind)}",
        place=place,
        hint=hint(kind, TYPES),
    )
