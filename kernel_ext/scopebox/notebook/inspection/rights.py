"""What the cell at the cursor may do: under its manifest as it stands there, and what was decided so far."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec
from IPython.core.error import UsageError

from scopebox.errors import ScopeboxError
from scopebox.grants.grants import Grants
from scopebox.grants.sentences import describe
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.naming import UNTITLED
from scopebox.manifest.writing import entry_toml, scope_toml
from scopebox.notebook.arguments import HelpWanted, parse_cell
from scopebox.notebook.cell import manifest_of
from scopebox.notebook.inspection.pages import Code
from scopebox.vocabulary import EXECUTION_TYPES, SCOPES

if TYPE_CHECKING:
    from scopebox.notebook.session import Session

NOT_ASKED: Final = "not asked for"
_UNKNOWN_ROLE: Final = "…"


class Rights:
    """The rights of the cell with these ``arguments`` and this ``body``; nothing is read of it before somebody asks."""

    def __init__(self, session: Session, arguments: str, body: str) -> None:
        self._session = session
        self._arguments = arguments
        self._body = body

    def state(self, name: str) -> str:
        """Return in a few words whether the cell may use an execution type; empty where its manifest cannot be read."""
        if not isinstance(self._grants, Grants):
            return ""
        grant = self._grants.get(name)
        if grant is None:
            return NOT_ASKED
        return grant.words.sentence or grant.words.word

    def parts(self, name: str, collection: str = "") -> list[str | Code]:
        """Return the permission that an execution type needs, and whether the cell has it; what to add to its manifest if it does not ask."""
        row, found = EXECUTION_TYPES[name], self._grants
        keys = f", with {' and '.join(row.entry_keys)}" if row.entry_keys else ""
        needed = "Built in: it needs no permission." if row.built_in else f"It needs the permission {name}{keys}."
        if not isinstance(found, Grants):
            return [needed, f"The manifest of this cell cannot be read: {found}"]
        state, grant = self.state(name), found.get(name)
        if grant is None:
            entry = self._entry(name, collection, found.manifest.style)
            return [needed, f"Here: {NOT_ASKED}. What asks for it in a manifest:", Code(entry)]
        if grant.state == "built-in":
            return [needed]
        offer = f" %sandbox grant {found.extension} {name} grants it." if grant.state == "denied" else ""
        return [needed, f"Here: {state}. {describe(grant.permission)}.{offer}"]

    @cached_property
    def _grants(self) -> Grants | str:
        """What the cell is granted when it is run; a sentence about what is wrong with its line or its manifest."""
        try:
            options = parse_cell(self._arguments)
            language = options.language(self._session.magics_config.lang)
            source = f"{language.comment} %%sandbox {self._arguments}\n{self._body}"
            manifest = manifest_of(self._session, options, language, source)
            box, name = self._session.ready_box, options.name or UNTITLED
            if manifest is None:
                loaded = None if box is None else box.extensions.get(name)
                return Grants(Manifest(), extension=name) if loaded is None else loaded.grants
            decisions = {} if box is None else box.decisions
            return Grants.decide(manifest, decisions, name, grant=options.grant, deny=options.deny)
        except HelpWanted:
            return "its line asks for help"
        except (ScopeboxError, UsageError) as error:
            return str(error)

    def _entry(self, name: str, collection: str, style: str) -> str:
        """Return what asks for an execution type, with the weakest role that is enough for a collection."""
        from scopebox.extension.advice.named import Named  # noqa: PLC0415 - loading must be quick
        from scopebox.extension.advice.refused import narrowest, weakest_role  # noqa: PLC0415

        box = self._session.ready_box
        role = "" if box is None or not collection else weakest_role(box.store, Named(name, collection))
        entry = narrowest(name, (), role)
        if style == "api" and name in SCOPES:
            return scope_toml(entry)
        if entry.role is not None and not role:
            entry = msgspec.structs.replace(entry, role=_UNKNOWN_ROLE)
        return entry_toml(entry)
