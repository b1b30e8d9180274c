"""Sources: syntax errors, refused constructs, limits of compilation, lines and columns."""

from __future__ import annotations

import pytest
from scopebox_guest.python.refusals import REFUSALS
from scopebox_guest.python.source import MAX_CHARACTERS

from tests.language_guest import Guest, refused, run

CONSTRUCTS = {
    "variable": "_x = 1",
    "attribute": "x._y",
    "introspection": "x.gi_frame",
    "opening": "x.mro()",
    "augmented guarded attribute": "x.format += 1",
    "dunder definition": "class A:\n    def __getattribute__(self, name): pass",
    "async dunder definition": "class A:\n    async def __enter__(self): pass",
    "eval": "eval('1')",
    "class arguments": "class A(metaclass=type): pass",
    "class pattern": "match 1:\n    case int(real=x): pass",
    "guarded pattern": "match 1:\n    case x.format: pass",
    "except star": "try: pass\nexcept* ValueError: pass",
    "star import": "from math import *",
    "relative import": "from . import x",
    "future import": "from __future__ import division",
    "import name": "from random import _os",
    "source size": "#" * (MAX_CHARACTERS + 1),
    "nesting": "x = " + "-" * 1000 + "1",
    "node count": "a = 1\n" * 40_000,
    "bidirectional control": "a = '\u202e'",
    "null character": "a = 1\0",
    "unreadable source": "a = '\ud800'",
}
NEWER = {"type alias", "type parameters", "unknown syntax"}  # syntax of later versions of Python


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_refused_construct_says_what_is_refused_and_what_to_write(construct: str) -> None:
    error = refused(CONSTRUCTS[construct])
    sentence = REFUSALS[construct].what.partition("{name")[0]
    assert error.message.startswith(sentence)
    assert error.hint
    assert "{name}" not in error.hint + error.message


def test_every_refusal_is_tested() -> None:
    assert set(REFUSALS) - NEWER == set(CONSTRUCTS)


@pytest.mark.parametrize(
    "source",
    ["type X = int", "def f[T](x): pass", "class A[T]: pass", "async def f[T]():\n    pass"],
)
def test_type_parameters_and_aliases_are_a_clean_error_in_every_version(source: str) -> None:
    assert refused(source).line == 1


def test_a_plain_syntax_error_speaks_in_pythons_own_words() -> None:
    error = refused("x = 1\nif x\n    y = 2\n")
    assert (error.message, error.line, error.column) == ("expected ':'", 2, 5)


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("x = 1\ny = x._z", 2, 5),
        ("'äöü', x.mro", 1, 8),
        ("\f\nx.mro", 2, 1),
        ("a = '\u2028'\nx.mro", 2, 1),
        ("a\r\nb.mro", 2, 1),
    ],
)
def test_a_refusal_points_at_its_place_in_characters(source: str, line: int, column: int) -> None:
    error = refused(source)
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize(
    "source",
    [
        "x" + ".real" * 40_000,
        "x = " + "-" * 200_000 + "1",
        "not " * 60_000 + "1",
        "if 0:\n pass\n" + "elif 0:\n pass\n" * 15_000,
        "(" * 100_000,
        "f" + "()" * 100_000,
        "1" + "+1" * 100_000,
        "lambda:" * 30_000 + "1",
        "[" * 199 + "]" * 199,
        "{" * 5_000,
        "f'" + "{" * 3_000,
        "@f\n" * 50_000 + "def f(): pass",
        "\n".join(" " * depth + "if 1:" for depth in range(120)) + "\n" + " " * 120 + "pass",
    ],
)
def test_a_source_that_strains_the_compiler_is_a_clean_error(source: str) -> None:
    assert refused(source).message


def test_ordinary_nesting_is_compiled() -> None:
    assert run("(" * 90 + "1" + ")" * 90) == 1
    assert run("1" + " + 1" * 150) == 151
    assert run("if 0: pass\n" + "elif 0: pass\n" * 150 + "else: x = 1\nx") == 1


def test_a_deep_caller_leaves_room_for_the_compiler() -> None:
    def deep(levels: int) -> object:
        return deep(levels - 1) if levels else run("[[[[[[[[[1]]]]]]]]]")

    assert deep(700) == [[[[[[[[[1]]]]]]]]]


def test_bidirectional_controls_may_be_written_as_escapes() -> None:
    assert run(r"'\u202e'") == "\u202e"


def test_an_encoding_cookie_changes_nothing() -> None:
    assert run("# -*- coding: unicode_escape -*-\nx = 1 #\\u000ax = 2\nx") == 1


def test_the_value_of_a_cell_is_its_last_expression() -> None:
    assert run("1\n2\n3") == 3
    assert run("x = 3") is None
    assert run("") is None
    assert run("'only a docstring'") == "only a docstring"
    assert run("if True:\n    4") is None


def test_warnings_about_a_source_do_not_stop_it() -> None:
    assert run(r"'\d' is 'x'") is False


def test_the_value_of_one_cell_is_not_the_value_of_the_next() -> None:
    guest = Guest()
    assert guest.run("5") == 5
    assert guest.run("x = 1") is None


def test_annotations_are_checked_but_never_evaluated() -> None:
    assert run("x: Unknown[int] = 1\ndef f(a: Missing) -> Nowhere: return a\nf(x)") == 1
    assert "__class__" in refused("x: ().__class__ = 1").message
    assert "__class__" in refused("def f(x: ().__class__): pass").message
    assert "__class__" in refused("async def f() -> ().__class__: pass").message
    assert "__class__" in refused("class A:\n    x: ().__class__").message


def test_annotations_from_the_future_are_those_of_here() -> None:
    assert run("from __future__ import annotations\nx: int = 1\nx") == 1
