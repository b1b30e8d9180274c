"""Names: what may be read and bound, wherever a name can stand."""

from __future__ import annotations

import pytest

from tests.language_guest import Guest, refused, run

BINDINGS = (
    "{} = 1",
    "({}, b) = 1, 2",
    "[*{}] = []",
    "{} += 1",
    "{}: int = 1",
    "{}: int",
    "({} := 1)",
    "for {} in []: pass",
    "async def f():\n async for {} in x: pass",
    "with x as {}: pass",
    "async def f():\n async with x as {}: pass",
    "try: pass\nexcept ValueError as {}: pass",
    "def {}(): pass",
    "async def {}(): pass",
    "class {}: pass",
    "class A:\n {} = 1",
    "class A:\n {}: int = 1",
    "def f({}): pass",
    "def f({}, /): pass",
    "def f(*, {}): pass",
    "def f(*{}): pass",
    "def f(**{}): pass",
    "async def f({}, /): pass",
    "async def f(*, {}): pass",
    "lambda {}: 1",
    "lambda {}, /: 1",
    "lambda *, {}=1: 1",
    "lambda *{}: 1",
    "lambda **{}: 1",
    "import json as {}",
    "from json import loads as {}",
    "def f():\n global {}",
    "def f():\n x = 1\n def g():\n  nonlocal {}",
    "del {}",
    "[1 for {} in []]",
    "{{1 for a, {} in []}}",
    "match 1:\n case {}: pass",
    "match 1:\n case [*{}]: pass",
    "match 1:\n case {{**{}}}: pass",
    "match 1:\n case 1 as {}: pass",
    "match 1:\n case [1, {}]: pass",
)
READINGS = (
    "{}",
    "f'{{{}}}'",
    "f'{{1:{{{}}}}}'",
    "lambda x={}: x",
    "def f(x={}): pass",
    "def f(x: {}): pass",
    "def f() -> {}: pass",
    "x: {} = 1",
    "@{}\ndef f(): pass",
    "class A({}): pass",
    "[{} for x in []]",
    "match {}:\n case 1: pass",
    "match 1:\n case {}.a: pass",
    "match 1:\n case {}(): pass",
    "match 1:\n case x if {}: pass",
)
RESERVED = (
    "_write_",
    "_attribute_",
    "__builtins__",
    "__import__",
    "__build_class__",
    "__class__",
    "__name__",
    "_private",
)


@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("binding", BINDINGS)
def test_a_reserved_name_is_bound_nowhere(binding: str, name: str) -> None:
    assert "reserved" in refused(binding.format(name)).message or "defining" in refused(binding.format(name)).message


@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("reading", READINGS)
def test_a_reserved_name_is_read_nowhere(reading: str, name: str) -> None:
    assert repr(name) in refused(reading.format(name)).message


def test_a_name_in_another_script_is_the_name_that_it_normalises_to() -> None:
    assert "'__builtins__'" in refused("_\uff3fbuiltins_\uff3f").message


def test_a_single_underscore_is_a_name() -> None:
    assert run("_ = 3\n[_ for _ in range(2)], _") == ([0, 1], 3)


def test_a_single_underscore_is_nothing_before_it_is_bound() -> None:
    assert isinstance(Guest().fails("_"), NameError)


def test_keyword_arguments_are_data() -> None:
    assert run("dict(_eq=1)") == {"_eq": 1}


@pytest.mark.parametrize(
    "name", ["eval", "compile", "open", "globals", "locals", "vars", "input", "memoryview", "breakpoint"]
)
def test_dangerous_builtins_are_absent(name: str) -> None:
    assert isinstance(Guest().fails(f"f = {name}"), NameError)


def test_a_call_of_eval_is_refused_before_it_runs() -> None:
    assert refused("eval('1')").message == "eval is refused: text never becomes code here"


def test_exec_is_the_call_to_the_host_under_any_spelling() -> None:
    guest = Guest()
    assert guest.run("await \uff45\uff58\uff45\uff43('log', 'x')") == "x"
    assert guest.calls == [("log", "x")]


def test_a_deleted_exec_is_not_replaced_by_a_builtin() -> None:
    assert isinstance(Guest().fails("del exec\nexec"), NameError)


def test_exec_and_print_are_values_like_any_other() -> None:
    guest = Guest()
    assert (
        guest.run("class A:\n    f = exec\nA.f is exec and [exec][0] is exec and (lambda f=exec: f)() is exec") is True
    )
    guest.run("say = print\nsay('a', 1)")
    assert guest.printed == ["a 1"]


def test_inputs_cannot_take_the_place_of_a_guard() -> None:
    with pytest.raises(TypeError, match="read-only"):
        run("import math\nmath.pi = 3", _write_=print)
