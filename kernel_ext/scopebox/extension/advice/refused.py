"""What a manifest lacks for a call that it does not cover: the entry to paste, with the weakest role that is enough."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from scopebox.extension.advice.named import Named
from scopebox.extension.advice.needs import asked, needs_of
from scopebox.extension.advice.schema import missing_text
from scopebox.manifest.additions import addition, key_text
from scopebox.manifest.permission import Permission
from scopebox.network.requester import SECRET_PLACE
from scopebox.store.access.enough import roles_for
from scopebox.store.access.records import ADMIN
from scopebox.urls.url import parse_url
from scopebox.vocabulary import API_PREFIX, EXECUTION_TYPES, METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.extension.extension import Extension
    from scopebox.grants.refusal import RefusalError
    from scopebox.manifest.manifest import Manifest
    from scopebox.store.store import Store

MAX_SEARCHED_CHARACTERS: Final = 50_000  # of a source
MAX_LISTED_CHARACTERS: Final = 2_000  # of URLs that are written once more, to be pasted with another one
# Calls, in either language. Each begins with the letters of the name, which are found many times as fast as the beginning of a word.
_BUILT_IN: Final = {name: re.compile(rf"{name}(?<=\b{name})\s*\(") for name in ("log", "sleep")}
_EXEC: Final = re.compile(r"exec(?<=\bexec)\s*\(")
_ASKED_REASON: Final = re.compile(r"""\.reason\s{0,9}[!=]==?\s{0,9}["'](\w{1,20})["']""")  # in either language
_ONLY_ADMIN: Final = "Only the role admin may do this here, which may do everything: is it meant to?"


def undeclared(extension: Extension, kind: str, args: Sequence[object], named: Named | None) -> str:
    """Return what to add to the manifest so that it asks for a call of ``kind``, and what else is wrong with the call."""
    name = kind.removeprefix(API_PREFIX)
    source = extension.source[:MAX_SEARCHED_CHARACTERS]
    is_api = name != kind and not _EXEC.search(source)
    also = [Permission(other) for other, found in _BUILT_IN.items() if is_api and found.search(source)]
    store = extension.services.store
    entry = narrowest(name, args, weakest_role(store, named))
    text = addition(extension.manifest, entry, extension.language, source, style="api" if is_api else "exec", also=also)
    lines = [_meant(name, args, extension.manifest), text]
    if named is not None:
        lines.append(missing_text(store.schema, asked(named, store.schema), named.collection))
        lines.append(_ONLY_ADMIN if entry.role == ADMIN else "")
    return "\n".join(filter(None, lines))


def narrowed(extension: Extension, permission: Permission, error: RefusalError) -> str:
    """Return how to grant ``permission``, or what to add to it for the URL or the method that was refused; empty for nothing known."""
    manifest = extension.manifest
    if error.reason == "denied":
        return f"{_another_reason(extension.source, error.reason)}{error.hint}"
    if not error.wanted:
        return ""
    if error.reason == "method":
        return (
            f"Write in its entry of the manifest: {key_text(manifest, 'methods', (*permission.methods, error.wanted))}"
        )
    key = "urls" if manifest.style == "api" else "allowedUrls"
    said = f"{error.hint}\n" if error.hint == SECRET_PLACE else ""
    urls = permission.allowed_urls
    if sum(map(len, urls)) > MAX_LISTED_CHARACTERS:
        return f'{said}Add to {key} in its entry of the manifest: "{error.wanted}"'
    return f"{said}Write in its entry of the manifest: {key_text(manifest, key, (*urls, error.wanted))}"


def _another_reason(source: str, reason: str) -> str:
    """Return a line for code that looks for another reason than that of the error; empty for any other code."""
    asked = _ASKED_REASON.findall(source[:MAX_SEARCHED_CHARACTERS])
    if not asked or reason in asked:
        return ""
    return f'The reason of this error is "{reason}", and the code looks for "{asked[0]}".\n'


def weakest_role(store: Store, named: Named | None) -> str:
    """Return the weakest role of the store that may do what a call does; of one about something unknown, the weakest of all."""
    if named is None:
        return ""
    found = roles_for(store.access, needs_of(named, store.schema)) if named.collection in store.schema.all else []
    return found[0] if found else ""


def narrowest(name: str, args: Sequence[object], role: str = "") -> Permission:
    """Return the entry that allows a call and as little else as possible; examples stand in for what the call does not say."""
    keys = EXECUTION_TYPES[name].entry_keys
    if "role" in keys:
        return Permission(name, role=role or ADMIN)
    if "allowedUrls" not in keys:
        return Permission(name)
    url, method = "https://api.example.com/*", "GET"
    if args and isinstance(args[0], str):
        with suppress(ValueError):
            url = f"{parse_url(args[0]).origin}/*"
    if len(args) > 1 and isinstance(args[1], Mapping) and args[1].get("method") in METHODS:
        method = str(args[1]["method"])
    return Permission(name, allowed_urls=(url,), methods=(method,))


def _meant(name: str, args: Sequence[object], manifest: Manifest) -> str:
    """Return what an update without data means, where only deleting is asked for: so the document's example has it."""
    options = args[1] if len(args) > 1 else None
    without_data = isinstance(options, Mapping) and "data" not in options
    if name == "update-items" and manifest.get("delete-items") is not None and without_data:
        return 'To delete items, call "delete-items". To change them, give "data": {…}.'
    return ""
