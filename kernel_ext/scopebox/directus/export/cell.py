"""The text of an extension that leaves, and what its calls need there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scopebox.directus.export.shim import METHODS as REQUESTS
from scopebox.directus.export.shim import Needs
from scopebox.manifest.permission import Permission
from scopebox.manifest.writing import request_scope, scope_data
from scopebox.vocabulary import ITEMS, METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox_guest.javascript.outlined import Outline

    from scopebox.directus.export.code import Code
    from scopebox.extension.extension import Extension


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of an extension, all its cells, without manifests; ``outline`` is what it says, where it is JavaScript.

    ``module`` is it over a shim, if it has a default export and calls ``exec`` as well.
    """

    extension: Extension
    source: str
    outline: Outline | None
    module: Code | None = None

    @property
    def api(self) -> bool:
        """Whether it leaves as it is: a default export that calls nothing but ``directus:api``."""
        return self.outline is not None and self.outline.default and not self.outline.execs


def needs_of(cell: Cell, asked: Sequence[Permission]) -> Needs:
    """Return what the calls of the cell need there: those it names, and all that it asks for if it names one by a variable."""
    if cell.outline is None or cell.api:
        return Needs(())
    calls = cell.outline.calls
    named = {call.name for call in calls}
    if "" in named or cell.outline.execs > len(calls):
        named |= {"log", "sleep", *(entry.permission for entry in asked)}
    collections = cell.extension.services.store.schema.collections
    about = [call.about for call in calls if call.name in ITEMS]
    used = (
        collections
        if "" in about or len(about) < len(named & set(ITEMS))
        else [name for name in about if name in collections]
    )
    keys = {name: collections[name].primary_key.name for name in used}
    types = tuple(sorted({"log", *named} & {"log", "sleep", "request", *ITEMS}))
    return Needs(
        types, keys, [name for name in used if collections[name].singleton], cell.extension.manifest.style == "api"
    )


def scopes_of(cell: Cell, asked: Sequence[Permission], needs: Needs, url: str) -> dict[str, object]:
    """Return the ``requestedScopes``: those of the manifest, and what the shim needs on top."""
    if cell.outline is None:
        return scope_data([*(entry for entry in asked if entry.permission in ("request", "sleep")), Permission("log")])
    if cell.extension.manifest.style == "api":
        return scope_data(asked)
    used = {name for statement in cell.outline.imports for name in statement.names.values()} | set(needs.types)
    own = [Permission(name) for name in ("log", "sleep") if name in used]
    wanted = [entry for entry in asked if entry.permission == "request"]
    scopes = scope_data([*own, *wanted])
    if needs.items:  # with one more URL, which may be more than an entry of a manifest has
        methods = {method for name in needs.items for method in REQUESTS[name]}
        methods |= {method for entry in wanted for method in entry.methods}
        urls = (*(each for entry in wanted for each in entry.allowed_urls), f"{url.rstrip('/')}/items/*")
        ordered = (method for method in METHODS if method in methods)
        scopes["request"] = request_scope(ordered, dict.fromkeys(urls))
    return scopes
