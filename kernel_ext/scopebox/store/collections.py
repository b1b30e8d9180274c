"""How a store and its collections look in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scopebox.store.views.schema import collection_view
from scopebox.text.messages import quote, remedy
from scopebox.views.parts import Displayed, Line, Part, Table, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scopebox.store.access.access import Access
    from scopebox.store.schema.schema import Collection, Field
    from scopebox.store.writing.basis import StoreVersion


class CollectionView(Displayed):
    """One collection: its fields, its relations, and how many items it has."""

    def __init__(self, current: Callable[[], StoreVersion], collection: Collection) -> None:
        self._current = current
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
        return count(self._current(), self.name)

    def __bool__(self) -> bool:
        return True

    def view(self) -> View:
        """Return the fields: name, type, and what else there is to know, and the relations from it and to it."""
        return collection_view(self._current().schema, self.definition, len(self), shown=self)

    def __repr__(self) -> str:
        return self.view().text()

    def html(self) -> str:
        """Return what :meth:`view` does as HTML."""
        return self.view().html()


class Collections(Mapping[str, CollectionView], Displayed):
    """The collections of a store by name. KeyError, with a close match, for any other name."""

    def __init__(self, current: Callable[[], StoreVersion]) -> None:
        self._current = current

    def __getitem__(self, name: str) -> CollectionView:
        known = self._current().schema.collections
        if name not in known:
            raise KeyError(f"There is no collection {quote(name)}; {remedy(str(name), known)}")
        return CollectionView(self._current, known[name])

    def __contains__(self, name: object) -> bool:
        return name in self._current().schema.collections

    def __iter__(self) -> Iterator[str]:
        return iter(self._current().schema.collections)

    def __len__(self) -> int:
        return len(self._current().schema.collections)

    def table(self) -> Table:
        """Return a row for each collection: how many items it has, and its fields."""
        rows = [(name, len(view), ", ".join(view.fields)) for name, view in self.items()]
        return Table("Collections", ("collection", "items", "fields"), rows, empty="none yet")

    def __repr__(self) -> str:
        return self.table().text()

    def html(self) -> str:
        """Return the table as HTML."""
        return View((self.table(),)).html()


def count(version: StoreVersion, collection: str) -> int:
    """Return how many items ``collection`` has, which may be a system collection. KeyError without such a collection."""
    table = version.schema.all[collection].name
    return version.database.read_now(lambda session: session.count(table))


def overview(place: str, collections: Collections, access: Access, notes: Sequence[str]) -> tuple[Part, ...]:
    """Return where a store keeps its items, its collections, who may use them, and what of a project was skipped."""
    roles = ", ".join(access.roles) or "none but admin and public"
    parts: list[Part] = [Line(f"Store {place}"), collections.table(), Line(f"Roles: {roles}", "muted")]
    return (*parts, *(Line(note, "warning") for note in notes))
