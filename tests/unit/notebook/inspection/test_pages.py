"""A page of help as text and as markdown: whatever is in it, it stays what it is."""

from __future__ import annotations

import html
import re

import mistune
import pytest
from scopebox.languages import LANGUAGES
from scopebox.notebook.inspection.pages import CELL, HEAD, MAX_ROWS, SENTENCE, Code, Page, Rows

from tests.growth import grows_with

RENDER = mistune.create_markdown(
    escape=False, plugins=["table", "url", "strikethrough", "math", "footnotes", "task_lists"]
)
OURS = {"p", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"}
HOSTILE = (
    "`x` <b>y</b>", "</code><script>1</script>", "[a](javascript:x)", "![x](http://e.test)", "|a|b|", "$x$ and $$y$$", "**bold**",
    "# head", "<img src=x onerror=y>", "```\n# out\n````", "www.evil.example", "https://evil.example/", "a\n\n# b", "- list",
    "1. list", "> quote", "&lt;b&gt;", "\\[x\\]", "~~gone~~", "<https://a.test>", "a@b.example", "[^1]: note", "---", "    code",
    "{{x}}", "\u202egnp.exe", "\x00\x1b[31m",
)  # fmt: skip


def rendered(page: Page) -> str:
    return str(RENDER(page.markdown()))


def tags(page: Page) -> set[str]:
    return set(re.findall(r"<\s*/?\s*([a-zA-Z]\w*)", rendered(page)))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_foreign_is_markup_wherever_it_stands(text: str) -> None:
    page = Page(text, (text, Rows((text, "b"), [(text, text), ("a", text)]), Code(text)), text, LANGUAGES["js"])
    found = rendered(page)
    assert tags(page) <= OURS
    assert "<a " not in found
    assert "\x1b" not in page.plain() + page.markdown()
    assert "\u202e" not in page.plain() + page.markdown()


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE if "\n" not in text and text.isprintable() and text.strip() == text]
)
def test_what_is_foreign_is_shown_as_it_is(text: str) -> None:
    shown = html.unescape(re.sub(r"<[^>]*>", "", rendered(Page("", (text, Rows(("a", "b"), [(text, text)]))))))
    assert shown.count(text) == 3
    assert text in Page("", (text,)).plain()


def test_a_page_has_its_head_its_parts_and_its_example() -> None:
    page = Page(
        "f(x)",
        ("What it does.", "", Rows(("a", "bb"), [("ccc", "d"), ("e", "")]), Code("x\ny")),
        "f(1)",
        LANGUAGES["js"],
    )
    assert page.plain() == "f(x)\n\nWhat it does.\n\na    bb\nccc  d\ne\n\nx\ny\n\nFor example:\n\nf(1)"
    assert page.markdown() == (
        "```javascript\nf(x)\n```\n\nWhat it does&#46;\n\n| a | bb |\n| --- | --- |\n| `ccc` | d |\n| `e` |  |\n\n```\nx\ny\n```\n\n"
        "For example:\n\n```javascript\nf(1)\n```"
    )


def test_what_is_long_is_cut() -> None:
    page = Page("a" * 10**6, ("b" * 10**6, Rows(("c", "d"), [("e" * 10**5, "f")] * 10_000)))
    for text in (page.plain(), page.markdown()):
        assert len(text) < HEAD + SENTENCE + MAX_ROWS * (2 * CELL + 100) + 1_000
        assert "9,900 more" in text


@pytest.mark.parametrize("atom", ["`", "|", "*", "a ", "<b>", "$", "\n", "\u202e"])
def test_a_page_takes_time_as_its_text_is_long(atom: str) -> None:
    def shown(text: str) -> str:
        page = Page(text, (text, Rows((text,), [(text,)]), Code(text)), text)
        return page.plain() + page.markdown()

    small, large = (atom * (size // len(atom)) for size in (4_000, 16_000))
    assert grows_with(shown, small, large)
