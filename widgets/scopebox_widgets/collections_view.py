"""Collections: the schema as a drawing, and the items as a role sees them. Looking runs no hooks and changes nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.errors import ScopeboxError
from scopebox.store.access.access import role_names
from scopebox.store.reading.request import Request
from scopebox.store.views.fields import ORDINARY, collection_kind, collection_words, field_sign, field_words
from scopebox.store.views.relations import Relations
from scopebox.views import items
from scopebox.views.html import Markup, badge, element, join, table, text
from scopebox.views.parts import counted
from scopebox.vocabulary import QUERY_KEYS

from scopebox_widgets.changed_items import Changes, Snapshot, compare
from scopebox_widgets.diagram import Seen
from scopebox_widgets.fields import FieldError, mark, parsed, unmark
from scopebox_widgets.html import Html
from scopebox_widgets.paging import Pager
from scopebox_widgets.schema_map import SchemaMap, readable
from scopebox_widgets.view import View, button, failure, offer

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection

PAGE_ITEMS: Final = 20
MAX_FIELDS: Final = 100  # of a collection that are described
MAX_KEYS: Final = 10_000  # items whose coming and going is noticed
UNCHECKED_LABEL: Final = "the store itself, unchecked"
NOTE: Final = "Looking runs no hooks. What changes from now on is marked, until you look at something else."


class Collections(View):
    """One collection at a time, as one role sees it."""

    title = "Collections"

    def build(self) -> list[widgets.Widget]:
        """Make the drawing, the controls and the table."""
        narrow, wide = widgets.Layout(width="22em"), widgets.Layout(width="min(100%, 46em)")
        self._map = SchemaMap(self.guarded(self._pick))
        self._fields, self._items = Html(), Html()
        self._collection = widgets.Dropdown(description="Collection", layout=narrow)
        self._role = widgets.Dropdown(description="See as", layout=narrow)
        self._sort = widgets.Dropdown(description="Sort", layout=narrow)
        self._filter = widgets.Text(
            description="Filter", placeholder='{"status": {"_eq": "draft"}} or a whole query', layout=wide,
            continuous_update=False,
        )  # fmt: skip
        self._pager = Pager(PAGE_ITEMS, "item", self._look)
        self._accept = button("Clear highlights", self.guarded(lambda _: self._fresh()))
        self._before: tuple[object, Snapshot] | None = None
        self._seen = Seen()
        self._drawing = False
        self._reading = self._again = False
        for control in (self._collection, self._role, self._sort, self._filter):
            control.observe(self.guarded(self._on_choice), "value")
        row = widgets.HBox([self._collection, self._role, self._sort])
        row.add_class("sbx-controls")
        return [
            self._map.widget,
            row,
            self._fields,
            self._filter,
            self._items,
            widgets.HBox([self._pager.widget, self._accept]),
        ]

    def draw(self) -> None:
        """Offer what there is, and read the items again."""
        schema = self.box.store.schema
        self._drawing = True
        try:
            relations = Relations.of(schema)
            kinds = ((name, collection_kind(relations, entry)) for name, entry in schema.all.items())
            offer(self._collection, [(name if kind == ORDINARY else f"{name} ({kind})", name) for name, kind in kinds])
            offer(self._role, [(name, name) for name in (*role_names(self.box.store.access), UNCHECKED_LABEL)])
            self._offer_sort()
        finally:
            self._drawing = False
        self._describe()
        self._map.draw(schema, self._seen, self._collection.value)
        if self._collection.value is not None:
            self._look()

    def _pick(self, collection: str) -> None:
        self._collection.value = collection

    def _describe(self) -> None:
        """Say of the fields of the chosen collection what is known of them."""
        schema = self.box.store.schema
        collection = schema.all.get(self._collection.value or "")
        self._fields.value = "" if collection is None else fields_table(Relations.of(schema), collection)

    def _offer_sort(self) -> None:
        collection = self.box.store.schema.all.get(self._collection.value or "")
        names = _columns(collection) if collection is not None else []
        options = [
            (f"{name} {way}", sign + name) for name in names for sign, way in (("", "ascending"), ("-", "descending"))
        ]
        offer(self._sort, [("unsorted", ""), *options])

    def _on_choice(self, change: dict[str, object]) -> None:
        if self._drawing:
            return
        if change["owner"] is self._collection:
            self._drawing = True
            self._offer_sort()
            self._drawing = False
            self._describe()
        self._fresh()

    def _fresh(self) -> None:
        """Look at something else: the first page, without marks."""
        self._before = None
        self._pager.page = 0
        self._look()

    def _look(self) -> None:
        """Read in the background; once more afterwards, if something changed meanwhile."""
        if self._reading:
            self._again = True
            return
        self._reading = True
        self.start(self._read())

    async def _read(self) -> None:
        unmark([self._filter])
        try:
            self._items.value = element("div", await self._page(), data_sbx="items")
        except (ScopeboxError, ValueError, LookupError) as error:
            if isinstance(error, ScopeboxError):
                mark(error)
            self._items.value = element("div", failure(error), role="alert", data_sbx="items")
        finally:
            self._reading = False
        if self._map.fold.value:
            await self._survey(str(self._role.value))
        if self._again:
            self._again = False
            self._look()

    async def _survey(self, role: str) -> None:
        """Draw the schema with what the role sees of it."""
        store, names = self.box.store, self._map.collections
        request = self._request(role)
        counts: dict[str, int] = {}
        for name in names:
            with suppress(ScopeboxError):  # it may not read that
                counts[name] = (await self._counts(name, {}, request))["total_count"]
        self._seen = Seen(role, counts, readable(store.access, request.accountability, names))
        self._map.draw(store.schema, self._seen, self._collection.value)

    def _request(self, role: str) -> Request:
        return Request(None if role == UNCHECKED_LABEL else self.box.store.access.for_role(role))

    async def _page(self) -> Markup:
        name, role = str(self._collection.value), str(self._role.value)
        collection = self.box.store.schema.all[name]
        request = self._request(role)
        given = query(self._filter)
        sort = {"sort": [self._sort.value]} if self._sort.value else {}
        here = {"limit": PAGE_ITEMS, "offset": self._pager.start}
        rows = await self._rows(name, {**sort, **here, **given}, request)
        counts = await self._counts(name, given, request)
        keys = await self._keys(collection, given, request)
        marks = self._marks((name, role, sort, given, here["offset"]), Snapshot(rows, keys), collection)
        self._pager.count(counts["filter_count"] if "limit" not in given else len(rows))
        return join([_head(name, role, counts, marks), items_table(collection, rows, marks)])

    def _marks(self, question: object, look: Snapshot, collection: Collection) -> Changes:
        """Return what changed since the same question was first answered; another one begins anew."""
        if self._before is None or self._before[0] != question:
            self._before = (question, look)
        return compare(self._before[1], look, collection.primary_key.name)

    async def _rows(self, name: str, wanted: dict[str, object], request: Request) -> list[dict[str, object]]:
        chain = self.box.services.chains.start(f"look at {name}", notebook=True)
        found = await self.box.services.chains.run_async(chain, self.box.store.reader.read(name, wanted, request))
        return found.data if isinstance(found.data, list) else []

    async def _counts(self, name: str, given: dict[str, object], request: Request) -> dict[str, int]:
        chain = self.box.services.chains.start(f"count {name}", notebook=True)
        meta: dict[str, object] = {**selecting(given), "meta": ["total_count", "filter_count"]}
        return await self.box.services.chains.run_async(chain, self.box.store.reader.counts(name, meta, request))

    async def _keys(self, collection: Collection, given: dict[str, object], request: Request) -> frozenset[str]:
        """Return the keys of all that is selected; none where the query makes rows that are no items."""
        if "aggregate" in given or "groupBy" in given:
            return frozenset()
        key = collection.primary_key.name
        rows = await self._rows(collection.name, {**selecting(given), "fields": [key], "limit": MAX_KEYS}, request)
        return frozenset(str(row.get(key)) for row in rows)

    def static(self) -> Markup:
        """Return the schema as a table; items are shown only where a kernel runs."""
        schema = self.box.store.schema
        relations = Relations.of(schema)
        rows = []
        for entry in list(schema.collections.values())[:PAGE_ITEMS]:
            fields = ", ".join(
                f"{field.name} ({field_sign(relations, entry, field)})" for field in entry.fields.values()
            )
            rows.append((entry.name, collection_kind(relations, entry), text(fields, 600)))
        return table("Collections", ("Collection", "Kind", "Fields"), rows, empty="none")


def query(field: widgets.Text) -> dict[str, object]:
    """Return what was written into the filter box as a query: a filter alone, or an object with the keys of a query."""
    given = parsed(field, {})
    if not isinstance(given, dict):
        raise FieldError(field, "Filter has to be an object", hint='For example {"status": {"_eq": "draft"}}.')
    return given if any(key in QUERY_KEYS for key in given) else {"filter": given} if given else {}


def selecting(given: dict[str, object]) -> dict[str, object]:
    """Return the part of a query that says which items it is about."""
    return {name: value for name, value in given.items() if name in ("filter", "search")}


def _columns(collection: Collection) -> list[str]:
    return [field.name for field in collection.fields.values() if field.type != "alias"]


def fields_table(relations: Relations, collection: Collection) -> Markup:
    """Return what there is to know of a collection and its fields, folded."""
    kind = collection_kind(relations, collection)
    about = [*([] if kind == ORDINARY else [kind]), *collection_words(collection)]
    fields = list(collection.fields.values())[:MAX_FIELDS]
    rows = [
        (field.name, field.type, text(", ".join(field_words(relations, collection, field)), 600), field.note)
        for field in fields
    ]
    rest = len(collection.fields) - len(fields)
    caption = f"Fields ({rest:,} more are not shown)" if rest else "Fields"
    drawn = table(caption, ("Field", "Type", "What else is known", "Note"), rows, empty="none")
    note = element("p", text(collection.note), class_="sbx-note") if collection.note else ""
    words = ", ".join([f"{counted(len(collection.fields), 'field')} of {collection.name}", *about])
    return element("details", element("summary", text(words)), note, drawn, class_="sbx-fields")


def _head(name: str, role: str, counts: dict[str, int], marks: Changes) -> Markup:
    total, found = counts["total_count"], counts["filter_count"]
    words = counted(total, "item") if total == found else f"{found:,} of {counted(total, 'item')}"
    head = element(
        "p", element("strong", words), " of ", element("code", name), " as ", element("code", role), ". ", NOTE
    )
    if not marks.any:
        return head
    said = [f"{len(marks.new):,} new", f"{len(marks.changed):,} changed on this page", f"{marks.gone:,} gone"]
    return join([head, element("p", badge("since you look", "info"), " ", ", ".join(said))])


def items_table(collection: Collection, rows: list[dict[str, object]], marks: Changes) -> Markup:
    """Return items as a table; new ones and changed values are marked by a word."""
    if not rows:
        return element("p", "No item that this role may see matches.", class_="sbx-empty")
    key = collection.primary_key.name
    names = list(dict.fromkeys(name for row in rows for name in row))
    names.sort(key=lambda name: (name != key, name in collection.fields and collection.fields[name].type == "alias"))

    def mark(row: dict[str, object], name: str) -> Markup | None:
        item = str(row.get(key))
        if name == names[0] and item in marks.new:
            return badge("new", "ok")
        return badge("changed", "warn") if name in marks.changed.get(item, ()) else None

    return items.items_table(rows, names, mark if marks.any else None)
