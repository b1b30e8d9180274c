"""Functions, classes, ``super`` and ``type``."""

from __future__ import annotations

import pytest
from scopebox_guest.python.names import METHODS

from tests.language_guest import Guest, refused, run

FORBIDDEN_METHODS = (
    "__new__",
    "__del__",
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "__delattr__",
    "__dir__",
    "__class_getitem__",
    "__init_subclass__",
    "__set_name__",
    "__get__",
    "__set__",
    "__delete__",
    "__await__",
    "__reduce__",
    "__reduce_ex__",
    "__getstate__",
    "__setstate__",
    "__copy__",
    "__deepcopy__",
    "__instancecheck__",
    "__subclasscheck__",
    "__subclasshook__",
    "__mro_entries__",
    "__prepare__",
    "__buffer__",
    "__length_hint__",
    "__sizeof__",
    "__class__",
    "__match_args__",
    "__private",
    "_protected",
)


@pytest.mark.parametrize("name", FORBIDDEN_METHODS)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_methods_that_change_what_an_object_is_are_refused(kind: str, name: str) -> None:
    assert repr(name) in refused(f"class A:\n    {kind} {name}(self): pass").message


@pytest.mark.parametrize("name", sorted(METHODS))
def test_an_ordinary_method_is_defined_directly_in_a_class_only(name: str) -> None:
    run(f"class A:\n    def {name}(self, *args): return 1")
    assert repr(name) in refused(f"def {name}(self): pass").message
    assert repr(name) in refused(f"class A:\n    def m(self):\n        def {name}(self): pass").message


def test_class_attributes_with_special_names_are_refused() -> None:
    for name in ("__slots__", "__match_args__", "__class__", "__hash__", "__annotations__"):
        assert repr(name) in refused(f"class A:\n    {name} = 1").message


def test_super_finds_class_and_object_by_itself() -> None:
    source = """
class Base:
    def __init__(self, x, *, y=2):
        self.x, self.y = x, y
    def total(self):
        return self.x + self.y
    def __repr__(self):
        return f"Base({self.x})"
class Child(Base):
    def __init__(self, x):
        super().__init__(x, y=10)
    def total(self):
        return super().total() * 2
    def __repr__(self):
        return "Child of " + super().__repr__()
    @classmethod
    def make(cls, x):
        return cls(x)
class Grandchild(Child):
    def total(self):
        return super(Grandchild, self).total() + 1
class Problem(ValueError):
    def __init__(self, code):
        super().__init__(f"problem {code}")
        self.code = code
g = Grandchild.make(1)
try:
    raise Problem(7)
except ValueError as error:
    found = (str(error), error.code, error.args)
g.total(), repr(g), found
"""
    assert run(source) == (23, "Child of Base(1)", ("problem 7", 7, ("problem 7",)))


def test_super_without_a_class_is_pythons_own_error() -> None:
    assert isinstance(Guest().fails("def f(x): return super()\nf(1)"), RuntimeError)


def test_super_gives_methods_of_the_list_only() -> None:
    assert "__getattribute__" in refused("class A:\n    def f(self): return super().__getattribute__('x')").message
    assert "__class__" in refused("class A:\n    def f(self): return super().__class__").message
    assert "__subclasses__" in refused("class A:\n    def f(self): return super().__subclasses__()").message


def test_super_of_a_foreign_class_is_refused() -> None:
    assert isinstance(Guest().fails("super(int, 1)"), TypeError)
    assert isinstance(Guest().fails("import enum\nsuper(enum.Enum, enum.Enum)"), TypeError)


def test_formatting_through_super_is_checked() -> None:
    source = "class S(str):\n    def f(self): return super().format(1)\nS('{0.real}').f()"
    assert isinstance(Guest().fails(source), ValueError)


@pytest.mark.parametrize(
    "base",
    ["type", "type(1)", "json", "json.loads", "fractions.Fraction", "uuid.UUID", "collections.Counter", "len", "3"],
)
def test_only_classes_are_inherited_from(base: str) -> None:
    source = f"import json, fractions, uuid, collections\nclass A({base}): pass\nisinstance(A, type) and A"
    if base == "type(1)":
        assert "A" in repr(run(source))
    else:
        assert isinstance(Guest().fails(source), TypeError)


@pytest.mark.parametrize("arguments", ["metaclass=type", "**{'metaclass': type}", "flag=1"])
def test_a_class_takes_no_arguments(arguments: str) -> None:
    assert "metaclasses" in refused(f"class A({arguments}): pass").message


def test_type_tells_a_class_and_makes_none() -> None:
    source = """
class A: pass
a = A()
[type(a) is A, type(1) is int, type("") is str, type(None) is type(None), type(A) is type, type(int) is type,
 isinstance(A, type), isinstance(1, type), type(ValueError()) is ValueError, isinstance("x", type("y")), type(1)("7")]
"""
    assert run(source) == [True, True, True, True, True, True, True, False, True, True, 7]
    assert isinstance(Guest().fails("type('X', (), {})"), TypeError)


@pytest.mark.parametrize(
    "value", ["lambda: 1", "(x for x in [])", "json", "json.loads", "len", "exec", "[].append", "Error.fail"]
)
def test_the_class_of_what_is_no_data_is_opaque(value: str) -> None:
    source = f"""
import json
class Error:
    def fail(self): pass
t = type({value})
[isinstance({value}, t), t is type({value}), t.__name__ != ""], t
"""
    result = run(source)
    assert isinstance(result, tuple)
    assert result[0] == [True, True, True]
    assert not isinstance(result[1], type)
    assert not callable(result[1])


@pytest.mark.parametrize(
    ("setup", "call"),
    [
        ("A.maps = [(object,), {}]", "collections.ChainMap.new_child(A, 'X')"),
        ("", "collections.Counter.copy(A)"),
        ("", "fractions.Fraction.limit_denominator(A)"),
        ("", "random.Random.shuffle(A)"),
        ("", "string.Template.substitute(A)"),
        ("", "statistics.mean([A])"),
        ("", "statistics.NormalDist.from_samples([A])"),
        ("", "dataclasses.replace(A)"),
        ("", "copy.copy(A)()"),
    ],
)
def test_no_function_of_the_library_hands_out_the_type_of_a_class(setup: str, call: str) -> None:
    source = f"""
import collections, fractions, random, string, statistics, dataclasses, copy
@dataclasses.dataclass
class A:
    def as_integer_ratio(): return (1, 1)
{setup}
try:
    result = {call}
except (TypeError, AttributeError, ValueError):
    result = None
result
"""
    result = run(source)
    assert not (isinstance(result, type) and issubclass(result, type))
    assert result is None or type(type(result)) is type


def test_functions_take_arguments_of_every_kind() -> None:
    source = """
def f(a, b=2, /, c=3, *rest, d, e=5, **more):
    return a, b, c, rest, d, e, more
args, named = (1, 2, 3, 4), {"d": 4, "z": 26}
f(*args, **named), (lambda x, *y, z=1: (x, y, z))(1, 2, z=3)
"""
    assert run(source) == ((1, 2, 3, (4,), 4, 5, {"z": 26}), (1, (2,), 3))


def test_how_many_positional_arguments_a_handler_takes_is_known() -> None:
    guest = Guest()
    guest.run("""
import functools
class A:
    def __call__(self, a, b): pass
    def m(self, a): pass
    @staticmethod
    def s(a, b, c): pass
class B:
    def __init__(self, a): pass
async def co(a, b=1): pass
def star(a, *rest): pass
a = A()
p = functools.partial(co, 1)
""")
    expected = {
        "co": (2, False),
        "star": (1, True),
        "a": (2, False),
        "a.m": (1, False),
        "a.s": (3, False),
        "B": (1, False),
        "p": (1, False),
        "lambda: 1": (0, False),
        "len": (0, True),
    }
    assert {name: guest.interpreter.positional(guest.run(name)) for name in expected} == expected
