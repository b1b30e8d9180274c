"""From payloads to rows: what each column of a collection holds, and which value is refused first."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store import errors
from scopebox.store.schema.schema import NO_DEFAULT, columns
from scopebox.store.values.casting import Cast, DigitsError, LengthError, cast_of
from scopebox.store.values.generated import Author, Made, check_written, filled, made, stamped
from scopebox.store.values.hashes import hashed
from scopebox.store.values.types import NUMBERS, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.store.schema.schema import Collection, Field

_OF_COLUMNS: Final = (LengthError, DigitsError)
EMPTY: Final[Mapping[str, object]] = MappingProxyType({})


class Row(dict[str, object]):
    """The columns of a new row that are not what they are in every row: ``defaults``, which all rows share; what neither holds is null.

    They are set once the row is made: a thousand rows are made in a write, and a method of its own would take as long as the rest.
    """

    __slots__ = ("defaults",)
    defaults: Mapping[str, object]

    def __missing__(self, name: str) -> object:
        return self.defaults.get(name)

    def present(self) -> Iterable[object]:
        """Return the values of all columns; those that are null may be missing."""
        if self.defaults.keys() <= self.keys():
            return self.values()
        return chain(self.values(), [value for name, value in self.defaults.items() if name not in self])


@dataclass(frozen=True)
class Casts:
    """How the rows of one collection are made. ``defaults`` is the row of an empty payload, in the order of the columns.

    ``filled`` are the fields with a value of the store's own where the payload has none, ``created`` and ``updated`` make the
    values that replace what a payload says. Of the ``hashed`` ones a hash is kept, and nobody writes
    the ``generated`` ones.
    """

    collection: Collection
    casts: Mapping[str, Cast]
    defaults: Mapping[str, object]
    not_null: tuple[str, ...]
    filled: tuple[Field, ...]
    created: Mapping[str, Made]
    updated: Mapping[str, Made]
    hashed: tuple[str, ...] = ()
    generated: frozenset[str] = frozenset()

    def row(self, payload: Mapping[str, object], who: Author | None = None) -> Row:
        """Return the row that a create inserts; raises DirectusError for a value that its column does not take."""
        if self.filled or self.created:
            given = dict(payload)
            payload = given | {field.name: filled(field, given) for field in self.filled}
            payload |= {name: make(who) for name, make in self.created.items()}
        row = Row()
        row.defaults = self._defaults
        self.values(payload, found=row)
        row.setdefault(self._key, None)  # it is looked at again and again, and is there then
        for name in self.not_null:
            if row[name] is None:
                raise errors.not_null(self.collection.name, name)
        return row

    @cached_property
    def _key(self) -> str:
        return self.collection.primary_key.name

    @cached_property
    def _defaults(self) -> Mapping[str, object]:
        return {name: value for name, value in self.defaults.items() if value is not None}

    def values(
        self, payload: Mapping[str, object], *, without: str = "", found: dict[str, object] | None = None
    ) -> dict[str, object]:
        """Return the columns that ``payload`` sets, in ``found``, except ``without``; unknown names and aliases are left out."""
        casts = self.casts
        found = {} if found is None else found
        if self.hashed:
            payload = {**payload, **{name: hashed(payload[name]) for name in self.hashed if name in payload}}
        if self.generated and not self.generated.isdisjoint(payload):
            raise self._fault(payload, without)
        for name, value in payload.items():
            cast = casts.get(name)
            if cast is None or name == without:
                continue
            try:
                found[name] = None if value is None else cast(value)
            except (InputError, LengthError, DirectusError):
                raise self._fault(payload, without) from None
        return found

    def check_moments(self, payload: Mapping[str, object]) -> None:
        """Raise the DirectusError of the first value of ``payload`` that a Directus refuses before it asks the database."""
        for name in self._given(payload):
            error = self._refusal(name, payload[name])
            if isinstance(error, DirectusError):
                raise error

    def _fault(self, payload: Mapping[str, object], without: str) -> DirectusError:
        """Return the error of the first wrong value of ``payload``: first in the order of a Directus, then of its database.

        That reads values in the order of the statement, which an insert sorts, before it sees whether its columns hold them.
        """
        self.check_moments({name: value for name, value in payload.items() if name != without})
        check_written(self.generated, payload, update=bool(without))
        names = self._given(payload)
        wrong = [
            (name, error)
            for name in (names if without else sorted(names))
            if name != without and (error := self._refusal(name, payload[name])) is not None
        ]
        read = [entry for entry in wrong if not isinstance(entry[1], _OF_COLUMNS)]
        name, error = read[0] if read else min(wrong, key=lambda entry: names.index(entry[0]))
        value, collection = payload[name], self.collection.name
        if isinstance(error, LengthError):
            return errors.too_long(collection, name, value)
        if isinstance(error, InputError) and error.kind == "range" and self.collection.fields[name].type in NUMBERS:
            return errors.out_of_range(collection, name, value)
        return errors.internal_error(str(error))

    def _given(self, payload: Mapping[str, object]) -> list[str]:
        return [name for name in self.casts if payload.get(name) is not None]

    def _refusal(self, name: str, value: object) -> InputError | LengthError | DirectusError | None:
        try:
            self.casts[name](value)
        except (InputError, LengthError, DirectusError) as error:
            return error.with_traceback(
                None
            )  # its frames would be held by those who hold it, and the payload with them
        return None

    def taken(self, payload: Mapping[str, object], names: Iterable[str]) -> dict[str, object]:
        """Return the columns ``names`` as far as ``payload`` holds values that they take."""
        found = {}
        for name in names:
            value = payload.get(name)
            if value is not None and not isinstance(value, list | dict):
                with suppress(InputError, LengthError, DirectusError):
                    found[name] = self.casts[name](value)
        return found

    def update(self, payload: Mapping[str, object], who: Author | None = None) -> dict[str, object]:
        """Return the columns that an update sets; the primary key is never among them."""
        if self.updated:
            payload = {**payload, **{name: make(who) for name, make in self.updated.items()}}
        values = self.values(payload, without=self.collection.primary_key.name)
        for name in self.not_null:
            if name in values and values[name] is None:
                raise errors.not_null(self.collection.name, name)
        return values


def casts_of(collection: Collection) -> Casts:
    """Return the casts of ``collection``; made once for each version of the schema."""
    fields = columns(collection)
    casts = {field.name: cast_of(field) for field in fields}
    defaults: dict[str, object] = {}
    for field in fields:
        default = None if field.default is NO_DEFAULT or field.auto_increment or stamped(field) else field.default
        defaults[field.name] = None if default is None else casts[field.name](default)
    own = tuple(field for field in fields if "uuid" in field.special or stamped(field))
    not_null = tuple(
        field.name for field in fields if not field.nullable and not field.primary_key and "uuid" not in field.special
    )
    created, updated = (
        {field.name: make for field in fields if (make := made(field, action))} for action in ("create", "update")
    )
    secret = tuple(field.name for field in fields if field.hashed)
    generated = frozenset(field.name for field in fields if field.generated)
    return Casts(collection, casts, defaults, not_null, own, created, updated, secret, generated)
