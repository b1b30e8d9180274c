"""Whatever a TypeScript cell is: its types become spaces, or it is refused where it stands; hints are texts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from scopebox_guest.engine import SourceError
from scopebox_guest.javascript.hints.hints import runtime_hint, syntax_hint
from scopebox_guest.javascript.source.comments import without_hash_comments
from scopebox_guest.javascript.typescript.blanking import blank

from tests.fuzz.test_parsers import bounded

LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
PIECES = [
    "as",
    "satisfies",
    "<",
    ">",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ";",
    ",",
    ".",
    "?",
    "!",
    "=",
    "=>",
    "|",
    "&",
    "`",
    "${",
    "'",
    '"',
    "/",
    "//",
    "/*",
    "*/",
    "#",
    "@",
    "\\",
    "\n",
    "a",
    "b.c",
    "T",
    "1",
    "x:",
    "let",
    "const",
    "function",
    "class",
    "interface",
    "type",
    "enum",
    "namespace",
    "declare",
    "abstract",
    "private",
    "readonly",
    "static",
    "get",
    "set",
    "async",
    "await",
    "return",
    "import",
    "export",
    "from",
    "default",
    "new",
    "this",
    "keyof",
    "typeof",
    "infer",
    "extends",
    "implements",
    "in",
    "out",
    "is",
    "asserts",
    "'directus:api'",
    "'x'",
    "é",
    "😀",
    "\u2028",
    "\r\n",
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda between: between.join(pieces))
)


def _check_refusal(error: SourceError, lines: list[str]) -> None:
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert error.hint


@bounded
@given(texts)
def test_types_become_spaces_or_are_refused(source: str) -> None:
    try:
        found = blank(source, ("log", "sleep", "request"))
    except SourceError as error:
        _check_refusal(error, LINE_END.split(source))
        return
    assert len(found) == len(source)
    assert LINE_END.findall(found) == LINE_END.findall(source)
    assert all(now == before or now in " ;()" for now, before in zip(found, source, strict=True))


@bounded
@given(texts, st.integers(-1, 10), st.integers(-1, 50), texts)
def test_hints_are_texts(source: str, line: int, column: int, message: str) -> None:
    assert isinstance(syntax_hint(source, line, column, message), str)
    assert isinstance(runtime_hint("TypeError", message, source), str)


@bounded
@given(texts)
def test_comments_become_spaces(source: str) -> None:
    found = without_hash_comments(source)
    assert len(found) == len(source)
    assert LINE_END.findall(found) == LINE_END.findall(source)
