"""The schema as a drawing, and the items as a role sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import ipywidgets
import pytest
from scopebox import Sandbox
from scopebox.store.schema.schema import Collection, Field, Relation, Schema
from scopebox.store.views.relations import Relations
from scopebox_widgets import Panel
from scopebox_widgets.changed_items import Snapshot, compare
from scopebox_widgets.collections_view import fields_table, query
from scopebox_widgets.diagram import Drawing, Seen

from tests.unit.store.views.pages import SCHEMA, WITH_SYSTEM
from tests.unit.widgets.conftest import Page, control, shown, walk
from tests.unit.widgets.hostile import HOSTILE, harmless


def schema_diagram(schema: Schema) -> str:
    return Drawing.of(schema).html()


@pytest.fixture
def panel(page: Page, box: Sandbox) -> Iterator[Panel]:
    made = Panel(box)
    made.open("Collections")
    page.change(control(made.widget, "Collection"), index=list(box.store.schema.collections).index("articles"))
    yield made
    made.close()


def items(panel: Panel) -> str:
    return shown(panel.views[4].widget)


def choose(page: Page, panel: Panel, label: str, word: str) -> None:
    chooser = control(panel.views[4].widget, label)
    page.change(chooser, index=[name for name, _ in chooser.options].index(word))


def test_the_drawing_has_a_box_for_each_collection_and_says_the_relations(panel: Panel, box: Sandbox) -> None:
    html = items(panel)
    assert len(re.findall(r'class="sbx-box( sbx-picked)?"', html)) == len(box.store.schema.collections)
    assert html.count('class="sbx-relation"') == len(box.store.schema.relations)
    assert "articles.author refers to authors" in html


def test_a_click_on_a_box_chooses_its_collection_and_marks_it(page: Page, panel: Panel) -> None:
    assert control(panel.views[4].widget, "Collection").value == "articles"
    page.click(control(panel.views[4].widget, "authors"))
    assert control(panel.views[4].widget, "Collection").value == "authors"
    assert "of <code>authors</code>" in items(panel)
    assert items(panel).count("sbx-picked") == 1


def test_the_head_of_a_box_has_the_number_of_items_that_the_role_sees(page: Page, panel: Panel, box: Sandbox) -> None:
    total = len(box.items("articles").read({"limit": -1}))
    assert str(total) in signs(items(panel))
    choose(page, panel, "See as", "reader")
    seen = len(box.items("articles", "reader").read({"limit": -1}))
    assert str(seen) in signs(items(panel))
    assert seen != total


def test_fields_that_the_role_may_not_read_are_told_apart(page: Page, panel: Panel) -> None:
    assert "sbx-unreadable" not in items(panel)
    choose(page, panel, "See as", "public")
    assert "public may not read it" in items(panel)
    assert "sbx-unreadable" in items(panel)


def test_the_drawing_folds_away(page: Page, panel: Panel) -> None:
    fold = next(
        part
        for part in walk(panel.widget)
        if isinstance(part, ipywidgets.ToggleButton) and part.description == "Schema"
    )
    assert "<svg" in items(panel)
    page.change(fold, value=False)
    assert "<svg" not in items(panel)


def test_the_ends_of_a_relation_are_told_apart_and_light_up_with_their_boxes() -> None:
    html = schema_diagram(SCHEMA)
    assert html.count('class="sbx-ends"') == html.count('class="sbx-relation')
    for number in re.findall(r'class="sbx-of-(\d+) sbx-of-\d+"', html):
        assert f'class="sbx-at-{number}"' in html


def test_what_a_role_does_not_see_is_hidden_where_it_is_named() -> None:
    seen = Seen("reader", {}, {"pages": frozenset({"id"})})
    assert seen.hides("pages", "slug")
    assert not seen.hides("pages", "id")
    assert not seen.hides("hero", "anything")


def test_items_come_in_pages_with_their_number(page: Page, panel: Panel, box: Sandbox) -> None:
    total = len(box.items("articles").read({"limit": -1}))
    assert f"{total} items</strong> of <code>articles</code> as <code>admin</code>" in items(panel)
    assert f"items 1 to 20 of {total}" in items(panel)
    page.click(control(panel.views[4].widget, "Next"))
    assert f"items 21 to 40 of {total}" in items(panel)


def test_they_can_be_sorted(page: Page, panel: Panel, box: Sandbox) -> None:
    choose(page, panel, "Sort", "views descending")
    first = box.items("articles").read({"sort": ["-views"], "limit": 1})[0]
    assert f'<tbody><tr><td class="sbx-number">{first["id"]}</td>' in items(panel)


def test_the_filter_box_takes_a_filter_or_a_whole_query(page: Page, panel: Panel, box: Sandbox) -> None:
    drafts = len(box.items("articles").read({"filter": {"status": {"_eq": "draft"}}, "limit": -1}))
    box_of_filter = control(panel.views[4].widget, "Filter")
    page.change(box_of_filter, value='{"status": {"_eq": "draft"}}')
    assert f"{drafts} of " in items(panel)
    page.change(box_of_filter, value='{"fields": ["title"], "limit": 2}')
    assert '<th scope="col">title</th></tr>' in items(panel)
    page.change(box_of_filter, value='{"aggregate": {"count": "*"}}')
    assert '<th scope="col">count' in items(panel)


@pytest.mark.parametrize(("words", "said"), [("{", "is not JSON"), ("[]", "has to be an object"), ('{"x": 1}', "✕")])
def test_a_query_that_is_none_is_said_to_be_none(page: Page, panel: Panel, words: str, said: str) -> None:
    page.change(control(panel.views[4].widget, "Filter"), value=words)
    assert said in items(panel)
    assert 'role="alert"' in items(panel)


def test_a_role_sees_what_it_may_see(page: Page, panel: Panel) -> None:
    choose(page, panel, "See as", "public")
    assert "You don&#x27;t have permission" in items(panel) or "No item" in items(panel)
    choose(page, panel, "See as", "reader")
    assert "as <code>reader</code>" in items(panel)
    assert "<code>draft</code>" not in items(panel)


def test_looking_runs_no_hooks(page: Page, panel: Panel, box: Sandbox) -> None:
    box.load(
        "def h(payload):\n    return []\nawait exec('register-filter', {'event': 'items.read', 'handler': h})",
        name="hello",
    )
    panel.draw()
    assert "<tbody><tr><th" in items(panel)
    assert box.hooks[0].usage.calls == 0


def test_what_a_cell_changed_is_marked_until_one_looks_elsewhere(page: Page, panel: Panel, box: Sandbox) -> None:
    choose(page, panel, "Sort", "id descending")
    newest = box.items("articles").read({"sort": ["-id"], "limit": 1})[0]
    box.items("articles").update({"filter": {"id": {"_eq": newest["id"]}}}, {"title": "Changed"})
    box.items("articles").create([{"title": "New"}])
    panel.draw()
    html = items(panel)
    assert "1 new, 1 changed on this page, 0 gone" in html
    assert html.count("</span> changed</span>") == 1
    assert html.count("</span> new</span>") == 1
    page.click(control(panel.views[4].widget, "Clear highlights"))
    assert "since you look" not in items(panel)


def test_another_question_has_no_marks(page: Page, panel: Panel) -> None:
    choose(page, panel, "See as", "reader")
    choose(page, panel, "See as", "admin")
    assert "since you look" not in items(panel)


def test_an_item_that_moved_to_another_page_is_not_new() -> None:
    before = Snapshot([{"id": 1}, {"id": 2}], frozenset({"1", "2", "3"}))
    after = Snapshot([{"id": 2, "a": 1}, {"id": 3}], frozenset({"2", "3"}))
    marks = compare(before, after, "id")
    assert (marks.new, dict(marks.changed), marks.gone) == (frozenset(), {}, 1)


def test_a_query_is_told_from_a_filter_by_its_keys() -> None:
    assert query(ipywidgets.Text("")) == {}
    assert query(ipywidgets.Text('{"a": {"_eq": 1}}')) == {"filter": {"a": {"_eq": 1}}}
    assert query(ipywidgets.Text('{"search": "x"}')) == {"search": "x"}


@pytest.mark.parametrize("words", ["{", "[]", "{title: 1}"])
def test_a_filter_that_is_none_is_marked_until_it_is_one(page: Page, panel: Panel, words: str) -> None:
    field = control(panel.widget, "Filter")
    page.change(field, value=words)
    assert "✕" in items(panel)
    assert "sbx-invalid" in field._dom_classes
    page.change(field, value='{"id": {"_gt": 0}}')
    assert "✕" not in items(panel)
    assert "sbx-invalid" not in field._dom_classes


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_names_are_text_in_the_drawing(words: str) -> None:
    fields = {words: Field(words, "integer", primary_key=True)}
    schema = Schema({words: Collection(words, fields)}, (Relation(words, words, words),))
    assert harmless(schema_diagram(schema))


def signs(html: str) -> list[str]:
    return re.findall(r'<text [^>]*class="sbx-type">([^<]*)</text>', html)


def test_the_drawing_says_what_kind_every_collection_and_field_is() -> None:
    found = signs(schema_diagram(SCHEMA))
    kinds = {"singleton", "junction", "translations"}
    marks = {"key", "m2o", "a2o", "o2m", "m2m", "m2a", "sort", "archive", "hashed", "concealed", "checked"}
    assert (kinds | marks) <= set(found)


def test_a_relation_to_any_collection_has_a_broken_line_to_each() -> None:
    html = schema_diagram(SCHEMA)
    assert html.count('class="sbx-relation sbx-to-any"') == 2
    assert "pages_blocks.item refers to any of hero and text" in html


def test_a_system_collection_is_drawn_as_one_where_a_relation_leads_to_it() -> None:
    html = schema_diagram(WITH_SYSTEM)
    assert html.count('class="sbx-box sbx-system"') == 1
    assert "pages.by refers to directus_users" in html
    assert "system" in signs(html)
    assert "<title>first_name" not in html


def test_the_words_of_a_field_appear_where_a_pointer_rests_on_it() -> None:
    html = schema_diagram(SCHEMA)
    assert "<title>slug: string, checked: slug matches &quot;^[a-z]+$&quot;</title>" in html


def test_the_fields_of_the_chosen_collection_are_described(page: Page, panel: Panel) -> None:
    html = items(panel)
    assert "<summary>18 fields of articles</summary>" in html
    assert "required, at most 255 characters" in html
    choose(page, panel, "Collection", "articles_labels (junction)")
    assert "<summary>3 fields of articles_labels, junction</summary>" in items(panel)


def test_the_description_of_a_collection_says_its_order_and_its_archive() -> None:
    html = fields_table(Relations.of(SCHEMA), SCHEMA.collections["pages"])
    assert "fields of pages, in the order of sort, archived if status is" in html
    assert "what visitors read" in html


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_names_are_text_in_the_description(words: str) -> None:
    key = Field(words, "integer", primary_key=True, note=words, default=words, validation={words: {"_eq": words}})
    named = Collection(words, {words: key}, note=words, sort_field=words)
    assert harmless(fields_table(Relations.of(Schema({words: named})), named))


def test_a_large_schema_is_drawn_in_part() -> None:
    fields = {f"f{n}": Field(f"f{n}", "integer", primary_key=n == 0) for n in range(40)}
    html = schema_diagram(Schema({f"c{n}": Collection(f"c{n}", fields) for n in range(100)}))
    assert "76 more collections are not drawn." in html
    assert "28 more fields" in html
    assert len(html) < 80_000
