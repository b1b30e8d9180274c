"""Façades: frozen, complete enough, and with no way from any public name to the inside."""

from __future__ import annotations

import abc
import builtins
import enum
import types
from collections import deque
from typing import TYPE_CHECKING

import pytest
from scopebox_guest.python.names import is_refused_attribute
from scopebox_guest.python.stand_ins import Class, Module

from tests.language_guest import Guest, run

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = [
    "abc",
    "base64",
    "bisect",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "io",
    "itertools",
    "json",
    "math",
    "operator",
    "random",
    "re",
    "secrets",
    "statistics",
    "string",
    "textwrap",
    "time",
    "types",
    "typing",
    "unicodedata",
    "urllib",
    "urllib.parse",
    "uuid",
    "xml",
    "xml.etree",
    "xml.etree.ElementTree",
]

OBJECTS = """
import abc, base64, collections, contextlib, copy, csv, dataclasses, datetime, decimal, enum, fractions, functools, hashlib, hmac, io
import itertools, json, operator, random, re, statistics, string, types, typing, urllib.parse, uuid
import collections.abc
import xml.etree.ElementTree as ET
@dataclasses.dataclass(order=True)
class Record:
    x: int
    y: list = dataclasses.field(default_factory=list)
class Color(enum.Enum):
    RED = 1
class Right(enum.Flag):
    READ = 1
class Text(str): pass
class Pair(collections.namedtuple("Pair", "a b")): pass
class Base(abc.ABC):
    @abc.abstractmethod
    def go(self): pass
class Own:
    @functools.cached_property
    def cached(self): return 1
    @property
    def prop(self): return 1
    @staticmethod
    def static(): pass
    @classmethod
    def cls(cls): pass
def gen(): yield 1
async def agen(): yield 1
@contextlib.contextmanager
def manager(): yield 1
@functools.lru_cache
def cached(x): return x
def error_of(function):
    try:
        function()
    except Exception as error:
        return error
errors = [error_of(f) for f in (lambda: json.loads("{"), lambda: json.nope, lambda: decimal.Decimal("x"), lambda: re.compile("("), lambda: nope,
    lambda: "\\ud800".encode(), lambda: ET.fromstring("<a"), lambda: next(iter([])), lambda: statistics.mean([]), lambda: {}["a"])]
objects = [Record(1), Record, Color, Color.RED, Right.READ, Text("x"), Pair(1, 2), Pair, Base, Own(), Own, gen(), agen(), manager(), cached,
    re.compile("a"), re.match("a", "a"), datetime.datetime.now(), datetime.timezone.utc, datetime.timedelta(1), random.Random(1),
    statistics.NormalDist(), statistics.linear_regression([1, 2, 3], [2, 4, 6]), string.Template("$a"), itertools.count(),
    itertools.groupby([1]), functools.partial(len, [1]), functools.cmp_to_key(lambda a, b: 0)(1), collections.Counter("a"),
    collections.ChainMap({}), collections.deque(), collections.defaultdict(list), collections.OrderedDict(), decimal.Decimal(1),
    decimal.getcontext(), decimal.localcontext(), fractions.Fraction(1, 2), uuid.uuid4(), uuid.uuid4().is_safe, hashlib.sha256(),
    hashlib.new("md5"), hmac.new(b"a", b"b", "sha256"), csv.reader(["a"]), csv.reader(["a"]).dialect, csv.DictReader(["a", "b"]),
    csv.DictWriter(io.StringIO(), ["a"]), urllib.parse.urlsplit("http://a/b"), urllib.parse.urlparse(b"http://a"), urllib.parse.urldefrag("a#b"),
    io.StringIO("x"), io.BytesIO(), ET.fromstring("<a><b/></a>"), enum.auto(), dataclasses.fields(Record), contextlib.nullcontext(1),
    contextlib.suppress(ValueError), operator.itemgetter(1), operator.attrgetter("a"), operator.methodcaller("a"), types.MappingProxyType({}),
    types.SimpleNamespace(a=1), typing.Any, typing.Optional[int], collections.abc.Mapping, list[int], int | str, range(3), slice(1), zip(),
    map(len, []), property(lambda s: 1), staticmethod(len), classmethod(len), object(), NotImplemented, ..., None, {}.keys(), frozenset(),
    b"", bytearray(), 1.0, 1j, True, super, type, type(1), type(gen()), type(json), "x".join, [].append, lambda: 1, Own().cls, exec, print,
    ExceptionGroup("x", [ValueError()]), errors]
"""
FORBIDDEN = [
    *(
        getattr(builtins, name)
        for name in ("eval", "exec", "open", "compile", "getattr", "setattr", "delattr", "hasattr", "type", "super")
    ),
    *(
        getattr(builtins, name)
        for name in ("vars", "globals", "locals", "dir", "input", "breakpoint", "memoryview", "__import__")
    ),
    *(abc.ABCMeta, enum.EnumMeta, str.format, str.format_map, type.mro, object.__subclasses__),
]
FORBIDDEN_KINDS = (types.ModuleType, types.FrameType, types.TracebackType, types.CodeType, types.CellType, memoryview)
MAX_STEPS = 5
SCALARS = {
    str,
    int,
    float,
    bytes,
    bool,
    types.MethodType,
    types.BuiltinMethodType,
}  # one of each has all that others have


def reachable(guest: Guest) -> Iterator[tuple[str, object]]:
    """Every object that chains of public attributes, items and ``type`` lead to, with the way."""
    load, kind = guest.run("getattr"), guest.run("type")
    assert callable(load)
    assert callable(kind)
    public = [
        (name, guest.run(name))
        for name in dir(builtins)
        if name.isidentifier() and not name.startswith("_") and _known(guest, name)
    ]
    modules = [(name, guest.run(f"import {name} as m\nm")) for name in MODULES]
    todo = deque([*public, *modules, ("objects", guest.run("objects"))])
    seen: dict[object, object] = {}
    while todo:
        way, value = todo.popleft()
        same = (type(value), getattr(value, "__name__", "")) if type(value) in SCALARS else id(value)
        if same in seen:
            continue
        seen[same] = value
        yield way, value
        if way.count(".") + way.count("[") + way.count("(") >= MAX_STEPS:
            continue
        todo.extend(_next_to(way, value, load))
        todo.append((f"type({way})", kind(value)))


def _known(guest: Guest, name: str) -> bool:
    try:
        guest.run(name)
    except Exception:
        return False
    return True


def _next_to(way: str, value: object, load: object) -> Iterator[tuple[str, object]]:
    assert callable(load)
    for name in dir(value):
        try:
            yield f"{way}.{name}", load(value, name)
        except Exception:
            assert True
    if isinstance(value, dict):
        yield from ((f"{way}[{key!r}]", item) for key, item in list(value.items())[:50])
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"{way}[{index}]", item) for index, item in enumerate(list(value)[:150]))


def test_no_chain_of_public_names_leads_inside() -> None:
    guest = Guest()
    guest.run(OBJECTS)
    found = 0
    for way, value in reachable(guest):
        found += 1
        assert not isinstance(value, FORBIDDEN_KINDS), way
        assert not any(value is forbidden for forbidden in FORBIDDEN), way
        assert not (isinstance(value, type) and issubclass(value, type)), way
        name = way.rpartition(".")[2]
        assert not is_refused_attribute(name) or name == "__name__", way
    assert found > 1000


def test_a_class_of_the_library_gives_out_no_method_written_in_python() -> None:
    guest = Guest()
    guest.run(OBJECTS)
    for way, value in reachable(guest):
        owner = getattr(value, "__module__", None)
        if isinstance(value, types.FunctionType):
            assert owner == "extension" or str(owner).startswith("scopebox_guest."), way


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_frozen(module: str) -> None:
    facade = run(f"import {module} as m\nm")
    assert isinstance(facade, Module)
    name = next(iter(name for name in vars(facade) if name != "_name"))
    with pytest.raises(AttributeError):
        setattr(facade, name, 1)
    with pytest.raises(AttributeError):
        delattr(facade, name)
    for write in ("m.new = 1", f"m.{name} = 1", f"del m.{name}", f"setattr(m, {name!r}, 1)"):
        assert isinstance(Guest().fails(f"import {module} as m\n{write}"), TypeError)


@pytest.mark.parametrize("module", MODULES)
def test_a_missing_name_says_so_and_hands_nothing_out(module: str) -> None:
    error = Guest().fails(f"import {module} as m\nm.nope")
    assert isinstance(error, AttributeError)
    assert str(error) == f"module {module!r} has no attribute 'nope'"
    assert error.obj is None
    assert error.name == "nope"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_holds_nothing_that_can_be_changed(module: str) -> None:
    facade = run(f"import {module} as m\nm")
    for name, value in vars(facade).items():
        assert not isinstance(value, list | dict | set | bytearray | types.ModuleType), name
        assert name == "_name" or not is_refused_attribute(name)
        assert not isinstance(value, types.FunctionType), name


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("datetime.datetime.now()", "datetime.datetime"),
        ("datetime.date.today()", "datetime.date"),
        ("decimal.Decimal(1)", "decimal.Decimal"),
        ("fractions.Fraction(1, 2) + 1", "fractions.Fraction"),
        ("uuid.uuid4()", "uuid.UUID"),
        ("collections.Counter()", "collections.Counter"),
        ("collections.Counter()", "dict"),
        ("collections.deque()", "collections.deque"),
        ("re.compile('a')", "re.Pattern"),
        ("re.match('a', 'a')", "re.Match"),
        ("random.Random(1)", "random.Random"),
        ("statistics.NormalDist()", "statistics.NormalDist"),
        ("string.Template('')", "string.Template"),
        ("io.StringIO()", "io.StringIO"),
        ("[1]", "collections.abc.Sequence"),
        ("{}", "(int, collections.abc.Mapping)"),
        ("lambda: 1", "collections.abc.Callable"),
    ],
)
def test_isinstance_knows_the_classes_of_the_library(value: str, kind: str) -> None:
    imports = (
        "import collections, collections.abc, datetime, decimal, fractions, io, random, re, statistics, string, uuid"
    )
    assert run(f"{imports}\nisinstance({value}, {kind})") is True
    assert run(f"{imports}\nisinstance(object(), {kind})") is False
    if "abc" not in kind and kind != "dict":
        assert run(f"{imports}\ntype({value}) is {kind}") is True
        assert run(f"{imports}\nissubclass({kind}, {kind}) if isinstance({kind}, type) else True") is True


def test_types_are_combined_as_isinstance_takes_them() -> None:
    source = """
import fractions, typing, collections.abc
Number = int | fractions.Fraction | None
[isinstance(v, Number) for v in (1, fractions.Fraction(1, 2), None, "x")] + [isinstance([], collections.abc.Mapping | list), isinstance(int, type | str)]
"""
    assert run(source) == [True, True, True, False, True, True]


def test_json_takes_functions_but_no_classes() -> None:
    source = """
import json
[json.loads('{"a": 1.5, "b": 2}', parse_float=str, object_hook=lambda d: sorted(d.items())), json.dumps({1, 2}, default=sorted), json.loads(b"[1]"),
 json.dumps({"b": 1, "a": [1]}, indent=2, sort_keys=True), json.loads("[NaN]", parse_constant=repr)]
"""
    assert run(source) == [[("a", "1.5"), ("b", 2)], "[1, 2]", [1], '{\n  "a": [\n    1\n  ],\n  "b": 1\n}', ["'NaN'"]]
    for call in ("json.dumps(1, cls=int)", "json.loads('1', cls=int)", "json.loads('1', **{'cls': int})"):
        assert isinstance(Guest().fails(f"import json\n{call}"), TypeError)


@pytest.mark.parametrize(
    "fields",
    [
        "[S('a=().__class__')]",
        "['a b']",
        "['__class__']",
        "['def']",
        "'_a'",
        "[1]",
        "'mro'",
        "'a a'",
        "['gi_frame']",
        "S('a b')",
    ],
)
def test_a_namedtuple_takes_plain_names_only(fields: str) -> None:
    source = f"""
from collections import namedtuple
class S(str):
    def isidentifier(self): return True
    def split(self, *args): return [S("a=().__class__")]
    def replace(self, *args): return self
    def __str__(self): return S("x=1")
namedtuple("N", {fields})
"""
    if fields == "S('a b')":
        assert getattr(run(source), "_fields") == ("a", "b")  # noqa: B009 - not a name of this class to mypy
    else:
        assert isinstance(Guest().fails(source), TypeError | ValueError)


def test_a_namedtuple_takes_no_hostile_type_name() -> None:
    for name in ("S('x')", "'a.b'", "'__class__'", "1"):
        source = f"from collections import namedtuple\nclass S(str): pass\nnamedtuple({name}, 'a')"
        assert isinstance(Guest().fails(source), TypeError | ValueError)


def test_wraps_copies_names_between_own_functions_only() -> None:
    source = """
import functools, json
def f():
    "doc"
@functools.wraps(f)
def g(): pass
@functools.wraps(json.loads)
def h(): pass
class Sink: pass
s = functools.wraps(f)(Sink())
[g.__name__, h.__name__, isinstance(s, Sink), functools.wraps(f)(len) is len]
"""
    assert run(source) == ["f", "h", True, True]
    assert isinstance(Guest().fails("import functools\nfunctools.wraps(len, assigned=('__globals__',))"), TypeError)


@pytest.mark.parametrize(
    "target", ["fractions.Fraction", "int", "ValueError", "datetime.date", "enum.Enum", "json", "3"]
)
@pytest.mark.parametrize("decorator", ["functools.total_ordering", "dataclasses.dataclass", "abc.abstractmethod"])
def test_classes_of_the_library_are_changed_by_no_decorator(decorator: str, target: str) -> None:
    source = f"import abc, dataclasses, datetime, enum, fractions, functools, json\n{decorator}({target})"
    assert isinstance(Guest().fails(source), TypeError)


def test_a_cache_shows_nothing_of_its_function_but_its_figures() -> None:
    source = """
import functools
calls = []
@functools.lru_cache(maxsize=2)
def f(x, *, y=1):
    calls.append(x)
    return x * y
@functools.cache
def g(x): return x
class A:
    @functools.lru_cache
    def m(self, x): return x
[f(1), f(1), f(2, y=3), len(calls), f.cache_info().hits, g(2), A().m(4), f.cache_clear()]
"""
    assert run(source) == [1, 1, 6, 2, 1, 2, 4, None]


def test_an_enumeration_is_not_made_by_a_call() -> None:
    for call in (
        "enum.Enum('E', {'__class__': 1})",
        "enum.Enum('E', 'a b')",
        "Empty('E', {'__getattribute__': 1})",
        "Color('E', names='a')",
    ):
        source = f"import enum\nclass Empty(enum.Enum): pass\nclass Color(enum.Enum):\n    RED = 1\n{call}"
        error = Guest().fails(source)
        assert isinstance(error, TypeError)
        assert "write a new enumeration as a class" in str(error)


def test_copies_are_deep_where_data_is_and_shared_elsewhere() -> None:
    source = """
import copy, json
from collections import deque, defaultdict
class Node:
    def __init__(self, value):
        self.value, self.next = value, self
class L(list): pass
n = Node([1])
m, s = copy.deepcopy(n), copy.copy(n)
data = {"a": [1, (2, [3])], "d": deque([[1]]), "f": len, "j": json, "e": defaultdict(list, x=[1])}
data["self"] = data
c = copy.deepcopy(data)
data["a"][1][1].append(4)
l = L([[1]])
[m.next is m, m.value is not n.value, s.value is n.value, c["a"], c["self"] is c, c["f"] is len, c["j"] is json, c["e"]["new"], c["d"][0] is not data["d"][0], copy.deepcopy(l) is l, copy.copy({1}) == {1}]
"""
    assert run(source) == [True, True, True, [1, (2, [3])], True, True, True, [], True, True, True]


def test_hashing_knows_a_fixed_set_of_algorithms() -> None:
    source = "import hashlib, hmac\n[hashlib.new('SHA256', b'x').hexdigest() == hashlib.sha256(b'x').hexdigest(), hmac.new(b'k', b'm', hashlib.sha1).digest() == hmac.digest(b'k', b'm', 'sha1'), hashlib.new('sha3-256').name]"
    assert run(source) == [True, True, "sha3_256"]
    for call in (
        "hashlib.new('md4')",
        "hmac.new(b'k', b'm', 'nope')",
        "hmac.new(b'k', b'm', lambda: 1)",
        "hmac.digest(b'', b'', len)",
    ):
        assert isinstance(Guest().fails(f"import hashlib, hmac\n{call}"), ValueError)


def test_statistics_takes_numbers_only() -> None:
    source = """
import statistics
from decimal import Decimal
from fractions import Fraction
[statistics.mean([Decimal(1), Decimal(2)]), statistics.mean([Fraction(1, 2)]), statistics.quantiles(range(5), n=4), statistics.correlation([1, 2, 3], [1, 2, 4]) > 0.9,
 statistics.fmean(x for x in (1, 2)), statistics.multimode("aabb"), statistics.NormalDist(0, 1).cdf(0)]
"""
    assert repr(run(source)) == "[Decimal('1.5'), Fraction(1, 2), [0.5, 2.0, 3.5], True, 1.5, ['a', 'b'], 0.5]"
    assert isinstance(Guest().fails("import statistics\nstatistics.mean(['1'])"), TypeError)


def test_names_for_annotations_exist_and_do_nothing() -> None:
    source = """
from typing import Any, Optional, Union, Callable, TypeVar, Generic, Protocol, TypedDict, Literal, ClassVar, Dict, List, cast, TYPE_CHECKING
T = TypeVar("T")
Alias = Optional[Dict[str, List[T]]] | None
Handler = Callable[[int], Any]
class Named(Protocol):
    name: str
class Box(Generic[T]):
    count: ClassVar[int] = 0
class Row(TypedDict):
    id: int
def f(x: Union[int, str], *rest: "Unknown") -> Literal["a"]:
    y: Any = x
    return cast(int, y)
[f(1), Box().count, Row(id=1), TYPE_CHECKING, isinstance([], List[int]) if False else True]
"""
    assert run(source) == [1, 0, {"id": 1}, False, True]


def test_a_class_of_the_library_says_how_it_is_used() -> None:
    guest = Guest()
    assert isinstance(guest.run("import fractions\nfractions.Fraction"), Class)
    assert guest.run("fractions.Fraction.from_float(0.5) == fractions.Fraction(1, 2)") is True
    error = guest.fails("fractions.Fraction.limit_denominator")
    assert "fractions.Fraction" not in str(error)
    assert "Call it on an object" in guest.interpreter.hint(error)


def test_clocks_are_read_only_clocks() -> None:
    assert run("import time\n[time.time() > 0, time.monotonic() > 0, hasattr(time, 'sleep')]") == [True, True, False]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "ascii", "cp1252", "idna"])
def test_usual_encodings_are_there(encoding: str) -> None:
    assert run(f"'abc'.encode({encoding!r}).decode({encoding!r})") == "abc"
