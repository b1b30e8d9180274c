"""A manifest is bounded before a parser sees it: what it costs to refuse one does not depend on what is in it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import ManifestError
from scopebox.grants.grants import Grants
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from scopebox.manifest.bounds import (
    MAX_BLOCK_BYTES,
    MAX_DEPTH,
    MAX_KEY_DOTS,
    MAX_LINE_CHARACTERS,
    MAX_LINES,
    MAX_MANIFEST_BYTES,
    MAX_TOKENS,
    MAX_VALUES,
    MAX_WORD_CHARACTERS,
    check_shape,
    check_toml,
)
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.package_shape import PACKAGE_KEY
from scopebox.manifest.permission import MAX_URLS
from scopebox.manifest.sources import cell_block, load
from scopebox.urls.re2 import Re2
from scopebox.workbench.review.account import wide

from tests.growth import quick


def block(text: str, language: Language = DEFAULT_LANGUAGE) -> str:
    sign = language.comment
    return "\n".join([f"{sign} /// sandbox", *(f"{sign} {line}" for line in text.split("\n")), f"{sign} ///", "x = 1"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a." * 20_000 + "a=1", f"more than {MAX_BLOCK_BYTES:,} bytes"),
        ("a." * (MAX_KEY_DOTS + 1) + "a=1", f"more than {MAX_KEY_DOTS} dots"),
        ("a." * (MAX_KEY_DOTS - 1) + "a . b = 1\n[a.'b'. \"c\" .d.e.f]", f"more than {MAX_KEY_DOTS} dots"),
        ("x = { a.b.c.d.e.f = 1 }", f"more than {MAX_KEY_DOTS} dots"),
        ("x = '" + "y" * MAX_LINE_CHARACTERS + "'", f"{MAX_LINE_CHARACTERS:,} are the limit"),
        ("x = " + "1" * 1500, f"{MAX_WORD_CHARACTERS} are the limit"),
        ("x = " + "[" * (MAX_DEPTH + 1), "too deep"),
        ("x = 2024-99-99", "does not parse"),
        ('x = "\ud800"', "lone surrogates"),
    ],
)
def test_a_block_beyond_a_limit_is_refused_by_a_name_of_the_limit(text: str, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        Manifest.from_cell(block(text))
    assert message in caught.value.message
    assert caught.value.message.startswith("line ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{" + "'a': 1, " * 20_000 + "}", f"more than {MAX_BLOCK_BYTES:,} bytes"),
        ("{a: " * (MAX_DEPTH + 1), "too deep"),
        ("'it\\'s': " + "[" * (MAX_DEPTH + 1), "too deep"),
        ("{}," * (MAX_VALUES // 2 + 1), "more than 3,000 values"),
        ("{a: " + "1" * 400 + "}", f"{MAX_WORD_CHARACTERS} are the limit"),
        ("{" + "a" * 400 + ": 1}", f"{MAX_WORD_CHARACTERS} are the limit"),
        ("{a: '\ud800'}", "lone surrogates"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_block_of_json_has_the_same_limits(text: str, message: str, language: Language) -> None:
    with pytest.raises(ManifestError) as caught:
        Manifest.from_cell(block(text, language), language.name)
    assert message in caught.value.message
    assert caught.value.message.startswith("line ")


def test_a_number_of_any_length_is_an_error_of_the_manifest() -> None:  # host-man-int-digits
    for digits in (400, 1_900, 5_000, 200_000):
        for source in (block("x = " + "1" * digits), "x = " + "1" * digits, '{"x": ' + "1" * digits + "}"):
            with pytest.raises(ManifestError):
                Manifest.from_cell(source) if "///" in source else Manifest.read(source)


def test_a_dotted_key_of_thousands_of_parts_costs_nothing() -> None:  # host-man-toml-dotted
    cell = "# /// sandbox\n# " + "a." * 20000 + 'a = 1\n# ///\nprint("REACHED")\n'
    assert quick(lambda: Manifest.from_cell(cell))


@pytest.mark.parametrize(
    "cell",
    [
        "if True:\n" + " " * 40_000 + "x = 1\nx\n",  # host-man-spaces
        "\n" * 1_000_000, " " * 1_000_000, "#" * 1_000_000, "/" * 1_000_000, "# /" * 300_000, "//" + " " * 900_000,
        "//sandbo" * 120_000, "x//sandbox" * 100_000, "#//" * 300_000 + "sandbox", "x//sandbox\n" * 90_000, "\r" * 1_000_000,
        "# /// sandbox\n" + "# " * 490_000, "# /// sandbox\n" + "#\n" * 490_000, "# /// sandbox" + " " * 900_000, "x" * 4_000_000,
    ],
    ids=range(16),
)  # fmt: skip
def test_the_source_is_looked_at_once(cell: str) -> None:
    assert quick(lambda: Manifest.from_cell(cell))
    turned = cell.replace("#", "//")[: len(cell)]
    assert quick(lambda: Manifest.from_cell(turned, "js"))


HOSTILE = {
    "keys of five parts": "\n".join(f"a{i}.b.c.d.e=1" for i in range(MAX_VALUES)),
    "tables of five parts": "\n".join(f"[a{i}.b.c.d.e]" for i in range(MAX_VALUES - 1)),
    "one prefix": "\n".join(f"a.b.c.d.e{i}=1" for i in range(MAX_VALUES)),
    "lists of tables": "\n".join("[[a.b.c.d.e]]" for _ in range(MAX_VALUES // 2)),
    "deep lists": "\n".join(f"a{i}=[[[[[[[[[]]]]]]]]]" for i in range(500)),
    "long numbers": "\n".join(f"a{i}=" + "1" * (MAX_WORD_CHARACTERS - 1) for i in range(800)),
    "escapes": "\n".join(f'a{i}="' + "\\u0041" * 300 + '"' for i in range(130)),
    "spaces": "\n".join(" " * 1990 for _ in range(130)),
    "comments": "#\n" * (MAX_LINES - 1),
    "a text of many lines": 'x="""' + 'aaaaaaaaaaaaaaaaaaaaaaaa"\n' * (MAX_LINES - 10) + '"""',
    "quotes": '"' * MAX_LINE_CHARACTERS,
    "JSON": "[" + "{}," * (MAX_VALUES // 2 - 2) + "{}]",
    "one key often": '{"a": 1' + ', "a": 1' * 25_000 + "}",
    "one key often, without quotes": "{a: 1" + ", a: 1" * (MAX_VALUES - 2) + "}",
    "texts in single quotes": "[" + "'it\\'s \"\"\"', " * (MAX_VALUES - 2) + "1]",
    "one long text": "'" + '"' * (MAX_MANIFEST_BYTES - 10) + "': 1",
    "escapes of JSON": "'" + "\\'" * (MAX_MANIFEST_BYTES // 2 - 10) + "': 1",
    "a text without end": "{'" + "\\'" * (MAX_MANIFEST_BYTES // 2 - 10),
    "entries without commas": "{}" * (MAX_VALUES - 2),
    "spaces before a key": "{" + " " * (MAX_MANIFEST_BYTES - 10) + "a",
    "comments before JSON": "# a\n" * (MAX_MANIFEST_BYTES // 4 - 10) + "{}",
    "spaces between comments": "#\n" + " \n" * (MAX_MANIFEST_BYTES // 2 - 10) + "{}",
    "braces that are left open": "a: {" * (MAX_DEPTH - 1) + " " * 1_000,
    "names": "a" * (MAX_MANIFEST_BYTES - 10) + "\n:",
    "nested JSON": '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_just_below_the_limits_reading_is_quick(text: str) -> None:
    assert quick(lambda: load(text))


def test_a_package_is_bounded_like_any_manifest() -> None:
    for extension in ('{"a": ' * 40 + "1" + "}" * 40, "1" * 5_000, "[" + "1," * MAX_VALUES + "1]"):
        with pytest.raises(ManifestError):
            load(f'{{"{PACKAGE_KEY}": {extension}}}')


def test_lone_surrogates_of_json_are_shown_as_escapes() -> None:
    with pytest.raises(ManifestError) as caught:
        Manifest.read('{"permissions": [{"permission": "\\ud800"}]}')
    assert "\\ud800" in caught.value.message


def test_signs_in_texts_and_comments_are_no_shape() -> None:
    text = '''\
# a.b.c.d.e.f.g [[[[
x = "a.b.c.d.e.f.g" # it's "a.b.c.d.e.f.g
y = 'a.b.c.d.e.f.g\\'
z = """a.b.c.d.e.f.g "" \\""" [[[[ """
"a.b.c.d.e.f.g".b = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
d = 1979-05-27T00:32:00.999
'''
    check_toml(text, 1)
    tomllib.loads(text)


@given(st.text(alphabet="\"'\\\n#.=[]{},a1 ", max_size=60))
def test_what_toml_reads_as_deep_was_counted_as_deep(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except ValueError:
        return
    many = MAX_DEPTH * "[" + MAX_DEPTH * "]"
    with pytest.raises(ManifestError, match="too deep"):
        check_shape(f"{text}\nx = [{many}]")  # no text swallows what follows it
    check_shape(text) if "." not in text else None
    assert isinstance(data, dict)


def test_a_manifest_that_is_written_can_be_read() -> None:
    urls = [f"https://host-{number}.example.com/{'p' * 60}/*" for number in range(MAX_URLS)]
    permission = {"permission": "request", "allowedUrls": urls, "reason": "x.y.z.a.b.c.d"}
    manifest = Manifest.read([permission])
    assert max(map(len, manifest.toml().split("\n"))) < MAX_LINE_CHARACTERS
    assert Manifest.from_cell(manifest.toml()) == manifest
    scopes = Manifest.read({"requestedScopes": {"request": {"methods": ["GET"], "urls": urls}}})
    assert Manifest.from_cell(scopes.toml()) == scopes
    assert Manifest.read(json.loads(manifest.json())) == manifest


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    with pytest.raises(ManifestError) as caught:
        cell_block(end.join(["x", "# a // sandbox b", "x //sandbox", "# // sandbox"]))
    assert caught.value.place == "line 4"
    with pytest.raises(ManifestError) as caught:
        cell_block(end.join(["", "# /// sandbox", "# type = 'hook'", "# ///", "", "#//  [SANDBOX]"]))
    assert caught.value.place == "line 6"


def test_all_url_patterns_of_an_entry_are_compiled_at_once_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    which = Re2.which

    def counted(re2: Re2, patterns: Sequence[str], text: str) -> list[int]:
        asked.extend([len(patterns)] if patterns else [])
        return which(re2, patterns, text)

    monkeypatch.setattr(Re2, "which", counted)
    urls = [f"/https://a{number}.test/.*/" for number in range(MAX_URLS)]
    wide(Manifest.read({"requestedScopes": {"request": {"methods": ["GET"], "urls": urls}}}))
    assert asked == [2 * MAX_URLS]
    asked.clear()
    entry = {"permission": "request", "optional": True, "allowedUrls": urls}
    Grants.decide(Manifest.read({"permissions": [entry]}), {}, "directus-extension-x").grant("request")
    assert asked == [2 * MAX_URLS]


@pytest.mark.parametrize(
    ("urls", "place", "words"),
    [
        (["/https://a.test/.*/", "/https://b.test/(/", "/https://c.test/.*/"], "[1]", "does not parse"),
        ([f"/https://a{n}.test/[a-z]{{900}}/" for n in range(22)], "[21]", r"too large \(20,\d+ steps, 20,000 are"),
        ([f"https://a.test/{n}{'x' * 2_000}" for n in range(10)], "", "20,160 bytes, 20,000 are the limit"),
    ],
)
def test_url_patterns_beyond_their_bounds_are_refused_with_the_place_in_both_forms(
    urls: list[str], place: str, words: str
) -> None:
    entry = {"permission": "request", "allowedUrls": urls}
    with pytest.raises(ManifestError, match=words) as found:
        Manifest.read({"permissions": [entry]})
    assert found.value.place == f"permissions[0].allowedUrls{place}"
    with pytest.raises(ManifestError, match=words) as found:
        Manifest.read({"requestedScopes": {"request": {"methods": ["GET"], "urls": urls}}})
    assert found.value.place == f"requestedScopes.request.urls{place}"
    assert str(found.value).count("requestedScopes.request.urls") == 1


@pytest.mark.parametrize("beginning", ['{"permissions":[', "permissions = ["])
@pytest.mark.parametrize("sign", ["]", "}", ":", "\n", '"x"', "a ", "#\n"])
def test_signs_that_are_no_values_are_counted_too(beginning: str, sign: str) -> None:
    with pytest.raises(ManifestError, match="more than 50,000 words, signs and lines"):
        check_shape(beginning + sign * MAX_TOKENS)
    check_shape(beginning + sign * 1_000)
