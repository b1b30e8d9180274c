"""The validations of fields, as far as they can be followed; the rest is noted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.store.query.patterns import Re2
from scopebox.store.query.validation_rules import Followed, followed
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Generator

    from scopebox.store.schema.schema import Collection, Schema
    from scopebox.text.notes import Notes

MAX_VALUES: Final = 5_000
"""Conditions and values in the validations of one collection: all of them are held against every item that is written."""

_NOTHING: Final = Followed({}, (), frozenset())


def with_followed_rules(schema: Schema, notes: Notes) -> Generator[None, None, Schema]:
    """Return ``schema`` with those conditions of its validations alone that can be followed; looked at in steps."""
    collections = {}
    with Re2() as re2:
        for name, entry in schema.collections.items():
            collections[name] = yield from _checked(entry, re2, notes)
    return replace(schema, collections=collections)


def _checked(collection: Collection, re2: Re2, notes: Notes) -> Generator[None, None, Collection]:
    fields, values = dict(collection.fields), 0
    for name, field in collection.fields.items():
        if not field.validation:
            continue
        yield
        found = followed(field.validation, re2) if values <= MAX_VALUES else _NOTHING
        values += found.values
        doubts = [*found.doubts, *_unknown(found, collection)]
        if values > MAX_VALUES:
            found = _NOTHING
            doubts.append(f"with it {collection.name} has more than {MAX_VALUES:,} conditions and values")
        for doubt in doubts:
            notes.count("validation", f"not followed, {doubt}", f"{collection.name}.{name}")
        fields[name] = replace(field, validation=found.rule)
    return replace(collection, fields=fields)


def _unknown(found: Followed, collection: Collection) -> list[str]:
    """Return what is to be said of the fields that a rule is about and that are not there; such a condition never fails."""
    return [f"there is no field {inline(name)}" for name in sorted(found.names) if name not in collection.fields]
