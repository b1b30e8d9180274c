from __future__ import annotations

import asyncio

import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session
from scopebox.store.store import Store

from tests.stores import Listener, Row, code, content, items, recorded_copy, rows

store = recorded_copy


def update(store: Store, key: int, data: Row, *, role: str = "admin") -> None:
    asyncio.run(items(store, "articles", role=role).update_many([key], data))


def comments_of(store: Store, key: int) -> list[object]:
    return [row[0] for row in rows(store, f"select id from comments where article = {key} order by id")]


class TestManyToOne:
    def test_an_object_without_a_known_key_is_created(self, store: Store) -> None:
        update(store, 1, {"author": {"id": 500, "name": "Explicit"}})
        assert rows(store, "select author from articles where id = 1") == [(500,)]

    def test_an_object_with_a_known_key_is_updated(self, store: Store) -> None:
        update(store, 1, {"author": {"id": "2", "name": "X"}})
        assert rows(store, "select a.name from articles join authors a on a.id = author where articles.id = 1") == [
            ("X",)
        ]

    def test_a_bare_object_with_a_known_key_only_refers(self, store: Store) -> None:
        before = rows(store, "select * from authors order by id")
        update(store, 1, {"author": {"id": 2}})
        assert rows(store, "select * from authors order by id") == before

    def test_an_item_created_for_several_is_created_once(self, store: Store) -> None:
        asyncio.run(items(store, "articles").update_many([1, 2], {"author": {"name": "shared"}}))
        assert rows(store, "select count(*) from authors where name = 'shared'") == [(1,)]


class TestOneToMany:
    def test_a_list_is_the_complete_new_state(self, store: Store) -> None:
        update(
            store, 1, {"comments": [1, {"text": "new"}, 3, {"id": 2, "text": "kept"}, {"id": 999, "text": "given key"}]}
        )
        assert comments_of(store, 1) == [1, 2, 3, 61, 999]
        assert rows(store, "select text from comments where id = 2") == [("kept",)]

    @pytest.mark.parametrize("empty", [[], None, "", 0, False])
    def test_an_empty_list_detaches_all(self, store: Store, empty: object) -> None:
        update(store, 1, {"comments": empty})
        assert comments_of(store, 1) == []
        assert rows(store, "select count(*) from comments") == [(60,)]

    def test_the_object_form_changes_what_it_names(self, store: Store) -> None:
        changes = {
            "create": [{"text": "c"}],
            "update": [{"id": 1, "text": "u"}, {"id": 3, "text": "moved"}],
            "delete": [2, 4],
        }
        update(store, 1, {"comments": changes})
        assert comments_of(store, 1) == [1, 3, 15, 16, 17, 30, 31, 32, 45, 56, 61]
        assert rows(store, "select article from comments where id in (2, 4) order by id") == [(None,), (3,)]

    def test_the_parent_wins_over_what_the_child_says(self, store: Store) -> None:
        key = asyncio.run(
            items(store, "articles").create_one(
                {"title": "T", "comments": [{"text": "q", "article": {"title": "other"}}]}
            )
        )
        assert comments_of(store, int(str(key))) == [61]

    def test_an_unknown_bare_key_is_forbidden(self, store: Store) -> None:
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"comments": [999]})
        assert caught.value.status == 403

    def test_the_last_of_several_parents_keeps_the_child(self, store: Store) -> None:
        asyncio.run(items(store, "articles").update_many([1, 2], {"comments": [3]}))
        assert (comments_of(store, 1), comments_of(store, 2)) == ([], [3])

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            (5, '"value" must be of type object'),
            ("1,2", '"value" must be of type object'),
            ({"create": 5}, '"create" must be an array'),
            ({"create": [5]}, '"create[0]" must be of type object'),
            ({"delete": [None]}, '"delete[0]" does not match any of the allowed types'),
            ({"remove": []}, '"remove" is not allowed'),
        ],
    )
    def test_any_other_form_is_refused(self, store: Store, value: object, reason: str) -> None:
        before = content(store)
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"comments": value})
        message = f"Invalid payload. Invalid one-to-many update structure: {reason}."
        assert code(caught.value) == (400, "INVALID_PAYLOAD", message)
        assert content(store) == before

    @pytest.mark.parametrize("value", [[None], [True], {"update": [{"text": "no key"}]}])
    def test_what_a_directus_fails_on_fails(self, store: Store, value: object) -> None:
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"comments": value})
        assert caught.value.status == 500

    @pytest.mark.parametrize(
        ("comments", "status"), [([999, None], 403), ([None, 999], 500), ([1, "x", 999], 500), ([999, "x"], 403)]
    )
    def test_the_first_record_that_is_wrong_is_told(self, store: Store, comments: list[object], status: int) -> None:
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"comments": comments})
        assert caught.value.status == status

    def test_a_list_of_keys_sees_what_was_planned_before_it(self, store: Store) -> None:
        first = {"title": "N", "comments": [{"id": 700, "text": "a"}, {"id": 701, "text": "b"}]}
        asyncio.run(
            items(store, "authors").create_one({"name": "X", "articles": [first, {"title": "O", "comments": [700, 1]}]})
        )
        found = rows(
            store, "select title, c.id from comments c join articles a on a.id = article where title in ('N', 'O')"
        )
        assert sorted(map(str, found)) == ["('N', 701)", "('O', 1)", "('O', 700)"]

    def test_a_key_of_an_item_that_is_new_in_the_same_list_is_forbidden(self, store: Store) -> None:
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"comments": [{"id": 700, "text": "a"}, 700]})
        assert caught.value.status == 403

    def test_the_statements_do_not_grow_with_the_keys_in_a_list(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counts, run = [], Session.rows
        for number in (2, 20):
            data: Row = {"comments": {"create": [{"text": "c"}] * number}}
            update(store, 2, data)
            update(store, 1, {"comments": []})
            found: list[str] = []

            def counting(session: Session, sql: str, parameters: object = (), found: list[str] = found) -> object:
                found.append(sql)
                return run(session, sql, parameters)  # type: ignore[arg-type]

            monkeypatch.setattr(Session, "rows", counting)
            update(store, 2, {"comments": comments_of(store, 2)})
            counts.append(len(found))
        assert counts[0] == counts[1]


class TestManyToMany:
    def test_junction_rows_are_the_children(self, store: Store) -> None:
        update(store, 1, {"labels": [{"labels_id": {"name": "nl"}}, {"labels_id": 9, "note": "n"}, 1]})
        found = rows(store, "select id, labels_id, note from articles_labels where articles_id = 1 order by id")
        assert found == [(1, 1, None), (51, 21, None), (52, 9, "n")]


class TestRights:
    def test_every_level_has_rights_of_its_own(self, store: Store) -> None:
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"author": {"name": "New"}}, role="editor")
        assert '"authors"' in caught.value.message
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"comments": {"update": [{"id": 1, "likes": 5}]}}, role="editor")
        assert '"likes"' in caught.value.message

    def test_presets_apply_to_nested_items(self, store: Store) -> None:
        update(store, 1, {"comments": {"create": [{"text": "hi"}]}}, role="editor")
        assert rows(store, "select approved from comments where id = 61") == [(True,)]

    def test_a_failure_names_the_path_to_it(self, store: Store) -> None:
        with pytest.raises(DirectusError) as caught:
            update(store, 1, {"labels": {"create": [{"labels_id": {"color": "red"}}]}})
        assert caught.value.extensions == {"field": "name", "path": ["labels", "labels_id"], "type": "required"}


def test_endless_nesting_is_refused_and_leaves_nothing(store: Store) -> None:
    before = content(store)
    data: Row = {"name": "end"}
    for level in range(200):
        data = {"name": f"level {level}", "parent": data}
    with pytest.raises(DirectusError) as caught:
        asyncio.run(items(store, "categories").create_one(data))
    assert caught.value.status == 400
    assert content(store) == before


def test_hooks_see_each_nested_item_with_its_parent(store: Store) -> None:
    listener = Listener()

    async def shout(payload: object, meta: Row) -> object:
        assert isinstance(payload, dict)
        return {**payload, "text": str(payload["text"]).upper()}

    listener.filters["comments.items.create"] = shout
    data = {"title": "T", "comments": [{"text": "a"}, {"text": "b"}]}
    asyncio.run(items(store, "articles", listener).create_one(data))
    assert listener.heard("filter", "comments.items.create") == [
        {"text": "a", "article": 61},
        {"text": "b", "article": 61},
    ]
    assert rows(store, "select text from comments where article = 61 order by id") == [("A",), ("B",)]


@pytest.mark.parametrize(
    "comments",
    [
        [{"text": "c"}] * 10_001,
        {"create": [{"text": "c"}] * 5_000, "update": [{"id": 1}] * 5_001},
        [1] * 10_001,
        {"delete": [1] * 10_001},
    ],
)
def test_too_many_related_items_are_refused_before_any_is_planned(store: Store, comments: object) -> None:
    asked: list[object] = []

    async def note(payload: object, meta: object) -> object:
        asked.append(meta)
        return payload

    listener = Listener()
    listener.filters = {"comments.items.create": note, "comments.items.update": note}
    with pytest.raises(DirectusError, match="More than 10,000 related items"):
        asyncio.run(items(store, "articles", listener).update_many([1], {"comments": comments}))
    assert asked == []
