"""Grants: what an extension was given of what it asks for.

Required permissions are granted by running the cell; optional ones are denied until the user decides. Decisions last for the
session, keyed by the extension's name and the whole entry, so an entry that changes has to be decided again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scopebox.errors import GrantError
from scopebox.grants.decisions import decided_by, difference, entry_key
from scopebox.grants.refusal import RefusalError
from scopebox.manifest.permission import Permission
from scopebox.text.messages import hint, quote
from scopebox.vocabulary import (
    BUILT_IN,
    EXECUTION_TYPES,
    GRANT_STATES,
    NOT_DECIDED,
    REGISTRATIONS,
    GrantState,
    StateWords,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, MutableMapping

    from scopebox.manifest.manifest import Manifest

UNDECLARED: Final = "The manifest does not ask for it."


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission and what became of it. ``used`` and ``refused`` count calls; ``decided``: somebody granted or denied it."""

    permission: Permission
    state: GrantState
    used: int = 0
    refused: int = 0
    decided: bool = False

    @property
    def allowed(self) -> bool:
        """Whether calls go through at present."""
        return self.state != "denied"

    @property
    def waits(self) -> bool:
        """Whether it is denied because nobody has decided yet."""
        return self.state == "denied" and not self.decided

    @property
    def words(self) -> StateWords:
        """How its state is written."""
        return NOT_DECIDED if self.waits else GRANT_STATES[self.state]


class Grants(Mapping[str, Grant]):
    """The grants of one extension, by permission. May be read and changed from any thread; a change acts on the next call.

    ``decisions`` is where decisions are kept beyond this extension's life: (extension, :func:`entry_key`) to granted or not. ``notes`` say which decisions were lost because
    their entry changed, with the difference. Each function in ``changed`` is called, without arguments, on the thread that
    changed something.
    """

    def __init__(
        self, manifest: Manifest, *, extension: str = "", decisions: MutableMapping[tuple[str, str], bool] | None = None
    ) -> None:
        self.extension = extension
        self.manifest = manifest
        self.changed: list[Callable[[], None]] = []
        self.notes: list[str] = []
        self._decisions = {} if decisions is None else decisions
        self._lock = threading.Lock()
        self._undeclared: dict[str, int] = {}
        # Calls are counted on the loop thread alone, and beside the grants: a call is too frequent to make a record anew.
        self._used: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        built_in = BUILT_IN if manifest.style == "exec" else REGISTRATIONS
        self._grants = {entry.permission: self._first(entry, built_in) for entry in manifest.permissions}
        for name in built_in:
            self._grants.setdefault(name, Grant(Permission(name), "built-in"))

    @classmethod
    def decide(
        cls,
        manifest: Manifest,
        decisions: MutableMapping[tuple[str, str], bool],
        extension: str,
        *,
        grant: Collection[str] = (),
        deny: Collection[str] = (),
        on_change: Callable[[], None] | None = None,
    ) -> Grants:
        """Return the grants of one run: remembered decisions, overruled by ``grant`` and ``deny`` for this run alone.

        GrantError for permissions that are not optional in the manifest, and for names that are in both.
        """
        grants = cls(manifest, extension=extension, decisions=decisions)
        for name in grant:
            if name in deny:
                raise GrantError(f"{quote(name)} is both granted and denied", hint="Decide for one of them.")
        for names, state in ((grant, "granted"), (deny, "denied")):
            for name in names:
                grants._check_optional(name, state)
                grants._grants[name] = replace(grants._grants[name], state=state, decided=True)  # type: ignore[arg-type]
        if on_change is not None:
            grants.changed.append(on_change)
        return grants

    def _first(self, entry: Permission, built_in: tuple[str, ...]) -> Grant:
        if entry.permission in built_in:
            return Grant(entry, "built-in")
        if not entry.optional:
            return Grant(entry, "required")
        key = entry_key(entry)
        decision = self._decisions.get((self.extension, key))
        if decision is None:
            self._note_lost(entry)
        return Grant(entry, "granted" if decision else "denied", decided=decision is not None)

    def _note_lost(self, entry: Permission) -> None:
        for (extension, key), granted in self._decisions.items():
            if granted and extension == self.extension:
                before = decided_by(key)
                if before.permission == entry.permission:
                    self.notes.append(
                        f"The grant of {entry.permission} was for another entry, so it has to be given again:\n"
                        f"{difference(before, entry)}"
                    )

    def __getitem__(self, name: str) -> Grant:
        return replace(self._grants[name], used=self._used[name], refused=self._refused[name])

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._grants))

    def __len__(self) -> int:
        return len(self._grants)

    def __repr__(self) -> str:
        states = ", ".join(f"{name}: {grant.state}" for name, grant in self.items() if grant.state != "built-in")
        return f"<Grants of {self.extension or 'an extension'}: {states or 'nothing but what is built in'}>"

    @property
    def undeclared(self) -> Mapping[str, int]:
        """How often each execution type was refused because the manifest does not ask for it."""
        with self._lock:
            return dict(self._undeclared)

    def grant(self, name: str) -> None:
        """Grant an optional permission from the next call on; GrantError if it is not an optional one."""
        self._decide(name, "granted")

    def deny(self, name: str) -> None:
        """Deny an optional permission from the next call on; GrantError if it is not an optional one."""
        self._decide(name, "denied")

    def _decide(self, name: str, state: GrantState) -> None:
        with self._lock:
            self._check_optional(name, state)
            entry = self._grants[name].permission
            self._grants[name] = replace(self._grants[name], state=state, decided=True)
            self._decisions[self.extension, entry_key(entry)] = state == "granted"
        self._tell()

    def _check_optional(self, name: str, state: str) -> None:
        grant = self._grants.get(name)
        if grant is None:
            asked = ", ".join(entry.permission for entry in self.manifest.permissions) or "nothing"
            raise GrantError(
                f"The manifest does not ask for {quote(name)}, so it cannot be {state}",
                hint=hint(name, self._grants, f"It asks for: {asked}. Add an entry to the manifest first."),
            )
        if grant.state == "built-in":
            raise GrantError(f"{name} is built in and cannot be {state}", hint="Every extension has it.")
        if grant.state == "required":
            advice = (
                "Nothing is left to do: running the cell grants it."
                if state == "granted"
                else "Do not run the extension, or make the entry optional = true in its manifest."
            )
            raise GrantError(f"{name} is required by the manifest and cannot be {state}", hint=advice)

    def check(self, name: str) -> Permission:
        """Return the permission that covers a call of the execution type ``name``, and count the call; else raise RefusalError."""
        grant = self._grants.get(name)
        if grant is not None and grant.state != "denied":
            self._used[name] += 1
            return grant.permission
        if grant is None:
            raise RefusalError(f'No permission to access "{name}"', "undeclared", hint=UNDECLARED)
        raise RefusalError(
            f'No permission to access "{name}"',
            "denied",
            hint=f"The manifest asks for it as optional, and it is not granted. Grant it with: %sandbox grant {self.extension} {name}",
        )

    def note_refused(self, name: str) -> None:
        """Count a call that was refused, by :meth:`check` or by what stands behind it."""
        with self._lock:
            grant = self._grants.get(name)
            if grant is None:
                if name in EXECUTION_TYPES:
                    self._undeclared[name] = self._undeclared.get(name, 0) + 1
            else:
                if grant.allowed and self._used[name]:
                    self._used[name] -= 1
                self._refused[name] += 1
        self._tell()

    def _tell(self) -> None:
        for function in tuple(self.changed):
            function()
