"""A store file that goes on under a project: whether the file's tables still are what the project describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.store.schema.schema import Schema, columns
from scopebox.store.values.types import column_type

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection, Field

MAX_DIFFERENCES: Final = 20  # that an error names


def reconcile(present: Schema, project: Schema) -> tuple[Schema, tuple[str, ...]]:
    """Return the schema of a file whose own is ``present``, from now on described by ``project``, and what there is to say of it.

    Collections that are new in the project are added, those that only the file has stay. Where both have one, its columns must
    be the same, else SchemaError names all that differ; defaults, flags, aliases and rules of relations follow the project.
    """
    common = [name for name in project.collections if name in present.collections]
    differences = [
        line for name in common for line in _differences(present.collections[name], project.collections[name])
    ] + _lost_references(present, project, common)
    if differences:
        raise SchemaError(
            f"The store file and the project differ: {_few(differences)}",
            hint="Bring the snapshot back to what the file holds, or move the file away to begin anew from the project.",
        )
    notes = [
        f"{name}: new in the project, added to the store file" for name in project.collections if name not in common
    ]
    own = {name: entry for name, entry in present.collections.items() if name not in project.collections}
    notes += [f"{name}: not in the project, kept as the store file has it" for name in own]
    changed = [name for name in common if present.collections[name] != project.collections[name]]
    notes += [f"{name}: its description follows the project, which changed" for name in changed]
    described = {*common, *project.collections}
    kept = tuple(relation for relation in present.relations if relation.many not in described)
    any_kept = tuple(relation for relation in present.any_relations if relation.many not in described)
    relations, any_relations = (*kept, *project.relations), (*any_kept, *project.any_relations)
    schema = Schema(
        {**own, **project.collections},
        relations,
        any_relations,
        project.system,
        project.system_relations,
        project.unfollowed,
        present.records.joined(project.records),
    )
    return schema, tuple(notes)


def _few(lines: list[str]) -> str:
    more = len(lines) - MAX_DIFFERENCES
    return "; ".join([*lines[:MAX_DIFFERENCES], *([f"and {more:,} more"] if more > 0 else [])])


def _differences(present: Collection, project: Collection) -> list[str]:
    there, wanted = ({field.name: field for field in columns(entry)} for entry in (present, project))
    found = [f"{present.name}.{name} is in the file only" for name in there if name not in wanted]
    found += [f"{present.name}.{name} is in the project only" for name in wanted if name not in there]
    for name, field in wanted.items():
        if name in there and (before := _column(there[name])) != (after := _column(field)):
            found.append(f"{present.name}.{name} is {before} in the file and {after} in the project")
    return found


def _column(field: Field) -> str:
    """Return what the table knows of ``field``, in words."""
    parts = [
        field.type if column_type(field).isalpha() else f"{field.type} {column_type(field)}",
        "key" if field.primary_key else "",
        "auto increment" if field.auto_increment else "",
        "" if field.nullable or field.primary_key else "not null",
        "unique" if field.unique else "",
    ]
    return ", ".join(part for part in parts if part)


def _lost_references(present: Schema, project: Schema, common: list[str]) -> list[str]:
    """Return the foreign keys of common collections that refer elsewhere in the project, or for the first time."""
    before, after = (
        {(entry.many, entry.field): entry.one for entry in schema.relations if entry.many in common}
        for schema in (present, project)
    )
    return [
        f"{many}.{field} refers to {before.get((many, field), 'nothing')} in the file and to {one} in the project"
        for (many, field), one in after.items()
        if before.get((many, field)) != one
    ]
