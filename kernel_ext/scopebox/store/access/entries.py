"""The entries of an access: by name as in an access.json of ours, or listed as the API of a Directus answers them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS, hint, remedy

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Iterable

Record = dict[str, object]
PARTS: Final = ("users", "roles", "policies", "permissions", "access")
MAX_ENTRIES: Final = {"users": 10_000, "roles": 1_000, "policies": 1_000, "permissions": 50_000, "access": 50_000}
MAX_NAME: Final = 300  # characters of the name of a user, a role or a policy
FEWER: Final = "Leave out what the notebook does not need."
_NEARLY: Final = 0.8  # letters in common of a word and its misspelling
_BY_NAME: Final = ("users", "roles", "policies")


@dataclass(frozen=True, slots=True)
class Entry:
    """One user, role, policy, permission or access, and its place in the source.

    ``key`` is its name in an access.json of ours, where a slip of the pen is an error; a record of the API has none, and what is
    missing beside it is noted.
    """

    place: str
    key: str | None
    record: Record

    def text(self, name: str, *, secret: bool = False) -> str | None:
        """Return a text, None for none. An error about a ``secret`` does not repeat it."""
        value = self.record.get(name)
        if value is not None and not isinstance(value, str):
            raise SchemaError(f"{self.place}.{name} has to be a text" + ("" if secret else f", not {inline(value)}"))
        return value or None

    def flag(self, name: str) -> bool:
        """Return whether something is so."""
        value = self.record.get(name, False)
        if value is not None and not isinstance(value, bool):
            raise SchemaError(f"{self.place}.{name} has to be true or false, not {inline(value)}")
        return bool(value)

    def names(self, name: str) -> tuple[str, ...]:
        """Return a list of names; a Directus also writes them with commas."""
        given = self.record.get(name) or []
        names = given.split(",") if isinstance(given, str) else given
        if not isinstance(names, list) or not all(isinstance(entry, str) for entry in names):
            raise SchemaError(f"{self.place}.{name} has to be a list of names, not {inline(given)}")
        return tuple(names)

    def listed(self, name: str) -> list[object]:
        """Return a list of anything."""
        given = self.record.get(name)
        if given is not None and not isinstance(given, list):
            raise SchemaError(f"{self.place}.{name} has to be a list, not {inline(given)}")
        return given or []

    def more(self, keys: frozenset[str], usual: frozenset[str] | None = None) -> Record:
        """Return what stands there beside ``keys``: ``usual`` fields, and others of its own.

        Where the usual ones are known, one that is nearly one of them or a key is a slip of the pen in what somebody wrote by
        hand: SchemaError.
        """
        found = {name: value for name, value in self.record.items() if name not in keys}
        long = next((name for name in found if len(name) > MAX_NAME), None)
        if long is not None:
            what = f"the key {inline(long)} has {len(long):,} characters, {MAX_NAME} are the limit"
            raise SchemaError(f"{self.place}: {what}", hint="Shorten it.")
        if usual is None or self.key is None:
            return found
        for name in found.keys() - usual:
            meant = get_close_matches(name, keys | usual, n=1, cutoff=_NEARLY)
            if meant:
                raise SchemaError(f"{self.place} has the unknown key {inline(name)}", hint=f"Did you mean {meant[0]}?")
        return found


def known(record: Record, keys: frozenset[str], place: str) -> None:
    """Raise SchemaError for a key of ``record`` that is none of ``keys``."""
    for key in record:
        if key not in keys:
            otherwise = f"its keys are {enumerated(sorted(keys))}"
            raise SchemaError(f"{place} has the unknown key {inline(key)}", hint=hint(key, keys, otherwise))


def entries(source: Record, part: str) -> list[Entry]:
    """Return the entries of one part: an object by name, a list, or the list under ``data`` of an answer of the API."""
    given = source.get(part, {})
    if isinstance(given, dict) and isinstance(given.get("data"), list) and given.keys() <= {"data", "meta"}:
        given = given["data"]
    if not isinstance(given, list | dict) or (isinstance(given, dict) and given and part not in _BY_NAME):
        form = "an object of objects, by name, or a list of them" if part in _BY_NAME else "a list of objects"
        raise SchemaError(f"{part} has to be {form}, not {inline(given)}")
    if len(given) > MAX_ENTRIES[part]:
        raise SchemaError(f"{len(given):,} {part}, {MAX_ENTRIES[part]:,} are the limit", hint=FEWER)
    if isinstance(given, list):
        return [_entry(part, f"{part}[{at}]", None, record) for at, record in enumerate(given)]
    return [_entry(part, f"{part}.{key}", str(key), record) for key, record in given.items()]


def _entry(part: str, place: str, key: str | None, record: object) -> Entry:
    name = key if key is not None else record.get("name") if isinstance(record, dict) else None
    if isinstance(name, str) and len(name) > MAX_NAME:
        raise SchemaError(
            f"{part}: the name {inline(name)} has {len(name):,} characters, {MAX_NAME} are the limit",
            hint="Shorten it.",
        )
    if not isinstance(record, dict):
        raise SchemaError(f"{place} has to be an object, not {inline(record)}")
    return Entry(place, key, record)


class References:
    """Policies or roles by what others call them: their key, their id, or a name that no other has."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._keys: dict[str, str] = {}
        self._shared: set[str] = set()
        self.names: dict[str, None] = {}

    def add(self, key: str, *called: str | None) -> None:
        """Know the entry ``key``, which is ``called`` something else as well."""
        self.names[key] = None
        for name in (key, *called):
            if name and self._keys.setdefault(name, key) != key:
                self._shared.add(name)

    def find(self, reference: object) -> str | None:
        """Return the key of what ``reference``, a text or an object with an id or a name, leads to."""
        if isinstance(reference, dict):
            reference = reference.get("id") or reference.get("name")
        return self._keys.get(reference) if isinstance(reference, str) and reference not in self._shared else None

    def missing(self, reference: object) -> str:
        """Return the words of an error about a ``reference`` that leads nowhere."""
        text = reference if isinstance(reference, str) else inline(reference)
        if text in self._shared:
            return f"more than one {self.kind} is called {text[:MAX_QUOTED_CHARACTERS]!r}; say which by its id"
        return f"there is no {self.kind} {text[:MAX_QUOTED_CHARACTERS]!r}; {remedy(text, self.names)}"


def unique(names: Iterable[tuple[str, str]]) -> list[str]:
    """Return a key for each pair of a name and an id: the name, and where several have it the id with it."""
    pairs = list(names)
    seen: dict[str, int] = {}
    for name, _ in pairs:
        seen[name] = seen.get(name, 0) + 1
    return [name if seen[name] == 1 else f"{name} ({id_})" for name, id_ in pairs]


def enumerated(names: Names[str]) -> str:
    """Return ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}"
