"""What an access says that a schema cannot follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.query.patterns import Re2
from scopebox.store.query.validation_rules import followed
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS
from scopebox.vocabulary import LOGICAL

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from scopebox.store.access import Access
    from scopebox.store.access.records import AccessRule, Policy
    from scopebox.store.schema.schema import Collection, Schema
    from scopebox.text.notes import Notes


def doubts(access: Access, schema: Schema, notes: Notes) -> Generator[None, None, None]:
    """Note what ``access`` says about collections, fields and rules that ``schema`` cannot follow, in steps; it has no effect."""
    with Re2() as re2:
        for key, policy in access.policies.items():
            yield from _doubt_policy(key, policy, schema, re2, notes)


def _doubt_policy(key: str, policy: Policy, schema: Schema, re2: Re2, notes: Notes) -> Generator[None, None, None]:
    for at, permission in enumerate(policy.permissions):
        yield
        if notes.full:
            return
        place, name = f"policies.{key}.permissions[{at}]", permission.collection
        collection = schema.all.get(name)
        if collection is not None:
            _doubt_fields(permission, collection, place, notes)
            for doubt in followed(permission.validation, re2).doubts:
                notes.add(f"access: {place}.validation: {doubt}")
        elif not name.startswith("directus_") and (meant := notes.meant(name, schema.all)):
            notes.add(f"access: {place}: there is no collection {inline(name)}; did you mean {meant}?")
        else:
            thing = f"permission for {name[:MAX_QUOTED_CHARACTERS]}"
            notes.count(thing, "the store does not have it, not used", f"{key}: {permission.action}")


def _doubt_fields(permission: AccessRule, collection: Collection, place: str, notes: Notes) -> None:
    said = [(place, name) for name in (*permission.fields, *permission.presets) if name != "*"]
    for key, rule in (("permissions", permission.permissions), ("validation", permission.validation)):
        said += [(f"{place}.{key}", name) for name in _fields_of(rule)]
    for where, name in dict.fromkeys(said):
        if name in collection.fields:
            continue
        meant = notes.meant(name, collection.fields)
        if meant:
            notes.add(f"access: {where}: {collection.name} has no field {inline(name)}; did you mean {meant}?")
        else:
            notes.count(f"field in permissions for {collection.name}", "there is no such field, not used", name)


def _fields_of(rule: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of the fields that a rule asks about first."""
    for key, value in rule.items():
        if key in LOGICAL:
            for part in value if isinstance(value, list) else ():
                yield from _fields_of(part) if isinstance(part, dict) else ()
        else:
            yield key.partition("(")[2].removesuffix(")") or key
