"""Formatting: everything but attributes inside of templates."""

from __future__ import annotations

import pytest

from tests.language_guest import Guest, run


def test_templates_format_as_in_plain_python() -> None:
    source = """
row = {"a": 1, "b": [2, 3]}
["{} {}".format(1, 2), "{1}{0}".format("a", "b"), "{x!r:>5}".format(x="q"), "{0:{1}.{2}f}".format(3.14159, 8, 2),
 "{r[a]} {r[b][1]}".format(r=row), "{a:03d}".format_map(row), "{{}}".format(), f"{row['a']:>{3}} {row!r:.3}",
 "%s %(x)s" % {"x": 1} if False else "%d-%s" % (1, "x"), str.format("{}", 1), str.format_map("{a}", row),
 list(map("{:02}".format, [1, 2])), list(map(str.format, ["{}"], [5]))]
"""
    assert run(source) == [
        "1 2",
        "ba",
        "  'q'",
        "    3.14",
        "1 3",
        "001",
        "{}",
        "  1 {'a",
        "1-x",
        "1",
        "1",
        ["01", "02"],
        ["5"],
    ]


@pytest.mark.parametrize(
    "template", ["{0.real}", "{0.__class__}", "{x.y}", "{0[a].b}", "{0:{1.real}}", "{.a}", "{0!r:{0.a}}"]
)
@pytest.mark.parametrize(
    "call",
    [
        "t.format(1, 2, x=3)",
        "str.format(t, 1, 2, x=3)",
        "t.format_map({'x': 3, '0': 1})",
        "str.format_map(t, {'x': 1})",
        "getattr(t, 'format')(1, 2, x=3)",
        "getattr(str, 'format')(t, 1, 2, x=3)",
        "S(t).format(1, 2, x=3)",
        "S.format(t, 1, 2, x=3)",
        "S(t).f(1, 2, x=3)",
        "list(map(str.format, [t], [1], [2]))",
        "functools.partial(str.format, t)(1, 2, x=3)",
        "functools.reduce(str.format, [t, 1])",
        "operator.methodcaller('format', 1, 2, x=3)(t)",
        "operator.attrgetter('format')(t)(1, 2, x=3)",
        "[getattr][0](t, 'format')(1, 2, x=3)",
    ],
)
def test_a_template_reads_no_attribute(template: str, call: str) -> None:
    source = f"import functools, operator\nclass S(str):\n    f = str.format\nt = {template!r}\n{call}"
    error = Guest().fails(source)
    assert isinstance(error, ValueError | KeyError | IndexError)
    assert "attributes are refused" in str(error)


def test_an_own_format_method_is_an_own_method() -> None:
    assert run(
        "class A:\n    def format(self, x): return x\nclass S(str):\n    def format(self, x): return x\nA().format(1), S('{0.a}').format(2)"
    ) == (1, 2)
