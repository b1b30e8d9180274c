"""Singletons as the notebook and as extensions use them: a list of one item at most, written by an update without a query."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import DirectusError, ExtensionError, Sandbox, Store

NAME = "directus-extension-settings"
EXEC = [{"permission": f"{verb}-items", "role": "admin"} for verb in ("create", "read", "update", "delete")]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    store = Store()
    store.create_collection("site", {"title": {"default": "My site"}, "count": "integer"}, singleton=True)
    with Sandbox(store) as made:
        yield made


def run(box: Sandbox, source: str) -> object:
    return box.load(source, name=NAME, manifest={"permissions": EXEC}).result.value


class TestBoxItems:
    def test_a_read_is_a_list_of_one_item_at_most(self, box: Sandbox) -> None:
        site = box.items("site")
        assert site.read() == []
        site.update({}, {"title": "T"})
        assert site.read() == site.read({"limit": -1}) == [{"id": 1, "title": "T", "count": None}]
        assert site.read({"limit": 0}) == site.read({"page": 2}) == site.read({"filter": {"title": "x"}}) == []
        assert site.read({"aggregate": {"count": "*"}}) == [{"count": "1"}]

    @pytest.mark.parametrize("query", [None, {}])
    def test_an_update_without_a_query_creates_or_changes_it(
        self, box: Sandbox, query: dict[str, object] | None
    ) -> None:
        site = box.items("site")
        assert site.update(query, {"count": 1}) == site.update(query, {"title": "x"}) == [1]
        assert site.read() == [{"id": 1, "title": "x", "count": 1}]

    def test_an_update_with_a_query_changes_what_it_selects(self, box: Sandbox) -> None:
        site = box.items("site")
        assert site.update({"filter": {"count": {"_eq": 1}}}, {"title": "x"}) == []
        assert site.create([{"count": 1}]) == [1]
        assert site.update({"filter": {"count": {"_eq": 1}}}, {"title": "x"}) == [1]

    def test_a_second_item_is_refused_with_what_to_do_instead(self, box: Sandbox) -> None:
        site = box.items("site")
        with pytest.raises(DirectusError, match="has one item; update-items without a query writes it"):
            site.create([{"title": "first"}, {"title": "second"}])
        assert site.create([]) == []
        assert site.create([{"title": "first"}]) == [1]
        with pytest.raises(DirectusError, match="has one item; update-items without a query writes it"):
            site.create([{"title": "second"}])
        assert site.read({"fields": ["title"]}) == [{"title": "first"}]

    def test_it_is_not_deleted(self, box: Sandbox) -> None:
        site = box.items("site")
        site.update({}, {"title": "T"})
        for query in ({}, {"filter": {"id": {"_eq": 1}}}):
            with pytest.raises(DirectusError, match="is not deleted; update-items without a query changes it"):
                site.delete(query)
        assert box.store.count("site") == 1


class TestExec:
    def test_the_item_is_read_and_written(self, box: Sandbox) -> None:
        source = (
            "before = await exec('read-items', 'site')\n"
            "keys = [await exec('update-items', 'site', {'data': {'count': n}}) for n in (1, 2)]\n"
            "[before, keys, await exec('read-items', 'site', {'query': {'fields': ['count'], 'limit': -1}})]"
        )
        assert run(box, source) == [[], [[1], [1]], [{"count": 2}]]

    def test_a_create_makes_the_first_one_only(self, box: Sandbox) -> None:
        source = "await exec('create-items', 'site', {'data': [{'title': 'T'}]})"
        assert run(box, source) == [1]
        with pytest.raises(ExtensionError, match="update-items without a query writes it"):
            run(box, source)

    def test_a_delete_is_refused(self, box: Sandbox) -> None:
        box.items("site").update({}, {})
        with pytest.raises(ExtensionError, match="update-items without a query changes it"):
            run(box, "await exec('delete-items', 'site', {'query': {'filter': {'id': {'_eq': 1}}}})")
        assert box.store.count("site") == 1

    def test_hooks_see_a_create_and_then_an_update(self, box: Sandbox) -> None:
        listener = (
            "async def keep(payload, meta):\n"
            "    await exec('log', f\"{meta.get('keys', meta.get('key'))} {payload}\")\n"
            "for event in ('create', 'update'):\n"
            "    await exec('register-action', {'event': f'site.items.{event}', 'handler': keep})"
        )
        box.load(listener, name="directus-extension-listener")
        box.items("site").update({}, {"title": "a"})
        run(box, "await exec('update-items', 'site', {'data': {'title': 'b'}})")
        assert [record.message for record in box.log] == [
            "1 {'title': 'a'}",
            "[1] {'title': 'b'}",
        ]
