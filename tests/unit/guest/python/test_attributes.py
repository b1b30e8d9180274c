"""Attributes and items: which are loaded, guarded, written."""

from __future__ import annotations

import pytest

from tests.language_guest import Guest, refused, run

INTROSPECTION = (
    "__class__",
    "__dict__",
    "__globals__",
    "__traceback__",
    "_private",
    "_",
    "gi_frame",
    "gi_code",
    "gi_yieldfrom",
    "cr_frame",
    "cr_await",
    "cr_origin",
    "ag_frame",
    "ag_await",
    "f_back",
    "f_globals",
    "f_builtins",
    "tb_frame",
    "tb_next",
    "co_code",
    "co_consts",
    "mro",
    "fget",
    "fset",
    "fdel",
)
PLACES = (
    "x.{}",
    "x.a.{}.b",
    "x.{}()",
    "x.{} = 1",
    "x.{} += 1",
    "x.{}: int = 1",
    "del x.{}",
    "f'{{x.{}}}'",
    "f'{{1:{{x.{}}}}}'",
    "for x.{} in []: pass",
    "with a as x.{}: pass",
    "lambda y=x.{}: y",
    "def f(y: x.{}): pass",
    "y: x.{} = 1",
    "@x.{}\ndef f(): pass",
    "class A(x.{}): pass",
    "match 1:\n case x.{}: pass",
    "match 1:\n case {{x.{}: 1}}: pass",
    "match 1:\n case x.{}(): pass",
    "(a, *x.{}) = 1, 2",
)


@pytest.mark.parametrize("name", INTROSPECTION)
@pytest.mark.parametrize("place", PLACES)
def test_an_introspecting_attribute_is_written_nowhere(place: str, name: str) -> None:
    assert repr(name) in refused(place.format(name)).message


@pytest.mark.parametrize("name", INTROSPECTION)
@pytest.mark.parametrize(
    "use",
    [
        "getattr(x, {!r})",
        "setattr(x, {!r}, 1)",
        "delattr(x, {!r})",
        "operator.attrgetter({!r})(x)",
        "operator.methodcaller({!r})(x)",
    ],
)
def test_an_introspecting_attribute_is_reached_by_no_text(use: str, name: str) -> None:
    error = Guest().fails(f"import operator\nclass A: pass\nx = A()\n{use.format(name)}")
    assert isinstance(error, AttributeError)


def test_hasattr_is_no_oracle() -> None:
    assert run("[hasattr((), '__class__'), hasattr(len, '__self__'), hasattr('', 'upper')]") == [False, False, True]


def test_getattr_takes_no_fourth_parameter_and_no_keyword() -> None:
    assert isinstance(Guest().fails("getattr(1, 'real', None, getattr)"), TypeError)
    assert isinstance(Guest().fails("getattr(1, 'real', getattr=getattr)"), TypeError)


def test_getattr_gives_a_default_for_what_is_refused() -> None:
    assert run("getattr(1, '__class__', 'none')") == "none"


def test_a_name_that_changes_between_check_and_use_is_taken_once() -> None:
    source = """
class Name(str):
    def __str__(self): return "__class__"
    def startswith(self, prefix): return False
    def __eq__(self, other): return True
    def __hash__(self): return 1
getattr((), Name("__class__"))
"""
    assert isinstance(Guest().fails(source), AttributeError)


@pytest.mark.parametrize("value", ["coro()", "agen()", "anext(agen(), None)"])
@pytest.mark.parametrize("name", ["send", "throw", "close", "asend", "athrow", "aclose"])
def test_coroutines_and_async_generators_are_not_stepped_by_hand(value: str, name: str) -> None:
    source = f"""
async def coro(): pass
async def agen(): yield 1
x = {value}
try:
    x.{name}
except AttributeError as error:
    result = str(error)
try:
    await x
except TypeError:
    pass
result
"""
    assert name in str(run(source))


def test_generators_keep_their_methods() -> None:
    source = """
def echo():
    got = yield 0
    while True:
        got = yield got
g = echo()
next(g)
first = g.send(5)
g.close()
first
"""
    assert run(source) == 5


def test_objects_of_the_guest_may_have_any_public_attribute() -> None:
    source = """
class Client:
    def __init__(self):
        self.obj = 1
        self.format = "json"
    def send(self, text):
        return text + self.format
    def close(self):
        return "closed"
c = Client()
c.send("as "), c.close(), c.obj
"""
    assert run(source) == ("as json", "closed", 1)


@pytest.mark.parametrize("name", ["format", "format_map", "send", "obj"])
def test_an_augmented_assignment_does_not_load_a_guarded_name(name: str) -> None:
    assert name in refused(f"x.{name} += 1").message


def test_the_object_of_an_attribute_error_stays_away() -> None:
    assert isinstance(Guest().fails("import json\ntry: json.nope\nexcept AttributeError as e: e.obj"), AttributeError)
    assert isinstance(Guest().fails("AttributeError.obj"), AttributeError)


def test_the_name_of_a_class_or_function_can_be_read() -> None:
    source = "def f(): pass\nclass A:\n    def m(self): pass\n[type(ValueError()).__name__, f.__name__, A.__name__, A().m.__name__, int.__name__, type(f).__name__]"
    assert run(source) == ["ValueError", "f", "A", "m", "int", "function"]


def test_an_object_has_no_name() -> None:
    assert isinstance(Guest().fails("[].__name__"), AttributeError)


@pytest.mark.parametrize(
    "target",
    [
        "math",
        "len",
        "int",
        "ValueError",
        "json.dumps",
        "fractions.Fraction",
        "'text'",
        "datetime.datetime",
        "exec",
        "type",
        "(1,)",
        "ValueError()",
    ],
)
@pytest.mark.parametrize(
    "write",
    [
        "{}.x = 1",
        "{}.x: int = 1",
        "{}.x += 1",
        "del {}.x",
        "{}['x'] = 1",
        "{}[0] += 1",
        "del {}[0]",
        "setattr({}, 'x', 1)",
    ],
)
def test_nothing_but_own_objects_and_containers_is_written(target: str, write: str) -> None:
    error = Guest().fails(f"import math, json, fractions, datetime\nt = {target}\n{write.format('t')}")
    assert isinstance(error, TypeError)
    assert "read-only" in str(error)


def test_own_objects_and_containers_are_written() -> None:
    source = """
import collections
class A:
    n = 1
def f(): pass
a, d, l, q, c = A(), {}, [0], collections.deque([1]), collections.Counter()
a.n += 1; a.m: int = 2; A.n = 5; f.calls = 1; f.calls += 1
d["k"] = 1; d["k"] += 1; l[0] = 3; l[0:1] = [4, 5]; q[0] += 1; c["x"] += 1
a.items = d; a.items["z"] = 1; setattr(a, "y", 7)
del a.m, l[0]
[a.n, A.n, f.calls, d, l, q[0], c["x"], a.y, hasattr(a, "m")]
"""
    assert run(source) == [2, 5, 2, {"k": 2, "z": 1}, [5], 2, 1, 7, False]


def test_the_target_of_an_augmented_assignment_is_evaluated_once() -> None:
    source = "n = []\ndef get():\n    n.append(1)\n    return d\nd = {'a': 1}\nget()['a'] += 1\n(d, len(n))"
    assert run(source) == ({"a": 2}, 1)


def test_a_class_does_not_register_foreign_classes_with_the_library() -> None:
    assert isinstance(Guest().fails("import abc\nabc.ABC.register(int)"), AttributeError)


def test_own_things_may_be_called_register() -> None:
    assert run("class R:\n    def register(self, f): return f\nR().register(3)") == 3
