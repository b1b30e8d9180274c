"""Generated programs and chains of attributes: none reaches anything that a guest was not given."""

from __future__ import annotations

import ast
import os
import types

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scopebox_guest.engine import SourceError
from scopebox_guest.python.names import SUPER_METHODS, is_refused_attribute, is_refused_variable
from scopebox_guest.python.policy import Policy, base

from tests.language_guest import Guest

ROOTS = (
    "f",
    "f.__name__",
    "A",
    "A()",
    "g",
    "co",
    "len",
    "exec",
    "print",
    "type",
    "type(f)",
    "type(A)",
    "super",
    "object",
    "str",
    "'text'",
    "{}",
    "error",
    "json",
    "json.loads",
    "functools.partial(f)",
    "fractions.Fraction(1)",
    "collections.Counter",
    "re.compile('a')",
    "property(f)",
    "datetime.datetime",
    "caught",
)
NAMES = [
    "__class__",
    "__dict__",
    "__globals__",
    "__builtins__",
    "__code__",
    "__closure__",
    "__func__",
    "__self__",
    "__wrapped__",
    "__mro__",
    "__base__",
    "__bases__",
    "__subclasses__",
    "__init__",
    "__call__",
    "__getattribute__",
    "__reduce_ex__",
    "__traceback__",
    "__context__",
    "__cause__",
    "__module__",
    "__loader__",
    "gi_frame",
    "gi_code",
    "cr_frame",
    "cr_await",
    "ag_frame",
    "f_back",
    "f_globals",
    "f_builtins",
    "f_locals",
    "tb_frame",
    "tb_next",
    "co_consts",
    "mro",
    "fget",
    "obj",
    "format",
    "format_map",
    "send",
    "throw",
    "close",
    "register",
    "func",
    "args",
    "keywords",
    "name",
    "value",
    "code",
    "path",
    "with_traceback",
    "copy",
    "upper",
    "loads",
    "codecs",
    "sys",
    "os",
    "decoder",
    "enum",
    "numerator",
    "real",
    "__name__",
]
SETUP = """
import json, functools, fractions, collections, re, datetime
def f(x=None): return x
class A:
    def m(self): return self
    @property
    def p(self): return 1
g = (x for x in [1])
class Trap:
    def __enter__(self): return self
    def __exit__(self, kind, error, tb):
        self.caught = tb
        return True
with Trap() as trap:
    1 / 0
caught = trap.caught
try:
    json.nope
except AttributeError as e:
    error = e
co = A().m
"""
SECRET = (types.ModuleType, types.FrameType, types.CodeType, types.CellType, memoryview)
EXAMPLES = int(os.environ.get("SCOPEBOX_FUZZ", "150"))
bounded = settings(
    max_examples=EXAMPLES,
    derandomize="SCOPEBOX_FUZZ" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def harmless(value: object) -> bool:
    """Whether a guest may hold ``value``."""
    if isinstance(value, type) and issubclass(value, type):
        return False
    if isinstance(value, types.BuiltinFunctionType) and value.__name__ in {
        "eval",
        "exec",
        "open",
        "compile",
        "__import__",
        "getattr",
    }:
        return False
    return not isinstance(value, SECRET) and value is not str.format and value is not str.format_map


@pytest.fixture(scope="module")
def prepared() -> Guest:
    guest = Guest()
    guest.run(SETUP)
    return guest


step = st.one_of(
    st.sampled_from(NAMES).map(lambda name: (f".{name}", "")),
    st.sampled_from(NAMES).map(lambda name: (f", {name!r})", "getattr(")),
    st.sampled_from(["()", "(1)", "(f)", "(A)", "(str)", "('__class__')", "[0]", "['__builtins__']"]).map(
        lambda text: (text, "")
    ),
    st.sampled_from([(")", "type("), (")", "super("), (")", "f("), (",))", "(lambda *a: a)(")]),
)


@given(root=st.sampled_from(ROOTS), steps=st.lists(step, min_size=1, max_size=4))
@bounded
def test_no_chain_of_steps_reaches_the_inside(prepared: Guest, root: str, steps: list[tuple[str, str]]) -> None:
    expression = root
    for after, before in steps:
        expression = f"{before}{expression}{after}"
    try:
        value = prepared.run(expression)
    except Exception:
        return
    assert harmless(value), expression


identifier = st.sampled_from(["x", "_x", "__builtins__", "_write_", "obj", "f_code", "__class__", "print", "exec"])
expression = st.recursive(
    st.one_of(identifier, st.sampled_from(["1", "'a'", "None", "[]", "{}"])),
    lambda inner: st.one_of(
        st.builds("({}.{})".format, inner, st.sampled_from(NAMES)),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}({}, *{}, **{})".format, inner, inner, inner, inner),
        st.builds("(lambda {}={}: {})".format, identifier, inner, inner),
        st.builds("[{} for {} in {} if {}]".format, inner, identifier, inner, inner),
        st.builds("(await {})".format, inner),
        st.builds("f'{{{}!r:{{{}}}}}'".format, identifier, identifier),
        st.builds("({} := {})".format, identifier, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
target = st.one_of(
    identifier, st.builds("{}.{}".format, identifier, st.sampled_from(NAMES)), st.builds("{}[0]".format, identifier)
)
statement = st.one_of(
    expression,
    st.builds("{} = {}".format, target, expression),
    st.builds("{} += {}".format, target, expression),
    st.builds("{}: {} = {}".format, target, expression, expression),
    st.builds("del {}".format, target),
    st.builds("import {} as {}".format, identifier, identifier),
    st.builds("from {} import {} as {}".format, identifier, identifier, identifier),
    st.builds("def {}({}, /, *{}): return {}".format, identifier, identifier, identifier, expression),
    st.builds("async def {}(*, {}={}): return {}".format, identifier, identifier, expression, expression),
    st.builds("class {}({}): {} = {}".format, identifier, expression, identifier, expression),
    st.builds("for {} in {}: pass".format, target, expression),
    st.builds("with {} as {}: pass".format, expression, target),
    st.builds("match {}:\n case [{}, *{}] | {{'a': {}}}: pass".format, expression, identifier, identifier, identifier),
    st.builds("match {}:\n case {}({}={}): pass".format, expression, identifier, identifier, identifier),
    st.builds("try: {}\nexcept {} as {}: pass".format, expression, identifier, identifier),
    st.builds("global {}".format, identifier),
)


@given(statements=st.lists(statement, min_size=1, max_size=3))
@bounded
def test_what_the_policy_passes_holds_no_reserved_name_but_its_guards(statements: list[str]) -> None:
    source = "\n".join(statements)
    try:
        tree = ast.parse(source)
        Policy(source.split("\n")).visit(tree)
    except (SyntaxError, SourceError):
        return
    for node in ast.walk(tree):
        check_node(node)


GUARDS = {value for name, value in vars(base).items() if name.isupper() and isinstance(value, str)}


def check_node(node: ast.AST) -> None:
    """Assert that a node of a passed tree is harmless by its own fields."""
    if isinstance(node, ast.Name):
        assert not is_refused_variable(node.id) or (node.id in GUARDS and isinstance(node.ctx, ast.Load))
    elif isinstance(node, ast.Attribute):
        assert not is_refused_attribute(node.attr)
        if not isinstance(node.ctx, ast.Load):
            assert isinstance(node.value, ast.Call)
            assert isinstance(node.value.func, ast.Name)
            assert node.value.func.id == base.WRITE_GUARD
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        assert isinstance(node.value, ast.Call)
        assert isinstance(node.value.func, ast.Name)
        assert node.value.func.id == base.WRITE_GUARD
    else:
        assert not isinstance(node, ast.Import | ast.ImportFrom)
        for field in ("name", "rest", "arg", "id"):
            name = getattr(node, field, None)
            allowed = isinstance(
                node, ast.keyword | ast.FunctionDef | ast.AsyncFunctionDef
            ) and name in SUPER_METHODS | {"_write_", None}
            assert (
                not isinstance(name, str) or allowed or not is_refused_variable(name) or isinstance(node, ast.keyword)
            )


@given(st.text(max_size=60))
@bounded
def test_any_text_is_a_value_or_a_clean_error(text: str) -> None:
    guest = Guest()
    error = outcome_of(guest, text)
    if isinstance(error, SourceError):
        assert error.message
        assert error.line >= 0
    elif error is not None:
        assert guest.interpreter.frames(error)


def outcome_of(guest: Guest, text: str) -> Exception | None:
    """The error of a cell, if there is one."""
    try:
        guest.interpreter.load(text, "<cell>", {}, append=False)
    except Exception as error:
        return error
    return None


@given(
    template=st.text(alphabet="{}[]0123456789.!:ra_x", max_size=20),
    call=st.sampled_from(
        ["t.format(v, v, x=v)", "t.format_map({'x': v})", "str.format(t, v, v)", "getattr(t, 'format')(v)"]
    ),
)
@bounded
def test_no_template_reads_an_attribute(template: str, call: str) -> None:
    guest = Guest()
    source = f"class V(dict):\n    reads = []\n    @property\n    def x(self): self.reads.append(1)\n    r = a = ra = x\n    def __missing__(self, key): return self\n    def __format__(self, spec): return ''\nv, t = V(), {template!r}\ntry:\n    {call}\nexcept (ValueError, KeyError, IndexError, TypeError, AttributeError):\n    pass\nv.reads"
    assert guest.run(source) == []
