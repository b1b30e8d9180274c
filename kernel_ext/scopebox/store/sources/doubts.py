"""What an access says that a schema cannot follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.query.patterns import Re2
from scopebox.store.query.validation_rules import followed
from scopebox.text.messages import MAX_QUOTED_CHARACTERS, remedy
from scopebox.vocabulary import LOGICAL

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Iterator, Mapping

    from scopebox.store.access import Access
    from scopebox.store.schema.schema import Schema


def doubts(access: Access, schema: Schema) -> Iterator[str]:
    """Yield what ``access`` says about collections, fields and rules that ``schema`` cannot follow; it has no effect."""
    with Re2() as re2:
        yield from _doubts(access, schema, re2)


def _doubts(access: Access, schema: Schema, re2: Re2) -> Iterator[str]:
    for policy in access.policies.values():
        for at, permission in enumerate(policy.permissions):
            place = f"policies.{policy.name}.permissions[{at}]"
            collection = schema.all.get(permission.collection)
            if collection is None:
                yield f"{place}: there is no collection {_close(permission.collection, schema.all)}"
                continue
            names = [name for name in (*permission.fields, *permission.presets) if name != "*"]
            for name in dict.fromkeys(names):
                if name not in collection.fields:
                    yield f"{place}: {collection.name} has no field {_close(name, collection.fields)}"
            for key, rule in (("permissions", permission.permissions), ("validation", permission.validation)):
                for doubt in followed(rule, re2).doubts if key == "validation" else ():
                    yield f"{place}.{key}: {doubt}"
                for name in _fields_of(rule):
                    if name not in collection.fields:
                        yield f"{place}.{key}: {collection.name} has no field {_close(name, collection.fields)}"


def _fields_of(rule: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of the fields that a rule asks about first."""
    for key, value in rule.items():
        if key in LOGICAL:
            for part in value if isinstance(value, list) else ():
                yield from _fields_of(part) if isinstance(part, dict) else ()
        else:
            yield key.partition("(")[2].removesuffix(")") or key


def _close(name: str, known: Names[str]) -> str:
    return f"{name[:MAX_QUOTED_CHARACTERS]!r}; {remedy(name, known)}"
