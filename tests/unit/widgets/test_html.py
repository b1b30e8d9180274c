"""The only place that makes HTML."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets
import pytest
from scopebox.views.html import Markup, badge, block, element, join, placed, table, text
from scopebox_widgets import Panel
from scopebox_widgets.html import Html

from tests.unit.widgets.hostile import HOSTILE, harmless


@pytest.mark.parametrize("words", HOSTILE)
def test_foreign_text_is_text_in_every_place(words: str) -> None:
    rows = [(words, words)]
    drawn = join([
        words, text(words), block(words), badge(words, "ok"), element("p", words, title=words, data_x=words),
        table(words, (words, words), rows, empty=words), table(words, (words,), [], empty=words),
        placed("div", 1, 2, 3, words, aria_label=words),
    ])  # fmt: skip
    assert harmless(drawn)


def test_only_what_was_made_here_goes_in_as_markup() -> None:
    assert element("p", element("b", "x"), "<b>") == "<p><b>x</b>&lt;b&gt;</p>"
    assert isinstance(element("p"), Markup)


def test_an_attribute_may_be_switched_on_left_out_or_escaped() -> None:
    drawn = element("input", disabled=True, hidden=False, id=None, aria_label='a"b')
    assert drawn == '<input disabled aria-label="a&quot;b"></input>'


@pytest.mark.parametrize("name", ["onclick", "href", "src", "style", "formaction", "srcdoc", "xlink_href"])
def test_no_attribute_that_a_browser_follows_or_runs(name: str) -> None:
    with pytest.raises(ValueError, match="not for views"):
        element("a", **{name: "x"})


def test_a_table_says_what_it_is_and_what_its_being_empty_means() -> None:
    assert table("Things", ("Name",), [], empty="There are none.") == '<p class="sbx-empty">Things: There are none.</p>'
    drawn = table("Things", ("Name",), [("a",)], empty="")
    assert "<caption>Things</caption>" in drawn
    assert '<th scope="row">a</th>' in drawn


def test_all_html_on_the_page_stands_in_an_element_in_which_text_is_text(panel: Panel) -> None:
    def below(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
        yield widget
        for child in getattr(widget, "children", ()):
            yield from below(child)

    for view in panel.views:
        panel.open(view.title)
    pages = [widget for widget in below(panel.widget) if isinstance(widget, ipywidgets.HTML)]
    assert len(pages) > 10
    for page in pages:
        assert isinstance(page, Html)
        assert page.value == "" or page.value.startswith('<div class="mathjax_ignore tex2jax_ignore">')
    assert {"mathjax_ignore", "tex2jax_ignore"} <= set(panel.widget._dom_classes)
    assert panel.static().startswith('<div class="sbx sbx-static mathjax_ignore tex2jax_ignore">')
