"""JSON, as it is and as both documents print it: read whole, or refused with line, column and what would be right."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import ManifestError
from scopebox.manifest.bounds import MAX_DEPTH
from scopebox.manifest.object_notation import is_notation, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.from_regex(r"[a-z_]{2,8}", fullmatch=True), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip
NAME = re.compile(r"[^\W\d]\w*")


def as_printed(value: object) -> str:
    """Write a value as an author of JavaScript would: single quotes, and no quotes around keys that need none."""
    match value:
        case dict():
            pairs = (
                f"{key if NAME.fullmatch(key) else as_printed(key)}: {as_printed(inner)}"
                for key, inner in value.items()
            )
            return f"{{ {', '.join(pairs)} }}"
        case list():
            return f"[{', '.join(map(as_printed, value))}]"
        case str():
            inner = json.dumps(value)[1:-1].replace('\\"', '"').replace("'", "\\'")
            return f"'{inner}'"
        case _:
            return json.dumps(value)


def error_of(text: str) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        parse(text)
    return caught.value


@given(VALUES)
def test_what_is_json_is_read_as_json(value: object) -> None:
    for indent in (None, 2):
        assert parse(json.dumps([value], indent=indent)).value == [value]
        assert parse(json.dumps({"a": value}, indent=indent, ensure_ascii=False)).value == {"a": value}


@given(VALUES)
def test_what_javascript_would_read_is_read_alike(value: object) -> None:
    assert parse(as_printed([value])).value == [value]
    assert parse(as_printed({"key": value})).value == {"key": value}


@given(st.dictionaries(st.from_regex(r"[a-z_]{2,8}", fullmatch=True), VALUES, min_size=1, max_size=4))
def test_the_outermost_braces_may_be_left_out(members: dict[str, object]) -> None:
    for text in (json.dumps(members), as_printed(members)):
        assert is_notation(text[1:-1])
        assert parse(text[1:-1]) == (members, 0)
        assert parse(f"{text[1:-1]},\n") == (members, 0)


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=3), min_size=2, max_size=4))
def test_objects_that_follow_each_other_are_a_list(entries: list[dict[str, object]]) -> None:
    for between in (",\n", "\n", " , "):
        assert parse(between.join(map(json.dumps, entries))).value == entries


@given(VALUES)
def test_a_comma_may_follow_the_last_entry(value: object) -> None:
    text = json.dumps({"a": [value]})
    assert parse(f"{text[:-2]},],}},").value == {"a": [value]}


def test_what_was_cut_out_of_a_larger_text_may_lack_the_braces_that_close_it() -> None:
    assert parse('"a": {\n  "b": {\n    "c": ["d"]') == ({"a": {"b": {"c": ["d"]}}}, 2)
    assert parse("a: {}, b: {") == ({"a": {}, "b": {}}, 1)
    assert parse("a: 1") == ({"a": 1}, 0)


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("{", "1, column 1", "ends before this { is closed", "Add }"),
        ('{"a": {\n"b": 1', "1, column 7", "ends before this { is closed", "Add }"),
        ('"a": [{', "1, column 7", "ends before this { is closed", "Add }"),
        ('"a": ["b"', "1, column 6", "ends before this [ is closed", "Add ]"),
        ("[", "1, column 1", "ends before this [ is closed", "Add ]"),
        ('"a": {}}', "1, column 8", "this } closes nothing", "Remove it"),
        ("{}\n}", "2, column 1", "behind its end", "Remove"),
        ("{};", "1, column 3", "behind its end", "Remove"),
        ("{},,", "1, column 4", "another entry has to stand here", "Remove it"),
        ("{}, 1", "1, column 5", "another entry has to stand here", "Remove it"),
        ("{a: [1,,\n]}", "1, column 8", "a value has to stand here", "Remove it"),
        ("{,}", "1, column 2", "a key has to stand here", "Remove it"),
        ("{a: 1,, b: 2}", "1, column 7", "a key has to stand here", "Remove it"),
        ("{\n  a: 1\n  b: 2\n}", "2, column 7", "a comma is missing", "Add it"),
        ("[1 2]", "1, column 3", "a comma is missing", "Add it"),
        ("{a: [1}", "1, column 7", "a comma or ] has to stand here", "Remove it"),
        ("{a: 1: 2}", "1, column 6", "a comma or } has to stand here", "Remove it"),
        ("{a = 1}", "1, column 3", 'the key "a" has no colon', "TOML"),
        ("{a}", "1, column 3", 'the key "a" has no colon', 'Write "a": and its value'),
        ("{read-items: 1}", "1, column 2", "the key read-items needs quotes", 'Write "read-items"'),
        ("{a:", "1, column 4", "it ends where a value has to stand", "Write the rest"),
        ("{a: `b`}", "1, column 5", 'a value has to stand here, not "`"', "plain quotes"),
        ("{a: \u201cb\u201d}", "1, column 5", "a value has to stand here", "Remove it"),
        ("{a: 'b\n'}", "1, column 5", "a text is not closed in its line", "Add '"),
        ('{"a\\"', "1, column 2", "a text is not closed in its line", 'Add "'),
        ('{"a": "b\tc"}', "1, column 9", "is not a valid text", r"a tab as \t"),
        (r'{"a": "C:\data"}', "1, column 10", "is not a valid text", r"a backslash as \\"),
        ("// why\n{}", "1, column 1", "a comment stands here", "JSON has none"),
        ("{a: 1 /* why */}", "1, column 7", "a comment stands here", "JSON has none"),
        ("{a: 1\n# why\n}", "2, column 1", "a comment stands here", "JSON has none"),
        ("{a: True}", "1, column 5", "True is not JSON", "Write true"),
        ("{a: undefined}", "1, column 5", "undefined is not JSON", "Write null"),
        ("{a: NaN}", "1, column 5", "NaN is not JSON", "quotes"),
        ("{a: 01}", "1, column 5", "01 is not JSON", "quotes"),
        ("{a: 1.5.2}", "1, column 5", "1 is not JSON", "quotes"),
        ("{a: editor}", "1, column 5", "editor is not JSON", 'quotes: "editor"'),
        ("{a: 1, 'a': 2}", "1, column 8", 'the key "a" is there twice', "Remove one"),
    ],
)
def test_an_error_names_the_place_and_what_would_be_right(text: str, place: str, message: str, hint: str) -> None:
    error = error_of(text)
    assert error.place == f"line {place}"
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("optional: boolean", "Write true or false, or leave the key out."),
        ("role: string", 'Write a text in quotes, such as "editor".'),
        ("allowedUrls: string[]", 'Write a list of texts, such as ["https://api.example.com/*"].'),
    ],
)
def test_a_type_that_the_document_prints_in_place_of_a_value_is_told_from_a_value(entry: str, hint: str) -> None:
    error = error_of(f"{{\n\t{entry}\n}}")
    assert "says what belongs here, and is no value" in error.message
    assert error.hint == hint


def test_the_lines_and_columns_of_an_error_are_those_that_the_user_sees() -> None:
    with pytest.raises(ManifestError) as caught:
        parse("{\n  a: flase\n}", first_line=7, margin=3)
    assert caught.value.place == "line 8, column 9"


@pytest.mark.parametrize("quote", "\"'")
def test_what_a_text_holds_is_no_shape(quote: str) -> None:
    for escape in (quote, "\\", "n", '"', "'"):
        deep = "[" * (MAX_DEPTH + 1)
        text = f"{{a: {quote}\\{escape} {deep} {{ // # /* {quote}, b: 1}}"
        assert parse(text).value
        nested = f"{{a: {quote}\\{escape}{quote}, b: {deep}"
        assert "too deep" in error_of(nested).message  # no text swallows what follows it


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", True),
        (' \n"a": 1', True),
        ("'a': 1", True),
        ("permissions: []", True),
        ("[{", True),
        ("[]", True),
        ('["a", "b"]', True),
        ("# why\n\n// why\n{}", True),
        ("permissions = []", False),
        ('"permissions" = []', False),
        ("'requestedScopes'.log = {}", False),
        ("[requestedScopes]", False),
        ("[[permissions]]", False),
        ('["requestedScopes"]', False),
        ('[ "requestedScopes".log ]', False),
        ("# why\n[requestedScopes]", False),
        ("", False),
        ("# {", False),
        ("C:\\manifest.toml", False),
        ("a/b: c", False),
    ],
)
def test_a_text_says_with_its_beginning_how_it_is_written(text: str, expected: bool) -> None:
    assert is_notation(text) is expected
