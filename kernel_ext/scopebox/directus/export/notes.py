"""What carries over, and what has to be known or done there, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.directus.export.cell import Cell
    from scopebox.directus.export.parts import Part
    from scopebox.directus.export.shim import Needs

DENIED: Final = "IMPORT_IP_DENY_LIST"  # the setting of a Directus
_UNTYPED: Final = "It leaves as JavaScript: it has no types, or they cannot be put apart from what a function may hold."


def carried(cell: Cell, parts: Sequence[Part], needs: Needs) -> tuple[str, ...]:
    """Return what is there as it is here."""
    if cell.outline is None:
        return ()
    events = sum(len(part.events) for part in parts)
    routes = sum(len(part.routes) for part in parts)
    operations = sum(part.type == "operation" for part in parts)
    what = [f"{number} {noun}{'s' * (number > 1)}" for number, noun in ((events, "hook"), (routes, "route"), (operations, "operation")) if number]  # fmt: skip
    calls = [f"{', '.join(needs.types)} over a shim"] if needs.types else ["the code as it is"]
    return (*what, *calls)


def notes(cell: Cell, parts: Sequence[Part], needs: Needs, url: str) -> list[str]:
    """Return what is different there as a whole, and what has to be done."""
    told = []
    found = cell.outline
    if (
        cell.extension.language.name == "ts"
        and not (cell.api or cell.module)
        and found
        and found.source == found.javascript
    ):
        told.append(_UNTYPED)
    if len(parts) > 1:
        told.append(
            "There an extension is of one type, so it is split: the code at the top of the cell runs in each of them."
        )
    if needs.items:
        told += _notes_on_items(cell, parts, needs, url)
    if "request" in needs.types:
        told.append("A text that request returns is written anew there where it is JSON: its spaces differ.")
    if any(part.type == "endpoint" for part in parts) and not cell.api and cell.outline is not None:
        told.append("The body of a request is JSON written anew there; one that is neither JSON nor empty is empty.")
    told.append("Limits there are EXTENSIONS_SANDBOX_MEMORY (100 MB) and EXTENSIONS_SANDBOX_TIMEOUT (1000 ms), for all extensions.")  # fmt: skip
    return told


def _notes_on_items(cell: Cell, parts: Sequence[Part], needs: Needs, url: str) -> list[str]:
    given = [
        part for part in parts if part.type == "operation" and not (cell.outline is not None and cell.outline.default)
    ]
    told = [
        f"Items come over REST from {url} there, under the role of one token, and not in the transaction of a hook."
    ]
    if given:
        told.append("Operations take address and token as the options directus_url and directus_token.")
    if len(given) < len(parts):
        told.append("Address and token stand in src/config.js, which git ignores: write them, then npm install and npm run build. Whoever reads the built package reads the token.")  # fmt: skip
    told.append(f"A Directus refuses requests to its own addresses: take 0.0.0.0 out of {DENIED} there, for example {DENIED}=169.254.169.254.")  # fmt: skip
    if "create-items" in needs.types:
        told.append("create-items returns the keys that the token may read.")
    return told
