"""``match``: every pattern but those that read attributes unseen."""

from __future__ import annotations

import pytest

from tests.language_guest import refused, run

DESCRIBE = """
import enum
class Color(enum.Enum):
    RED = 1
def describe(value):
    match value:
        case None: return "nothing"
        case True | False: return "truth"
        case 1 | 2 as n: return f"small {n}"
        case Color.RED: return "red"
        case "a" | b"a": return "letter"
        case -1.5: return "negative"
        case []: return "empty"
        case [x]: return f"one {x}"
        case (x, [y, *rest]): return f"nested {x} {y} {rest}"
        case [first, *_, last]: return f"{first} to {last}"
        case {"type": "post", "author": {"name": name}, **others}: return f"post by {name} {others}"
        case {}: return "dict"
        case str() as text if text.isupper(): return f"shout {text}"
        case str(): return "text"
        case int() | float(): return "number"
        case _: return "other"
describe(value)
"""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "truth"),
        (2, "small 2"),
        ("a", "letter"),
        (-1.5, "negative"),
        ([], "empty"),
        ([7], "one 7"),
        ([1, [2, 3, 4]], "nested 1 2 [3, 4]"),
        ([1, 2, 3], "1 to 3"),
        ({"type": "post", "author": {"name": "Ada"}, "id": 3}, "post by Ada {'id': 3}"),
        ({"x": 1}, "dict"),
        ("HEY", "shout HEY"),
        ("hey", "text"),
        (99, "number"),
        ({1}, "other"),
    ],
)
def test_patterns_match_as_in_plain_python(value: object, text: str) -> None:
    assert run(DESCRIBE, value=value) == text


@pytest.mark.parametrize(
    "pattern",
    [
        "object(__class__=x)",
        "object(real=x)",
        "int(x)",
        "A(1, 2)",
        "[str(x)]",
        "{'a': A(b=1)}",
        "1 | A(b=1)",
        "A(b=1) as y",
        "a.B(c=d)",
    ],
)
def test_patterns_inside_a_class_pattern_are_refused(pattern: str) -> None:
    assert refused(f"match 1:\n    case {pattern}: pass").message == "patterns inside a class pattern are refused"
