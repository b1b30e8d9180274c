"""How the collections of a store look in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scopebox.display.view import Table, View, counted
from scopebox.store.schema import NO_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.store import Store
    from scopebox.store.schema import Collection, Field


class CollectionView:
    """One collection: its fields, its relations, and how many items it has."""

    def __init__(self, store: Store, collection: Collection) -> None:
        self._store = store
        self.definition = collection

    @property
    def name(self) -> str:
        """The name."""
        return self.definition.name

    @property
    def fields(self) -> dict[str, Field]:
        """The fields by name."""
        return dict(self.definition.fields)

    def __len__(self) -> int:
        return self._store.count(self.name)

    def __bool__(self) -> bool:
        return True

    def _rows(self) -> list[tuple[str, str, str]]:
        return [(field.name, field.type, self._detail(field)) for field in self.definition.fields.values()]

    def _detail(self, field: Field) -> str:
        relation = self._store.schema.relation_of(self.name, field.name)
        parts = [
            "key" if field.primary_key else "",
            "required" if not field.nullable and field.default is NO_DEFAULT and not field.primary_key else "",
            "unique" if field.unique else "",
            f"= {field.default!r}" if field.default is not NO_DEFAULT else "",
        ]
        if relation is not None:
            here = (relation.many, relation.field) == (self.name, field.name)
            parts.append(f"→ {relation.one}" if here else f"← {relation.many}.{relation.field}")
        return ", ".join(part for part in parts if part)

    def __repr__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _, _ in rows)
        lines = [f"  {name:<{width}}  {type_:<10}  {detail}".rstrip() for name, type_, detail in rows]
        return "\n".join((f"{self.name}: {len(self)} items", *lines))

    def _repr_html_(self) -> str:
        table = Table(f"{self.name}: {counted(len(self), 'item')}", ("field", "type", "more"), self._rows())
        return View((table,)).html()


class Collections(Mapping[str, CollectionView]):
    """The collections of a store by name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, name: str) -> CollectionView:
        return CollectionView(self._store, self._store.schema.collections[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.schema.collections)

    def __len__(self) -> int:
        return len(self._store.schema.collections)

    def _rows(self) -> list[tuple[str, int, str]]:
        return [(name, len(view), ", ".join(view.fields)) for name, view in self.items()]

    def __repr__(self) -> str:
        rows = self._rows()
        if not rows:
            return "no collections"
        width = max(len(name) for name, _, _ in rows)
        return "\n".join(f"{name:<{width}}  {count:>6} items  {names}" for name, count, names in rows)

    def _repr_html_(self) -> str:
        return View((Table("Collections", ("collection", "items", "fields"), self._rows(), wide=(2,)),)).html()
