"""Which items a pull takes: some of every collection, then what those refer to and what belongs to them, within bounds.

Children (the items that refer to one, where it has a list of them) are asked for only where not all items of their collection are
there anyway. They are followed from sampled items, from children and from what a many-to-any relation leads to, which is a part of
its owner; not from what is merely referred to: the author of one article would bring along all others of theirs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.directus.address import segment
from scopebox.directus.description import USERS, Description, Table
from scopebox.directus.failures import NO_RIGHT, RefusedError
from scopebox.directus.listing import KEYS, PAGE, Listing, attempts
from scopebox.directus.sample import MAX_ALL_BYTES, MAX_ALL_ITEMS, MAX_BYTES, Sample, anonymous
from scopebox.store.sources.pulled import Content, LeftOut
from scopebox.text.visible import clean
from scopebox.views.parts import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.directus.client import Client, Say
    from scopebox.directus.links import Link
    from scopebox.directus.pull_folder import PullFolder

ROUNDS: Final = 5  # of following relations
LEAST_RELATED: Final = 100  # items of a collection that may come because of others, however small the sample is
RELATED_TIMES: Final = 5  # the sample


class Sampling:
    """Takes the items of ``tables``, by collection, into ``folder``; of what is there already it goes on."""

    def __init__(
        self,
        client: Client,
        description: Description,
        folder: PullFolder,
        tables: Mapping[str, Table],
        *,
        page: int = PAGE,
        say: Say,
    ) -> None:
        self._client = client
        self._schema = description.schema
        self._folder = folder
        self._tables = tables
        self._page = page
        self._say = say
        self._most = folder.record.options.items
        self._keys: dict[str, set[str]] = defaultdict(set)  # what was taken
        self._wanted: dict[str, dict[str, None]] = defaultdict(dict)  # what is referred to, in order
        self._owners: dict[str, list[str]] = defaultdict(list)  # whose children were not asked for
        self._owned: set[tuple[str, str]] = set()  # items that a many-to-any relation leads to
        self._sizes: dict[str, int] = {}  # bytes of what was taken
        self._bytes = 0  # of all that was taken
        self._items = 0
        self._whole: set[str] = set()  # collections of which everything is there
        self._links: dict[str, list[Link]] = defaultdict(list)
        for link in description.links:
            self._links[link.many].append(link)
        self._listed: dict[str, list[Link]] = defaultdict(list)
        for link in description.links:
            if link.listed and link.many in tables:
                self._listed[link.many].append(link)

    def want(self, collection: str, keys: Iterable[str]) -> None:
        """Take along the items with ``keys``."""
        self._wanted[collection].update(dict.fromkeys(keys))

    def take(self, name: str) -> None:
        """Take the first items of a collection, unless an earlier run did."""
        table = self._tables[name]
        sample = self._reopened(name)
        if self._folder.is_whole(name):
            self._weigh(name, sum(map(len, sample.items)))
            self._note_keys(sample, owners=True)
            return
        try:
            total = self._singleton(sample) if table.singleton else self._first(sample)
        except RefusedError as error:
            self._folder.leave_out([LeftOut(name, "", error.why)])
            self._folder.finish(name)
            return
        self._folder.leave_out(LeftOut(name, field, NO_RIGHT) for field in sorted(sample.unread))
        self._note_keys(sample, owners=True)
        self._store(sample, total)
        number = len(sample.items)
        partly = f"{number:,} of {total:,} items" if total is not None and total > number else counted(number, "item")
        self._say(f"{clean(name)}: {partly}")

    def follow(self) -> None:
        """Take what belongs to the items that are there, and what they refer to, as far as the bounds allow."""
        for _ in range(ROUNDS):
            before = self._items
            owners, self._owners = self._owners, defaultdict(list)
            for name, links in self._listed.items():
                followed = [link for link in links if link.one in owners]
                if followed and name not in self._whole:
                    self._children(name, followed, owners)
            for name in [name for name, keys in self._wanted.items() if keys]:
                self._referred(name)
            if self._items == before:
                return

    def _first(self, sample: Sample) -> int | None:
        table = sample.table
        listing = Listing(
            self._client, table.path, {"sort": table.key}, table.fields, self._most, self._page
        )  # in the order of the keys, so that pages do not overlap
        self._add(sample, listing)
        if listing.ended and not sample.full:
            self._whole.add(table.name)
            return len(sample.items)
        return listing.total

    def _singleton(self, sample: Sample) -> int | None:
        found = self._read_singleton(sample.table)
        if isinstance(found, dict) and found.get(sample.table.key) is not None:  # without a key it is made of defaults
            sample.add(msgspec.json.encode(found))
        self._whole.add(sample.table.name)
        return len(sample.items)

    def _read_singleton(self, table: Table) -> object:
        *first, last = attempts(table.fields)
        for fields in first:
            try:
                return self._client.record(table.path, {"fields": fields})
            except RefusedError:
                continue
        return self._client.record(table.path, {"fields": last})

    def _children(self, name: str, links: Iterable[Link], owners: Mapping[str, list[str]]) -> None:
        """Take the items of a collection that refer, by one of ``links``, to one of ``owners``."""
        sample = self._reopened(name)
        before = len(sample.items)
        for link in links:
            self._gather(sample, link.field, owners[link.one], f"{link.field},{sample.table.key}")
        self._grown(sample, before, owners=True)

    def _referred(self, name: str) -> None:
        """Take the items of a collection that others refer to."""
        keys = [key for key in self._wanted.pop(name) if key not in self._keys[name]]
        if name in self._tables and name not in self._whole and keys:
            sample, key = self._reopened(name), self._tables[name].key
            before = len(sample.items)
            self._gather(sample, key, keys, key)
            self._grown(sample, before, owners=False)

    def _gather(self, sample: Sample, field: str, keys: list[str], sort: str) -> None:
        """Take the items whose ``field`` is one of ``keys``, in the order of ``sort``, as far as there is room."""
        table, most = sample.table, self._room(sample)
        for start in range(0, len(keys), KEYS):
            query = {"filter": {field: {"_in": keys[start : start + KEYS]}}, "sort": sort}
            left = most - len(sample.items)
            if left <= 0 or not self._related(
                sample, Listing(self._client, table.path, query, table.fields, left, self._page)
            ):
                break

    def _room(self, sample: Sample) -> int:
        return max(self._most, LEAST_RELATED, RELATED_TIMES * self._most) + len(sample.items)

    def _related(self, sample: Sample, listing: Listing) -> bool:
        """Add a listing of related items; return whether it is worth asking for more."""
        try:
            self._add(sample, listing)
        except RefusedError as error:
            self._folder.leave_out([LeftOut(sample.table.name, "", error.why)])
            return False
        return not sample.full

    def _add(self, sample: Sample, listing: Listing) -> None:
        for raw in listing:
            sample.add(raw)
            if sample.full:
                break
        if listing.skipped:
            self._folder.note([f"{clean(sample.table.name)}: {counted(listing.skipped, 'item')} too large, left out"])

    def _grown(self, sample: Sample, before: int, *, owners: bool) -> None:
        if len(sample.items) == before:
            return
        self._note_keys(sample, before, owners=owners)
        content = self._folder.record.content.get(sample.table.name)
        self._store(sample, None if content is None else content.total)
        self._say(f"{clean(sample.table.name)}: {counted(len(sample.items) - before, 'related item')}")

    def _note_keys(self, sample: Sample, start: int = 0, *, owners: bool) -> None:
        """Remember the keys of new items, and what they refer to."""
        name, key = sample.table.name, sample.table.key
        taken = self._keys[name]
        self._items -= len(taken)
        for text in sample.items[start:]:
            item = wire.decode_json(text)
            found = str(item[key])
            taken.add(found)
            if owners or (name, found) in self._owned:
                self._owners[name].append(found)
            for link in self._links[name]:
                target = link.target(item)
                if target is not None and target[1] not in self._keys[target[0]]:
                    self._wanted[target[0]][target[1]] = None
                    if not link.one:
                        self._owned.add(target)
        self._items += len(taken)

    def _reopened(self, name: str) -> Sample:
        """Return the sample of a collection with what the folder holds of it already."""
        table = self._tables[name]
        taken = self._bytes - self._sizes.get(name, 0)
        room = MAX_ALL_BYTES - taken if self._items < MAX_ALL_ITEMS else 0
        sample = Sample(table, self._schema.collections.get(name), most=max(0, min(MAX_BYTES, room)))
        content = self._folder.record.content.get(name)
        if content is not None:
            for raw in self._folder.items(content.file):
                sample.add(raw)
            if content.total is not None and content.total <= len(sample.items):
                self._whole.add(name)
        return sample

    def _store(self, sample: Sample, total: int | None) -> None:
        name, record = sample.table.name, self._folder.record
        content = record.content.get(name) or Content(self._folder.place(name))
        if name == USERS and not record.options.with_users:
            sample.items = anonymous(sample.items)
        text = sample.text()
        self._weigh(name, len(text))
        self._folder.write(content.file, text)
        content.items, content.total = len(sample.items), total
        record.content[name] = content
        self._folder.note(sample.notes())
        self._folder.finish(name)

    def _weigh(self, name: str, size: int) -> None:
        """Note how many bytes the items of a collection take."""
        self._bytes += size - self._sizes.get(name, 0)
        self._sizes[name] = size


def table_of(description: Description, name: str, without: Iterable[str]) -> Table:
    """Return how the items of a collection of the project are read, without some fields."""
    collection, gone = description.schema.collections[name], frozenset(without)
    fields = tuple(field for field in description.columns(name) if field not in gone)
    return Table(name, f"/items/{segment(name)}", collection.primary_key.name, fields, collection.singleton)
