"""Names of extensions: those of packages, and plain slugs."""

from __future__ import annotations

import re
from typing import Final

from scopebox.errors import ManifestError
from scopebox.text.messages import quote

UNTITLED: Final = "directus-extension-untitled"
MAX_NAME_CHARACTERS: Final = 214  # what a package registry takes

_PACKAGE: Final = re.compile(r"(?:@[a-z0-9~][a-z0-9._~-]*/)?directus-extension-[a-z0-9._~-]+")
_NPM: Final = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")
_WORDS: Final = re.compile(r"[a-z0-9]+")
_SLUG: Final = re.compile(r"[a-z0-9]+(?>(?:-[a-z0-9]+)*)")

# Paths that Directus answers itself: endpoints of an extension of such a name could not be told from them.
_PATHS_OF_DIRECTUS: Final = frozenset({
    "access", "activity", "admin", "assets", "auth", "collections", "comments", "dashboards", "extensions", "fields", "files",
    "flows", "folders", "graphql", "items", "mcp", "metrics", "notifications", "operations", "panels", "permissions", "policies",
    "presets", "relations", "revisions", "roles", "schema", "server", "settings", "shares", "translations", "users", "utils",
    "versions", "websocket",
})  # fmt: skip


def words_of(text: str) -> str:
    """Return the words of a text, as they may stand in a name: ``My Words`` are ``my-words``."""
    return "-".join(_WORDS.findall(text.lower()))


def check_extension_name(name: object) -> str:
    """Return ``name`` if an extension may be called that, else raise :class:`ManifestError`.

    Packages (``directus-extension-…``, ``@scope/directus-extension-…``) and plain slugs (``my-extension``) are names.
    """
    if not isinstance(name, str):
        raise ManifestError(f"the name of an extension is text, not {quote(name)}", place="name")
    if len(name) > MAX_NAME_CHARACTERS:
        raise ManifestError(
            f"the name of an extension has at most {MAX_NAME_CHARACTERS} characters, not {len(name)}", place="name"
        )
    if name in _PATHS_OF_DIRECTUS:
        raise ManifestError(
            f"{quote(name)} is a path of Directus itself, and endpoints are served below the name",
            place="name",
            hint=f"Call it directus-extension-{name}.",
        )
    if not (_PACKAGE.fullmatch(name) or _SLUG.fullmatch(name)):
        slug = words_of(name).removeprefix("directus-extension-") or "hello"
        raise ManifestError(
            f"{quote(name)} is not a valid extension name",
            place="name",
            hint=(
                "Names are directus-extension-…, @scope/directus-extension-… or plain slugs of a-z, 0-9 and -, "
                f"such as directus-extension-{slug[:40]}."
            ),
        )
    return name


def check_package_name(name: object) -> str:
    """Return ``name`` if npm publishes packages of that name, and no path of a Directus is called that, else raise :class:`ManifestError`."""
    if not isinstance(name, str) or len(name) > MAX_NAME_CHARACTERS or not _NPM.fullmatch(name):
        raise ManifestError(
            f"{quote(name)} is not a name of a package",
            place="name",
            hint="Names are lower-case, such as directus-extension-hello or @scope/directus-extension-hello.",
        )
    if name in _PATHS_OF_DIRECTUS:
        raise ManifestError(f"{quote(name)} is a path of Directus itself", place="name")
    return name
