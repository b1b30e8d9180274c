"""Hints: a typical mistake is answered with what would be right."""

from __future__ import annotations

import pytest
from scopebox_guest.engine import SourceError
from scopebox_guest.python.hint_tables import MEMBERS, MODULES, NAMES
from scopebox_guest.python.names import is_refused_variable

from tests.language_guest import Guest

MISTAKES = {
    "request.body": 'write request["body"]',
    "request.paylod": 'write ["paylod"]',
    "request.itms()": "Did you mean items()?",
    "keys = [1, 2]\nkeys[0]['id']": 'exec("read-items", …)',
    "itmes": "Did you mean items?",
    "dataframe_of_mine": "--input dataframe_of_mine",
    "true": "True",
    "x = null": "None",
    "undefined": "None",
    "console.log('x')": 'exec("log", message)',
    "log('x')": "from directus.api import log",
    "open('file')": "no files",
    "json.dumps(1)": "import json",
    "import requests": 'exec("request", url)',
    "import httpx": 'exec("request", url)',
    "import urllib.request": 'exec("request", url)',
    "import os": "no files",
    "import sys": "no files",
    "from pathlib import Path": "no files",
    "import asyncio": "gather",
    "import logging": 'exec("log", message)',
    "import jsn": "Did you mean json?",
    "import nothing_like_it": "Only a part of the standard library is here: abc, base64",
    "from json import laods": "Did you mean json.loads?",
    "import time\ntime.sleep(1)": 'exec("sleep", milliseconds)',
    "import string\nstring.Formatter": "f-strings",
    "import math\nmath.sqroot": "Did you mean math.sqrt?",
    "import time\ntime.nothing_like_it": "Only a part of time is here: monotonic, time.",
    "import collections\ncollections.Counter.elements": "Counter(…).elements()",
    "items.push(1)": "append",
    "items.length": "len(value)",
    "'a'.toUpperCase()": "text.upper()",
    "await 3": "leave await away",
    "e = eval": "Text never becomes code",
    "getattr(1, '__class__')": "begin with an underscore",
    "getattr(1, 'gi_frame')": "frames",
    "'{0.real}'.format(1)": "f-string",
    "'a' + 1": "f-string",
    "import math\nmath.pi = 3": "your own classes",
    "import json\nclass A(json): pass": "inherit from your own",
    "import json\njson.dumps({1})": "plain data first",
    "import json\njson.dumps(1, cls=int)": "default=function",
    "import json\njson.loads('1', cls=int)": "object_hook=function",
    "try:\n    items.nope\nexcept AttributeError as error:\n    error.obj": "str(error)",
    "f = lambda: f()\nf()": "calls itself",
    "match 1:\n    case print(): pass": "isinstance()",
    "sorted([{}, {}])": "key=lambda",
}
SLIPS = {
    "x._private": "without it",
    "self._x = 1": "without it",
    "_x = 1": "underscore away",
    "const x = 1": "name = value",
    "let x = 1": "name = value",
    "f = (x) => x": "lambda",
    "if a && b: pass": "and, or",
    "x === y": "==",
    "function f() {}": "def name",
    "async function f() {}": "async def",
    "export default function() {}": "def default(router)",
    "import { log } from 'directus:api'": "from module import name",
    "x = new Date()": "without new",
    "!ls": "no shell",
    "%time 1": "no shell",
    "// comment": "#",
    "x = a ?? b": ".get(",
    "x++": "name += 1",
    "return 1": "last expression",
    "def f():\n    await x": "async def",
    "eval('1')": "json.loads()",
    "try:\n    pass\nexcept* ValueError:\n    pass": "group.exceptions",
}


@pytest.mark.parametrize("source", MISTAKES)
def test_a_mistake_is_answered_with_what_would_be_right(source: str) -> None:
    guest = Guest()
    assert MISTAKES[source] in guest.interpreter.hint(guest.fails(source, items=[1], request={"body": ""}))


@pytest.mark.filterwarnings("ignore:coroutine 'f' was never awaited")
@pytest.mark.parametrize("use", ["f()['x']", "f().items", "[x for x in f()]", "len(f())", "f() + 1", "dict(f())"])
def test_a_forgotten_await_is_noticed(use: str) -> None:
    guest = Guest()
    error = guest.fails(f"async def f(): return {{}}\n{use}")
    assert "An await is missing" in guest.interpreter.hint(error)
    del error


@pytest.mark.parametrize("source", SLIPS)
def test_a_slip_of_syntax_is_answered_with_what_would_be_right(source: str) -> None:
    error = Guest().fails(source)
    assert isinstance(error, SourceError)
    assert SLIPS[source] in error.hint


@pytest.mark.parametrize(
    "source", ["1 / 0", "{}['a']", "int('x')", "raise ValueError('mine')", "assert False", "[].pop()"]
)
def test_an_error_that_says_it_all_gets_no_hint(source: str) -> None:
    guest = Guest()
    assert guest.interpreter.hint(guest.fails(source)) == ""


def test_a_hint_never_names_a_guard() -> None:
    guest = Guest()
    for name in ("attribute", "write", "import_from", "super_method", "getattrr", "builtins", "build_class"):
        assert "_" not in guest.interpreter.hint(guest.fails(name)).replace(name, "")


def test_every_hinted_name_is_really_absent() -> None:
    guest = Guest()
    for name in NAMES:
        assert isinstance(guest.fails(name), NameError)
    for name in MODULES:
        if name.isidentifier() and name != "directus":
            assert isinstance(guest.fails(f"import {name}"), ModuleNotFoundError)
    for module, name in MEMBERS:
        assert not is_refused_variable(name)
        assert isinstance(guest.fails(f"from {module} import {name}"), ImportError)


def test_a_hint_survives_texts_of_any_size() -> None:
    guest = Guest()
    for error in (
        "NameError('x' * 10**6, name='y' * 10**6)",
        "AttributeError('x' * 10**6)",
        "ImportError('x' * 10**6)",
        "TypeError('(' * 10**5)",
    ):
        assert len(guest.interpreter.hint(guest.fails(f"raise {error}"))) < 1000
