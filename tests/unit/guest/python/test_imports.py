"""Imports: only façades, by every form of the statement."""

from __future__ import annotations

import pytest

from tests.language_guest import Guest, refused, run


def test_every_form_of_import_binds_what_python_would_bind() -> None:
    source = """
import json, math as m
import urllib.parse
import urllib.parse as up
import collections.abc
from collections import deque as d, Counter
from urllib import parse
from xml.etree import ElementTree
def inner():
    import re
    from datetime import date
    return re.sub("a", "b", "aa"), date(2024, 1, 2).isoformat()
class A:
    from math import pi
[json.dumps(1), m.floor(1.5), urllib.parse.quote("a b"), up is urllib.parse is parse, d is collections.deque, Counter("aa")["a"],
 inner(), A.pi > 3, isinstance([], collections.abc.Sequence)]
"""
    assert run(source) == ["1", 1, "a%20b", True, True, 2, ("bb", "2024-01-02"), True, True]


@pytest.mark.parametrize(
    "module",
    [
        "os",
        "sys",
        "builtins",
        "importlib",
        "asyncio",
        "subprocess",
        "scopebox_guest",
        "gc",
        "ctypes",
        "o\uff53",
        "inspect",
    ],
)
def test_other_modules_do_not_exist(module: str) -> None:
    assert isinstance(Guest().fails(f"import {module}"), ModuleNotFoundError)
    assert isinstance(Guest().fails(f"import {module} as m"), ModuleNotFoundError)
    assert isinstance(Guest().fails(f"from {module} import path"), ModuleNotFoundError)
    assert isinstance(Guest().fails(f"import {module}.path"), ModuleNotFoundError)


@pytest.mark.parametrize(
    "source",
    [
        "from json import codecs",
        "from json import decoder",
        "from random import Random as R, os",
        "from urllib.parse import sys",
        "from re import enum",
        "from collections import UserString",
        "from string import Formatter",
        "from functools import update_wrapper",
        "from base64 import main",
        "from uuid import getnode",
        "from json import loads, nope",
    ],
)
def test_other_names_of_a_module_do_not_exist(source: str) -> None:
    assert type(Guest().fails(source)) is ImportError


@pytest.mark.parametrize(
    "source",
    [
        "import __main__",
        "from __main__ import x",
        "import a._b",
        "from a._b import c",
        "from json import __dict__",
        "from json import mro",
    ],
)
def test_reserved_names_are_not_imported(source: str) -> None:
    assert "importing" in refused(source).message


def test_the_driver_adds_modules() -> None:
    guest = Guest()
    guest.interpreter.modules = {"directus.api": {"log": len, "sleep": abs}}
    assert guest.run(
        "from directus.api import log, sleep\nimport directus.api as api\nimport directus.api\n[log([1]), sleep(-1), api is directus.api]"
    ) == [1, 1, True]
    assert type(guest.fails("from directus.api import nope")) is ImportError


def test_an_import_asks_nothing_of_pythons_import_machinery() -> None:
    assert isinstance(Guest().fails("__import__('os')"), Exception)
    assert isinstance(Guest().fails("import math\nmath.loads"), AttributeError)
