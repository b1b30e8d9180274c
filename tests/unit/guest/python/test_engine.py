"""The engine: namespaces, frames, tracebacks, default exports, guests apart from each other."""

from __future__ import annotations

import linecache
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from scopebox_guest.engine import SourceError
from scopebox_guest.python.interpreter import Interpreter

from tests.language_guest import Guest

KERNEL_EXT = Path(__file__).parents[3].parent / "kernel_ext"


def test_frames_are_those_of_the_extension() -> None:
    source = """import json
def outer(x):
    return sorted([x], key=inner)
def inner(x):

    return json.loads(x)
outer("{")
"""
    guest = Guest()
    frames = guest.interpreter.frames(guest.fails(source))
    assert [(frame.function, frame.line) for frame in frames] == [("<cell>", 7), ("outer", 3), ("inner", 6)]


def test_frames_reach_back_into_earlier_cells() -> None:
    guest = Guest()
    guest.interpreter.load("def f():\n    return 1 / 0", "<one>", {}, append=False)
    with pytest.raises(ZeroDivisionError) as caught:
        guest.interpreter.load("\n\nf()", "<two>", {}, append=True)
    assert [(frame.function, frame.line) for frame in guest.interpreter.frames(caught.value)] == [
        ("<cell>", 3),
        ("f", 2),
    ]


def test_line_numbers_survive_every_rewriting() -> None:
    source = "import math\nclass A:\n    def f(self):\n        super().__init__()\n        self.x = 1\n        self.x += 1\n        'a'.format(1)\n        return self.y\nA().f()"
    guest = Guest()
    assert [frame.line for frame in guest.interpreter.frames(guest.fails(source))] == [9, 8]


def test_tracebacks_show_the_source_without_any_file() -> None:
    guest = Guest()
    error = guest.fails("x = 1\nmissing_name")
    shown = "".join(traceback.format_exception(error))
    assert "missing_name" in shown
    linecache.checkcache("<cell>")
    assert linecache.getline("<cell>", 1) == "x = 1\n"


def test_a_cell_starts_anew_unless_it_is_appended() -> None:
    interpreter = Interpreter()
    interpreter.load("x = 1", "<cell>", {}, append=False)
    assert interpreter.load("x", "<cell>", {}, append=True) == 1
    with pytest.raises(NameError):
        interpreter.load("x", "<cell>", {}, append=False)


def test_a_source_that_does_not_compile_leaves_the_namespace_alone() -> None:
    interpreter = Interpreter()
    interpreter.load("x = 1", "<cell>", {}, append=False)
    with pytest.raises(SourceError):
        interpreter.load("x = (", "<cell>", {}, append=False)
    assert interpreter.load("x", "<cell>", {}, append=True) == 1


def test_a_default_export_is_the_global_default() -> None:
    interpreter = Interpreter()
    interpreter.load("x = 1", "<cell>", {}, append=False)
    assert interpreter.default_export() is None
    interpreter.load("default = {'id': 'x'}", "<cell>", {}, append=False)
    assert interpreter.default_export() == {"id": "x"}


def test_guests_share_no_state() -> None:
    first, second = Guest(), Guest()
    first.run("import random, decimal\nleak = 1\nrandom.seed(1)\nclass A: pass")
    assert isinstance(second.fails("leak"), NameError)
    second.run("import random\nrandom.seed(1)\na = random.random()")
    first.run("random.seed(2)")
    second.run("random.seed(1)")
    assert second.run("random.random() == a") is True
    assert isinstance(second.fails("B.x = 1", B=first.run("A")), TypeError)


def test_every_guest_draws_its_own_random_numbers() -> None:
    interpreter = Interpreter()
    drawn = [interpreter.load("import random\nrandom.random()", "<cell>", {}, append=False) for _ in range(2)]
    assert drawn[0] != drawn[1]


def test_errors_of_every_kind_come_out_as_they_are() -> None:
    for name in ("SystemExit", "KeyboardInterrupt", "GeneratorExit", "MemoryError", "StopIteration", "ExceptionGroup"):
        arguments = "('x', [ValueError()])" if "Group" in name else "(3)"
        assert type(Guest().fails(f"raise {name}{arguments}")).__name__ == name


def test_the_hint_of_a_hostile_error_is_silence() -> None:
    source = "class E({}):\n    def __str__(self): raise KeyError('x')\nraise E('y')"
    for base in ("Exception", "NameError", "AttributeError", "ImportError", "BaseException"):
        guest = Guest()
        assert guest.interpreter.hint(guest.fails(source.format(base))) == ""


def test_a_call_of_something_else_is_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="not callable"):
        Interpreter().call(3, [])


# Everything is imported when the engine is made: a guest finds no file any more.
WITHOUT_FILES = """
import builtins, contextlib, importlib, io, os, sys, traceback
for late in ("_colorize", "_suggestions", "tokenize", "linecache"):  # as the zygote does; of Python itself, and not in every one
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(late)
from scopebox_guest.python.interpreter import Interpreter
interpreter = Interpreter()
loaded = set(sys.modules)
def refuse(event, args):
    if event in ("open", "import", "os.listdir", "subprocess.Popen", "socket.__new__"):
        if not (event == "import" and args[0] in loaded):
            sys.stderr.write(f"{event} {args}\\n")
            os._exit(3)
sys.addaudithook(refuse)
value = interpreter.load(sys.argv[1], "<cell>", {}, append=False)
try:
    interpreter.load("def f(): return missing\\nf()", "<two>", {}, append=True)
except NameError as error:
    inner = error.__traceback__
    while inner.tb_frame.f_code.co_filename != "<two>":
        inner = inner.tb_next
    assert "return missing" in "".join(traceback.format_exception(error.with_traceback(inner)))
    assert interpreter.hint(error)
sys.stdout.write(repr(value))
"""
EVERYTHING = """
import json, re, datetime, random, statistics, string, decimal, fractions, uuid, hashlib, hmac, base64, html, csv, textwrap, io
import urllib.parse, unicodedata, secrets, collections, dataclasses, enum
import xml.etree.ElementTree as ET
class Color(enum.Enum):
    RED = "red"
@dataclasses.dataclass
class P:
    x: int = 1
try:
    json.loads("{")
except ValueError as error:
    pass
str([json.dumps({"a": [1, 2.5, None]}, indent=1), re.sub(r"\\w+", lambda m: m[0].upper(), "ab"), datetime.datetime.strptime("2024-05-06", "%Y-%m-%d").strftime("%A %B"),
 datetime.datetime.now(datetime.timezone.utc).isoformat(), datetime.datetime.now().astimezone().tzname(), random.sample(range(9), 3), statistics.quantiles([1, 2, 3]),
 string.Template("$a").substitute(a=1), decimal.Decimal(1) / 3, fractions.Fraction("1/3"), uuid.uuid4(), uuid.uuid5(uuid.NAMESPACE_DNS, "x"), uuid.uuid3(uuid.NAMESPACE_DNS, "x"),
 [hashlib.new(name, b"x").digest_size for name in sorted(hashlib.algorithms_available) if "shake" not in name], hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2),
 hmac.new(b"k", b"m", hashlib.sha256).hexdigest(), hmac.digest(b"k", b"m", "sha512"), base64.b64encode(b"x"), html.unescape("&amp;&eacute;"), list(csv.DictReader(io.StringIO("a,b\\n1,2"))),
 textwrap.fill("a b c", 3), urllib.parse.urlencode({"a": "b c"}), urllib.parse.urlsplit("http://bücher.example/x?y#z").hostname, unicodedata.normalize("NFKD", "é"),
 "é".encode("latin-1"), "ab".encode("utf-16"), "x".encode("idna"), "ü".encode("ascii", "replace"), secrets.token_hex(4), ET.fromstring("<a><b>c</b></a>").find("b").text, ET.tostring(ET.Element("a")),
 Color("red"), P(2), collections.namedtuple("T", "a b")(1, 2), "{:,}".format(1234567), f"{datetime.date(2024, 1, 2):%d.%m.%y}", 10**50 // 7, round(2.567, 1)])[:1]
"""


def test_nothing_is_imported_or_opened_after_the_engine_is_made() -> None:
    path = f"import sys\nsys.path.insert(0, {str(KERNEL_EXT)!r})\nsys.dont_write_bytecode = True\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", path + WITHOUT_FILES, EVERYTHING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "'['", "")
