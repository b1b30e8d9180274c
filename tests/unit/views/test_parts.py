"""What is shown: escaped, visible, cut with a count, readable without colour."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from html.parser import HTMLParser
from typing import Final

import pytest
from scopebox.errors import ExtensionError, ManifestError, ScopeboxError
from scopebox.errors.traceback_lines import render
from scopebox.extension.printed import MAX_PRINTED_LINES, printed
from scopebox.extension.result import result_of
from scopebox.notebook.views import response_view
from scopebox.sandbox.sandbox import Sandbox
from scopebox.text.literals import literal
from scopebox.views.data import Data, JsonBody
from scopebox.views.parts import BLOCK_LINES, WRAPPED, Block, Fold, Indented, Line, Link, Part, Paste, Table, View, took
from scopebox.views.style import RULES, SHEET, style_of

from tests.growth import quick

HOSTILE: Final = (
    "</style><style>*{display:none}</style><div style=position:fixed;inset:0>Grant</div>",
    "<img src=x onerror=parent.CANARYXSS=1>",
    "<script>parent.CANARYXSS=1</script>",
    "\"><svg/onload=parent.CANARYXSS=1> ' onmouseover=parent.CANARYXSS=1 x=",
    "[x](javascript:parent.CANARYXSS=1)",
    "&lt;img src=x onerror=parent.CANARYXSS=1&gt;",
    "\x1b[2J\x1b[1;1Hfake prompt \x1b]8;;http://evil.test\x07link\x1b]8;;\x07",
    "granted\u202eyadot deined\u202c",
    "a\u2028parent.CANARYXSS=1\u2029",
    "zero\u200bwidth\ufeff",
    "x" + "\u0300" * 20_000,
    "A" * 1_000_000,
)
UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class Reader(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._styles = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self._styles += tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._styles -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._styles:
            self.text += data


def harmless(view: View) -> Reader:
    """Hold that a page has only our own elements, and that neither form hides anything or is long."""
    page, text = view._repr_html_(), view.text()
    read = Reader(page)
    assert read.tags <= {
        "style",
        "div",
        "p",
        "br",
        "pre",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "details",
        "summary",
        "span",
        "code",
    }
    assert read.attributes <= {
        "class",
        "scope",
        "tabindex",
        "href",
        "target",
        "rel",
        "title",
        "role",
        "aria-label",
        "style",
    }
    assert set(re.findall(r' style="([^"]*)"', page)) <= {"white-space:pre-wrap"}
    assert page.count("<style>") == 1
    assert UNSEEN.search(text) is None
    assert UNSEEN.search(read.text) is None
    assert max(len(page), len(text)) < 200_000
    return read


@pytest.mark.parametrize("text", HOSTILE)
def test_every_part_makes_foreign_text_harmless(text: str) -> None:
    parts = (
        Line(text),
        Block(text, text),
        Paste(text, text),
        Table(text, [text, "b"], [[text, text]], code=(0,), wide=(1,)),
        Data(text),
        Data([{text: text}, {"b": [text, {text: text}]}]),
        Data({text: [text]}),
        Data({text: [text]}, as_json=True),
        JsonBody({text: [text]}),
        JsonBody({"data": [{text: text}]}),
        Fold(text, Table("", [text, "b"], [[text, text]], wrapped=(0, 1))),
    )
    for part in parts:
        harmless(View((part,)))


def test_what_a_part_forgets_is_made_visible_by_its_view() -> None:
    class Raw:
        def text(self) -> str:
            return "one\x1b[2J\u202e\ntwo"

        def html(self) -> str:
            return "<p></p>"

    assert View((Raw(), Line("three"))).text() == "one\\x1b[2J\\u202e\ntwo\nthree"


@pytest.mark.parametrize("text", HOSTILE[:6])
def test_text_is_shown_as_it_is_written(text: str) -> None:
    assert text in harmless(View((Line(text),))).text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_extension_logs_prints_returns_and_raises_is_harmless(box: Sandbox, text: str) -> None:
    source = "print(text)\nawait exec('log', text[:60000])\n[{text[:50]: text}]"
    result = box.load(source, name="hello", inputs={"text": text}).result
    harmless(result.view())
    assert UNSEEN.search(printed(result.stdout)) is None
    harmless(box.log.view())
    harmless(box.trace.view())
    with pytest.raises(ScopeboxError) as raised:
        box.load("raise ValueError(text)", name="hello", inputs={"text": text})
    shown = "\n".join(raised.value._render_traceback_())
    assert UNSEEN.search(shown) is None
    assert len(shown) < 20_000
    assert raised.value.result is not None
    harmless(result_of(raised.value, "hello").view())


def test_every_view_is_one_element_in_which_text_is_text(box: Sandbox) -> None:
    extension = box.load("await exec('log', '$x^2$')\n{'a': '$x^2$'}", name="hello")
    answer = response_view(box.request("GET", "/items/nothing"))
    shown = (extension, extension.result, box, box.log, box.trace, box.mocks, box.store, box.isolation)
    pages = [getattr(each, "view", lambda each=each: each)() for each in shown if hasattr(each, "_repr_html_")]
    pages += [answer, box.store.collections, View((Line("$x^2$"),)), View(())]
    for page in pages:
        bundle = page._repr_html_()
        assert bundle.startswith(f'{style_of(bundle)}<div class="sbx-out mathjax_ignore tex2jax_ignore">')
        assert bundle.count("<div") == bundle.count("</div>")
        assert bundle.endswith("</div>")


def test_a_guest_cannot_shape_its_own_view(box: Sandbox) -> None:
    source = "class R:\n    def _repr_html_(self):\n        return '<script>1</script>'\nR()"
    try:
        result = box.load(source, name="hello").result
    except ScopeboxError:
        return
    harmless(result.view())


def test_an_extension_with_hostile_reasons_is_listed_harmlessly(box: Sandbox) -> None:
    permission = {"permission": "request", "allowedUrls": ["https://*"], "optional": True, "reason": HOSTILE[1]}
    extension = box.load("1", name="hello", manifest={"permissions": [permission]})
    read = harmless(extension.view())
    assert "every public host" in read.text
    assert "· optional, not decided" in read.text
    harmless(box.view())


def test_a_manifest_error_shows_hostile_text_visibly() -> None:
    error = ManifestError(f"bad {HOSTILE[7]}", place="permissions[0]", hint=HOSTILE[6])
    shown = "\n".join(error._render_traceback_())
    assert shown.startswith("ManifestError: permissions[0]: bad granted\\u202eyadot")
    assert UNSEEN.search(shown) is None


def test_only_our_own_addresses_are_linked() -> None:
    assert 'href="http://127.0.0.1:80/x"' in Link("here", "http://127.0.0.1:80/x").html()
    for url in ("https://hub.example:8000/user/ada/proxy/8055/x", "/base/user/a%40b/proxy/8055"):
        assert f'href="{url}"' in Link("here", url).html()
    for url in (
        "javascript:alert(1)", "http://127.0.0.1.evil.test/", "https://example.com", "//evil.test/proxy/1", "javascript://a.b/x/proxy/1",
        "https://a.b/proxy/8055", "https://user@evil.test/user/a/proxy/1", "/user/a/proxy/1evil",
    ):  # fmt: skip
        with pytest.raises(ValueError, match="own server"):
            Link("here", url).html()


def test_a_table_has_a_caption_and_headings() -> None:
    page = Table("People", ["name", "age"], [["Ada", 36]], more=3).html()
    assert "<caption>People</caption>" in page
    assert '<th scope="col">name</th>' in page
    assert '<th scope="row">Ada</th><td class="sbx-number">36</td>' in page
    assert '<th scope="col" class="sbx-number">age</th>' in page
    assert "… 3 more" in page


def test_a_table_as_text_has_straight_columns() -> None:
    text = Table("People", ["name", "age"], [["Ada", 36], ["Grace Hopper", 85]]).text()
    assert text.split("\n") == ["People", "  name          age", "  Ada           36", "  Grace Hopper  85"]


def test_a_wrapped_column_goes_on_below_and_keeps_the_others_straight() -> None:
    words = " ".join(["word"] * 20)
    lines = Table("", ["a", "b", "c"], [["x", words, "y"]], wrapped=(1,)).text().split("\n")
    assert [line.split() for line in lines] == [["a", "b", "c"], ["x", *["word"] * 9, "y"], ["word"] * 9, ["word"] * 2]
    assert {line.index("word") for line in lines[1:]} == {5}
    assert max(map(len, lines)) < WRAPPED + 10


def test_what_is_folded_stands_open_in_plain_text() -> None:
    part = Fold("Fields", Table("", ["name"], [["Ada"]]))
    assert part.text() == "Fields\n  name\n  Ada"
    assert part.html().startswith("<details><summary>Fields</summary><table><thead>")


def test_an_empty_table_says_what_that_means() -> None:
    assert Table("Calls", ["a"], [], empty="no calls yet").text() == "Calls: no calls yet"


def selectors(css: str) -> Iterator[str]:
    for rule in re.findall(r"([^{}]+){", css):
        yield from rule.split(",")


def test_a_view_brings_the_rules_for_all_that_it_shows_and_no_others() -> None:
    pieces = {"caption", "thead th", ".sbx-framed", "td.sbx-code", "th.sbx-code", "summary", "pre", "p", "table"}
    shown = View((Fold("a", Table("b", ["c"], [["d", "e"]], code=(0, 1))), Block("f", "g"), Line("h", "warning")))
    page = shown._repr_html_()
    there = [selector.removeprefix(".sbx-out.sbx-out ") for selector in selectors(page.split("</style>")[0])]
    assert pieces <= set(there)
    assert ".sbx-warning" in there
    assert not {"a", ".sbx-refused", ".sbx-failed"} & set(there)
    small = View((Block("8"), Line("2 ms", "muted")))._repr_html_()
    assert len(small) < 1_200
    assert "table" not in small
    assert "sbx-muted{" in small


def test_what_an_extension_writes_brings_no_rules() -> None:
    page = View((Line('<table> class="sbx-code" <pre'),))._repr_html_()
    assert page.split("</style>")[0] == View((Line("x"),))._repr_html_().split("</style>")[0]


def test_no_rule_depends_on_one_before_it() -> None:
    # Outputs come in any order: two rules with the same weight must not say different things of one property.
    said: dict[tuple[str, int, str], str] = {}
    for rule in RULES:
        head, body = rule.css.rstrip("}").split("{")
        for selector in head.split(","):
            name, weight = re.sub(r".*[ ]", "", selector), 100 * selector.count(".") + selector.count(" ")
            for entry in body.split(";"):
                key, _, value = entry.partition(":")
                assert said.setdefault((name, weight, key), value) == value or "border" in key


def test_the_stylesheet_takes_every_colour_from_the_front_end() -> None:
    sheet = "".join(rule.css for rule in RULES)
    colours = re.findall(r"(?:color|background|border[a-z-]*|outline):([^;}]*)", sheet)
    assert all("var(--" in value or not re.search(r"#[0-9a-f]{3,6}", value) for value in colours)
    assert "prefers-color-scheme" not in sheet


def test_every_tone_has_a_sign() -> None:
    assert [Line("x", tone).text() for tone in ("done", "warning", "refused", "failed")] == ["✓ x", "! x", "✕ x", "✕ x"]


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        list(range(10**6)),
        {str(n): n for n in range(10**5)},
        "x" * 10**7,
        [["x"] * 1000] * 1000,
        deep(60),
        ["y" * 1999] * 10**4,
    ],
)
def test_whatever_its_size_a_value_costs_a_glance(value: object) -> None:
    assert len(literal(value)) < 21_000
    assert len(Data(value).html()) < 60_000


def test_what_is_cut_is_counted() -> None:
    assert literal(list(range(60))).endswith("\n  …(10 more)\n]")
    assert literal({str(n): n for n in range(60)}).endswith("\n  …(10 more)\n}")
    assert "…(8,000 more)…" in literal("x" * 10_000)


def test_items_are_a_table_and_other_data_are_not() -> None:
    assert "<caption>2 items</caption>" in Data([{"id": 1}, {"id": 2, "title": "x"}]).html()
    assert "<table" not in Data([{"id": 1}, 2]).html()
    assert "<table" not in Data([]).html()
    assert "<table" not in Data({}).html()


@pytest.mark.parametrize(("words", "folded"), [(BLOCK_LINES, 0), (BLOCK_LINES + 1, 1), (500, 460)])
def test_a_block_shows_forty_lines_and_has_the_others_to_open(words: int, folded: int) -> None:
    html = Block("\n".join(f"line {n}" for n in range(words))).html()
    first, _, rest = html.partition("<details>")
    assert first.count("line ") == words - folded
    assert rest.count("line ") == folded
    assert (f"<summary>{folded} more lines</summary>" in rest) == bool(folded)


def test_a_long_line_takes_the_room_of_several() -> None:
    html = Block("\n".join(["x" * 1_000] * 10)).html()
    assert html.partition("<details>")[0].count("x" * 1_000) == 3


def test_one_line_is_never_folded_whatever_its_length() -> None:
    assert "<details>" not in Block("x" * 19_000).html()


def test_a_line_to_paste_is_selected_by_one_click() -> None:
    part = Paste("try", "%sandbox run slug {}")
    assert part.text() == "try: %sandbox run slug {}"
    assert '<code class="sbx-paste">%sandbox run slug {}</code>' in part.html()
    assert ".sbx-paste{user-select:all}" in SHEET


def test_what_is_indented_stands_to_the_right_by_levels() -> None:
    table = Table("", ["number", "call"], [[1, "read"], [2, Indented(2, "handler")]])
    assert "· · handler" in table.text()
    assert '<td style="padding-left:24px">handler</td>' in table.html()


def lines(count: int) -> Iterator[str]:
    yield from (f"line {n}" for n in range(count))


def test_printed_lines_are_cut_in_the_middle() -> None:
    shown = printed("\n".join(lines(10_000))).split("\n")
    assert len(shown) == MAX_PRINTED_LINES + 2
    assert shown[0] == "line 0"
    assert shown[-2] == "line 9999"
    assert "… 9,800 more lines (RunResult.stdout has what was kept) …" in shown


@pytest.mark.parametrize(("seconds", "text"), [(None, ""), (0.00012, "0.1 ms"), (0.042, "42 ms"), (3.14159, "3.14 s")])
def test_a_duration_is_short(seconds: float | None, text: str) -> None:
    assert took(seconds) == text


HUGE: Final[dict[str, str]] = {
    "one line": "x" * 4_000_000,
    "a million lines": "\n" * 1_000_000,
    "escapes": "\u202e" * 1_000_000,
    "markup": "<&'" * 1_000_000,
    "accents": "\u0300" * 4_000_000,
}


def joined(show: Callable[[], Iterable[str]]) -> str:
    return "".join(show())


@pytest.mark.parametrize("name", HUGE)
def test_a_text_is_cut_before_it_is_looked_at(name: str) -> None:
    text = HUGE[name]
    table = Table(text, [text], [[text], [text]], wide=(0,))
    error = ExtensionError(text, hint=text, line=1, sources={"": text})
    parts: tuple[Part, ...] = (Line(text), Block(text, text), table, Data(text), Data([{text: text}]))
    shows: list[Callable[[], Iterable[str]]] = [part.text for part in parts]
    shows += [*(part.html for part in parts), partial(printed, text), partial(render, error)]
    for show in shows:
        assert quick(partial(joined, show))
        assert len(joined(show)) < 300_000


DEEP: Final = """
v = [['a ' * 1000] * 48 for _ in range(20)]
for _ in range(50):
    v = {'k': v}
"""


def test_a_value_that_is_large_and_deep_shows_at_once_wherever_it_is_shown(box: Sandbox) -> None:
    source = f"""{DEEP}
def give(data):
    return v
def answer(request):
    return {{'status': 200, 'body': v}}
def fail(data):
    raise ValueError(str(v)[:60000])
await exec('log', str(v)[:60000])
await exec('register-operation', {{'id': 'give', 'handler': give}})
await exec('register-operation', {{'id': 'fail', 'handler': fail}})
await exec('register-endpoint', {{'path': '/', 'method': 'GET', 'handler': answer}})
await exec('register-filter', {{'event': 'items.create', 'handler': give}})
try:
    await exec('create-items', 'x', {{'data': [v]}})
except PermissionError:
    pass
v"""
    extension = box.load(source, name="hello")
    response = box.request("GET", "/hello/")
    filtered = box.emit_filter("items.create", {"a": 1})
    made = box.run_operation("give", None)
    with pytest.raises(ScopeboxError) as raised:
        box.run_operation("fail", None)

    def shown() -> list[str]:
        views = (
            extension.result.view(),
            response_view(response, raised.value),
            View((Data(filtered), Data(made))),
            box.log.view(),
        )
        texts = [*(view.text() for view in views), *(view.html() for view in views), "\n".join(render(raised.value))]
        return [
            *texts,
            repr(box.log),
            repr(box.trace),
            box.trace.view().text(),
            extension.view().html(),
            repr(raised.value),
        ]

    assert max(map(len, shown())) < 100_000
    assert quick(shown)
