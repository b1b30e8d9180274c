"""Ordinary programs: what a guest computes is what plain Python computes."""

from __future__ import annotations

import pytest

from tests.language_guest import run

PROGRAMS = {
    "class hierarchy": """
class ProviderError(Exception):
    def __init__(self, provider, status):
        super().__init__(f"{provider} answered {status}")
        self.provider, self.status = provider, status
class Provider:
    name = "base"
    models = {}
    def __init__(self, key, *, retries=2):
        self.key, self.retries, self.log = key, retries, []
    def write(self, prompt):
        for attempt in range(self.retries + 1):
            try:
                return self.request({"prompt": prompt, "attempt": attempt})
            except ProviderError as error:
                self.log.append(str(error))
        else:
            raise ProviderError(self.name, 503) from None
    def request(self, body):
        raise NotImplementedError
class Flaky(Provider):
    name = "flaky"
    def request(self, body):
        if body["attempt"] < 1:
            raise ProviderError(self.name, 500)
        return body["prompt"].upper()
class Dead(Provider):
    def request(self, body):
        raise ProviderError(type(self).__name__, 500)
results = [Flaky("k").write("hi")]
try:
    Dead("k", retries=1).write("x")
except ProviderError as error:
    results += [error.status, error.provider, isinstance(error, Exception)]
try:
    Provider("k").write("x")
except NotImplementedError:
    results.append("abstract")
result = results
""",
    "closures": """
def counter():
    n = 0
    def up(by=1):
        nonlocal n
        n += by
        return n
    return up
a, b = counter(), counter()
adders = [lambda x, i=i: x + i for i in range(3)]
late = [lambda: i for i in range(3)]
result = [a(), a(5), b(), [f(10) for f in adders], [f() for f in late]]
""",
    "generators": """
def walk(tree):
    yield tree["id"]
    for child in tree.get("children", ()):
        yield from walk(child)
def average():
    total, count = 0, 0
    while True:
        value = yield total / count if count else None
        if value is None:
            return
        total, count = total + value, count + 1
def cleanup(trail):
    try:
        yield 1
        yield 2
    except ValueError as error:
        trail.append(str(error))
        yield 99
    finally:
        trail.append("end")
g = average()
next(g)
trail = []
c = cleanup(trail)
first = next(c)
thrown = c.throw(ValueError("bad"))
c.close()
result = [list(walk({"id": 1, "children": [{"id": 2, "children": [{"id": 3}]}, {"id": 4}]})), g.send(10), g.send(20), first, thrown, trail, sum(x * x for x in range(5))]
""",
    "context managers": """
from contextlib import contextmanager, suppress, nullcontext
trail = []
class Lock:
    def __enter__(self):
        trail.append("in")
        return self
    def __exit__(self, kind, error, tb):
        trail.append(kind.__name__ if kind else "out")
        return kind is KeyError
@contextmanager
def tag(name):
    trail.append(f"<{name}>")
    try:
        yield name
    finally:
        trail.append(f"</{name}>")
with Lock() as a, tag("b") as b:
    trail.append(b)
with Lock():
    raise KeyError("x")
with suppress(ZeroDivisionError), nullcontext(3) as n:
    trail.append(n)
    1 / 0
try:
    with tag("p"), Lock():
        raise ValueError("v")
except ValueError as error:
    trail.append(str(error))
result = trail
""",
    "dispatch table": """
HANDLERS = {}
def handles(kind):
    def register(function):
        HANDLERS[kind] = function
        return function
    return register
@handles("contact")
def contact(data, *, strict=False):
    return {"name": data["name"].title(), "strict": strict}
@handles("deal")
def deal(data, **options):
    return {"sum": sum(data["amounts"]), **options}
def run(kind, data, **options):
    try:
        handler = HANDLERS[kind]
    except KeyError:
        raise ValueError(f"unknown kind {kind!r}, one of {sorted(HANDLERS)}") from None
    return handler(data, **options)
try:
    run("nope", {})
except ValueError as error:
    message = str(error)
result = [run("contact", {"name": "ada lovelace"}, strict=True), run("deal", {"amounts": [1, 2]}, currency="EUR"), message]
""",
    "decorators": """
import functools
def logged(prefix):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            wrapper.calls += 1
            return f"{prefix}:{function(*args, **kwargs)}"
        wrapper.calls = 0
        return wrapper
    return decorate
@logged("a")
@logged("b")
def greet(name, mark="!"):
    return name + mark
@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
result = [greet("x"), greet("y", mark="?"), greet.calls, greet.__name__, fib(80), fib.cache_info().hits > 0]
""",
    "comprehensions": """
rows = [{"id": i, "tags": ["a"] * (i % 3), "n": i * 1.5} for i in range(6)]
by_id = {row["id"]: row for row in rows if row["tags"]}
flat = [(row["id"], tag) for row in rows for tag in row["tags"]]
unique = {tag for row in rows for tag in row["tags"]}
matrix = [[1, 2], [3, 4]]
a, *rest, z = range(5)
(x, (y, *ys)), k = (1, (2, 3, 4)), 5
result = [sorted(by_id), flat, unique, [list(c) for c in zip(*matrix)], any(r["n"] > 7 for r in rows), rest, z, ys, [v := 3, v + 1]]
""",
    "polling loop": """
class Job:
    def __init__(self, steps):
        self.steps = steps
    def poll(self):
        self.steps -= 1
        return {"status": "done", "url": "x"} if self.steps <= 0 else {"status": "running"}
def wait(job, limit):
    waited = 0
    while (answer := job.poll())["status"] != "done":
        waited += 1
        if waited >= limit:
            raise TimeoutError(f"still {answer['status']} after {waited}")
    else:
        return answer, waited
try:
    wait(Job(50), 3)
except TimeoutError as error:
    late = str(error)
result = [wait(Job(3), 10), late]
""",
    "try and finally": """
trail = []
def f(x):
    try:
        trail.append("try")
        if x == 0:
            return "early"
        return [1, 2][x]
    except IndexError as error:
        trail.append(type(error).__name__)
        raise RuntimeError("wrapped") from error
    else:
        trail.append("else")
    finally:
        trail.append("finally")
def g():
    for i in range(3):
        try:
            continue
        finally:
            trail.append(i)
    return "g"
outcomes = []
for x in (0, 1, 9):
    try:
        outcomes.append(f(x))
    except RuntimeError as error:
        outcomes.append(str(error))
result = [outcomes, g(), trail]
""",
    "operators": """
class Money:
    def __init__(self, cents):
        self.cents = cents
    def __add__(self, other):
        return Money(self.cents + other.cents) if isinstance(other, Money) else NotImplemented
    def __radd__(self, other):
        return self if other == 0 else NotImplemented
    def __iadd__(self, other):
        self.cents += other.cents
        return self
    def __mul__(self, n):
        return Money(self.cents * n)
    def __neg__(self):
        return Money(-self.cents)
    def __eq__(self, other):
        return isinstance(other, Money) and self.cents == other.cents
    def __lt__(self, other):
        return self.cents < other.cents
    def __hash__(self):
        return hash(self.cents)
    def __bool__(self):
        return self.cents != 0
    def __format__(self, spec):
        return f"{self.cents / 100:{spec or '.2f'}}"
    def __str__(self):
        return f"{self}"
    def __int__(self):
        return self.cents
    def __call__(self, x):
        return x * self.cents
m = Money(150)
m += Money(50)
try:
    m + 3
except TypeError as error:
    wrong = str(error)
result = [str(sum([m, Money(1)])), str(-m), m == Money(200), sorted([Money(3), Money(1)])[0].cents, len({m, Money(200)}), bool(Money(0)), f"{m:.1f}", int(m), m(2), str(m * 2), wrong]
""",
    "containers": """
class Inventory:
    def __init__(self, items=()):
        self.items = dict(items)
    def __len__(self):
        return len(self.items)
    def __contains__(self, key):
        return key in self.items
    def __getitem__(self, key):
        return self.items[key]
    def __setitem__(self, key, value):
        if value < 0:
            raise ValueError("negative")
        self.items[key] = value
    def __delitem__(self, key):
        del self.items[key]
    def __iter__(self):
        return iter(sorted(self.items))
    def __reversed__(self):
        return reversed(sorted(self.items))
class Default(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]
i = Inventory({"b": 2, "a": 1})
i["c"] = 3
i["c"] += 1
del i["b"]
d = Default()
d["x"]
result = [len(i), list(i), list(reversed(i)), "a" in i, i["c"], d, d["y"], [*i], dict(zip(i, range(9)))]
""",
    "iterator protocol": """
class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n
it = iter([1, 2, 3])
result = [list(Countdown(3)), next(it), next(it), next(it), next(it, "end"), sum(Countdown(4)), max(Countdown(3), default=0), dict(enumerate(Countdown(2), start=1))]
""",
    "properties": """
class Temperature:
    scale = "C"
    def __init__(self, degrees=0):
        self.degrees = degrees
    @property
    def fahrenheit(self):
        return self.degrees * 9 / 5 + 32
    @fahrenheit.setter
    def fahrenheit(self, value):
        self.degrees = (value - 32) * 5 / 9
    @staticmethod
    def valid(x):
        return x > -273
    @classmethod
    def from_text(cls, text):
        return cls(float(text.rstrip("CF")))
t = Temperature.from_text("100C")
t.fahrenheit = 32
try:
    del t.fahrenheit
except AttributeError:
    t.degrees += 1
Temperature.scale = "F"
result = [t.degrees, t.fahrenheit, Temperature.valid(3), t.scale, hasattr(t, "nope"), getattr(t, "nope", 5)]
""",
    "dataclasses": """
from dataclasses import dataclass, field, asdict, astuple, replace, fields
@dataclass
class Author:
    name: str
    email: str | None = None
@dataclass(order=True)
class Post:
    title: str
    author: Author = field(compare=False)
    tags: list[str] = field(default_factory=list, repr=False)
    views: int = 0
    def __post_init__(self):
        self.slug = self.title.lower().replace(" ", "-")
@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
p = Post("Hello World", Author("Ada"))
q = replace(p, views=3)
q.tags.append("x")
try:
    Point(1).x = 5
except AttributeError as error:
    frozen = str(error)
try:
    Post("only title")
except TypeError as error:
    missing = "author" in str(error)
result = [repr(p), p == Post("Hello World", Author("B")), p < q, asdict(q), astuple(Point(1)), p.slug, len({Point(1), Point(1)}), frozen, missing, [f.name for f in fields(Point)], p.tags is q.tags]
""",
    "enumerations": """
from enum import Enum, IntEnum, Flag, auto
class Status(Enum):
    DRAFT = "draft"
    PUBLISHED = "published"
    @property
    def visible(self):
        return self is Status.PUBLISHED
class Level(IntEnum):
    LOW = 1
    HIGH = 10
class Right(Flag):
    READ = auto()
    WRITE = auto()
try:
    Status("nope")
except ValueError as error:
    message = str(error)
result = [Status("draft").name, Status["PUBLISHED"].value, [s.value for s in Status], Status.DRAFT.visible, Level.HIGH > Level.LOW, Level.LOW + 1, bool(Right.READ & (Right.READ | Right.WRITE)), (Right.READ | Right.WRITE).value, "nope" in message, len(Status), isinstance(Status.DRAFT, Status)]
""",
    "abstract classes": """
from abc import ABC, abstractmethod
class Shape(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
    def describe(self):
        return f"{self.name} {self.area():.1f}"
class Square(Shape):
    name = "square"
    def __init__(self, a):
        self.a = a
    def area(self):
        return self.a ** 2
try:
    Shape()
except TypeError:
    abstract = True
result = [Square(2).describe(), abstract, issubclass(Square, Shape)]
""",
    "collections": """
from collections import Counter, defaultdict, deque, OrderedDict, namedtuple, ChainMap
words = "the cat the dog the end".split()
groups = defaultdict(list)
for word in words:
    groups[len(word)].append(word)
recent = deque(maxlen=3)
recent.extend(range(6))
Point = namedtuple("Point", "x y", defaults=[0])
class Vector(Point):
    def norm(self):
        return self.x ** 2 + self.y ** 2
c = Counter(words)
c["cat"] += 5
c.update(["dog"])
od = OrderedDict(a=1, b=2)
od.move_to_end("a")
x, y = Point(1)
result = [c.most_common(2), dict(groups), list(recent), Point(1), Vector(3, 4).norm(), list(od), ChainMap({"a": 1}, {"a": 2, "b": 3})["b"], x + y, c - Counter(words)]
""",
    "itertools and functools": """
import functools, itertools, operator
data = [("a", 3), ("b", 1), ("a", 2)]
groups = {k: [v for _, v in g] for k, g in itertools.groupby(sorted(data), key=operator.itemgetter(0))}
class P:
    def __init__(self, n): self.n = n
    def twice(self): return self.n * 2
ps = [P(3), P(1)]
@functools.total_ordering
class V:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return self.n == other.n
    def __lt__(self, other): return self.n < other.n
class Lazy:
    made = 0
    @functools.cached_property
    def value(self):
        Lazy.made += 1
        return 42
l = Lazy()
result = [groups, functools.reduce(operator.mul, [1, 2, 3, 4]), list(itertools.accumulate([1, 2, 3])), list(itertools.islice(itertools.count(5, 5), 3)), list(itertools.chain.from_iterable([[1], [2, 3]])),
 functools.partial(int, base=2)("101"), sorted(ps, key=operator.attrgetter("n"))[0].n, [operator.methodcaller("twice")(p) for p in ps], V(1) <= V(2), V(3) >= V(2), l.value + l.value, Lazy.made,
 sorted("bca", key=functools.cmp_to_key(lambda a, b: (a < b) - (a > b))), list(itertools.pairwise([1, 2, 3])), list(itertools.zip_longest([1], [2, 3], fillvalue=0))]
""",
    "text": """
import re, textwrap, string, html, unicodedata
def slug(text):
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
pattern = re.compile(r"(?P<key>\\w+)\\s*=\\s*(?P<value>[^;]+)", re.IGNORECASE | re.M)
result = [slug("Crème Brûlée & Co."), {m["key"]: m["value"] for m in pattern.finditer("a = 1; B=two")}, re.split(r"[,;]\\s*", "a, b;c"), re.sub(r"(\\w)(\\w)", lambda m: m.group(2) + m.group(1), "abcd"),
 textwrap.shorten("Hello wonderful world", 12, placeholder="..."), string.Template("$who likes ${what}").substitute(who="a", what="b"), html.escape("<a href='x'>"), "a-b_c".translate(str.maketrans("-_", "  ")), "%s is %.2f%%" % ("x", 12.345), "{:>8}|{:<4}|{:^5}".format("a", "b", "c"), f"{1234567.891:,.2f} {'x':*^5} {255:#x} {0.25:.0%}"]
""",
    "dates": """
from datetime import datetime, date, timedelta, timezone
start = datetime(2024, 2, 28, 12, 30, tzinfo=timezone.utc)
end = start + timedelta(days=2, hours=1)
parsed = datetime.strptime("2024-03-01 10:00", "%Y-%m-%d %H:%M")
result = [end.isoformat(), (end - start).total_seconds(), parsed.strftime("%d/%m/%y"), date(2024, 12, 25).isocalendar()[1], datetime.fromisoformat("2024-01-01T00:00:00+02:00").utcoffset().seconds, start < end, end.replace(day=15).day, start.astimezone(timezone(timedelta(hours=5))).hour, max([date(2020, 1, 1), date(2021, 1, 1)]).year]
""",
    "numbers": """
from decimal import Decimal, ROUND_HALF_UP, localcontext, getcontext, InvalidOperation
from fractions import Fraction
import math, statistics
with localcontext() as context:
    context.prec = 6
    third = Decimal(1) / 3
try:
    Decimal("x")
except InvalidOperation:
    invalid = True
result = [third, Decimal("2.345").quantize(Decimal("0.01"), rounding=ROUND_HALF_UP), Fraction(1, 3) + Fraction("1/6"), math.isclose(0.1 + 0.2, 0.3), math.comb(5, 2), statistics.mean([1, 2, 4]), statistics.median([3, 1, 2]), statistics.stdev([1, 2, 3, 4]), round(2.675, 2), divmod(-7, 3), pow(3, 4, 5), int("ff", 16), 0b101 | 0o7, 7 // -2, 2 ** -1, isinstance(Fraction(1, 2), Fraction), (1 + 2j).imag, sum([0.1] * 10), invalid, min(3, 1), abs(-2.5), statistics.mode("aab")]
""",
    "bytes and digests": """
import base64, hashlib, hmac, json, urllib.parse, uuid
body = json.dumps({"b": [1, None, True], "a": "é"}, sort_keys=True, separators=(",", ":")).encode()
signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
token = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
b = bytearray(b"abc")
b[0] = 0x7A
query = urllib.parse.urlencode({"q": "a b&c", "tags": ["x", "y"]}, doseq=True)
parts = urllib.parse.urlsplit("https://u@example.com:8080/a/b?q=1#top")
result = [signature, token, hashlib.md5(body).hexdigest(), hmac.compare_digest(signature, signature), bytes(b), b"\\x00\\xff".hex(), int.from_bytes(b"\\x01\\x02", "big"), query, parts.hostname, parts.port, urllib.parse.parse_qs("a=1&a=2"), urllib.parse.quote("ü/ö", safe=""), str(uuid.uuid5(uuid.NAMESPACE_URL, "x")), json.loads(body)["a"]]
""",
    "csv and xml": """
import csv, io
import xml.etree.ElementTree as ET
out = io.StringIO()
writer = csv.DictWriter(out, ["id", "name"], lineterminator="\\n")
writer.writeheader()
writer.writerows([{"id": 1, "name": 'A "quoted"'}, {"id": 2, "name": "b,c"}])
rows = list(csv.DictReader(io.StringIO(out.getvalue())))
feed = ET.fromstring("<rss><channel><item><title>One</title></item><item><title>Two</title></item></channel></rss>")
root = ET.Element("a", {"x": "1"})
ET.SubElement(root, "b").text = "t"
result = [out.getvalue(), rows, [i.findtext("title") for i in feed.iter("item")], ET.tostring(root, encoding="unicode"), [row for row in csv.reader(["1;2"], delimiter=";")]]
""",
    "errors": """
class Missing(LookupError):
    def __init__(self, key, **details):
        super().__init__(key)
        self.details = details
    def __str__(self):
        return f"no {self.args[0]} ({', '.join(f'{k}={v}' for k, v in self.details.items())})"
def find(key):
    raise Missing(key, where="table")
caught = []
for call in (lambda: find("x"), lambda: {}["k"], lambda: [].pop(), lambda: int("x"), lambda: None.x, lambda: 1 + "a", lambda: undefined, lambda: 1 / 0, lambda: "é".encode("ascii"), lambda: next(iter(()))):
    try:
        call()
    except (Missing, KeyError) as error:
        caught.append(("lookup", str(error)))
    except Exception as error:
        caught.append((type(error).__name__, str(error)))
try:
    raise ExceptionGroup("many", [ValueError(1), TypeError(2)])
except ExceptionGroup as group:
    caught.append([type(e).__name__ for e in group.exceptions])
    caught.append(len(group.subgroup(ValueError).exceptions))
assert caught, "never"
result = caught
""",
    "scopes": """
x = "global"
def outer():
    x = "outer"
    def inner():
        return x
    class Inside:
        y = x
        def get(self):
            return x
    def change():
        global x
        x = "changed"
    change()
    return inner(), Inside.y, Inside().get()
def defaults(items=[], *, seen={}):
    items.append(len(items))
    seen[len(items)] = True
    return items, sorted(seen)
del_me = 1
del del_me
result = [outer(), x, defaults(), defaults(), [x for x in range(3)], x, "del_me" in [], (lambda: (yield))() is not None]
""",
    "algorithms": """
import heapq, bisect, copy
def dijkstra(graph, start):
    distance, queue = {start: 0}, [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if cost > distance[node]:
            continue
        for neighbour, weight in graph[node].items():
            if cost + weight < distance.get(neighbour, float("inf")):
                distance[neighbour] = cost + weight
                heapq.heappush(queue, (cost + weight, neighbour))
    return distance
def quicksort(xs):
    if len(xs) < 2:
        return xs
    pivot, *rest = xs
    return [*quicksort([x for x in rest if x < pivot]), pivot, *quicksort([x for x in rest if x >= pivot])]
def primes(n):
    sieve = [True] * (n + 1)
    for i in range(2, int(n ** 0.5) + 1):
        if sieve[i]:
            sieve[i * i :: i] = [False] * len(sieve[i * i :: i])
    return [i for i in range(2, n + 1) if sieve[i]]
def edit(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
nested = {"a": [1, {"b": 2}], "t": (1, [2])}
deep, shallow = copy.deepcopy(nested), copy.copy(nested)
nested["a"][1]["b"] = 3
result = [dijkstra({"a": {"b": 1, "c": 5}, "b": {"c": 1}, "c": {}}, "a"), quicksort([3, 1, 2, 3]), primes(30), edit("kitten", "sitting"), bisect.bisect([1, 3, 5], 3), heapq.nlargest(2, [1, 9, 5]), deep, shallow["a"][1]["b"]]
""",
    "slices and unpacking": """
l = list(range(10))
l[2:4] = ["a", "b", "c"]
del l[::3]
l[-1] += 100
first, *middle, last = l
d = {**{"a": 1}, "b": 2, **dict(c=3)}
s = {*range(3), *"ab"}
t = (*l[:2], *"xy")
d |= {"e": 5}
n = [[0] * 2 for _ in range(2)]
n[0][1] = 5
n[1][0] += 2
a = b = []
a.append(1)
i, l[0], *_ = (1, 2, 3, 4)
def f(): return 1, 2
p, q = f()
result = [l, middle, last, d, len(s), t, n, b, i, "hello"[::-1], "abc"[-2:], slice(1, 2).stop, d.pop("a"), p + q, [*reversed(t)]]
""",
    "conditions": """
def grade(n):
    if n is None: return "-"
    elif 90 <= n <= 100: return "A"
    elif not n: return "zero"
    else: return "B" if n > 50 else "C"
values = [grade(x) for x in (None, 95, 0, 60, 10)]
total = 0
for i in range(10):
    if i == 2: continue
    if i == 5: break
    total += i
else:
    total = -1
n = 0
while True:
    n += 1
    if n > 3: break
result = [values, total, n, 1 if [] else 2, None or "x", 0 and 1, not "", 1 < 2 < 3 != 4, 3 in [1, 2, 3], "a" not in "b", [] is not []]
""",
    "token cache": """
class Clock:
    now = 1000
class Tokens:
    def __init__(self, fetch):
        self.fetch, self.token, self.expires = fetch, None, 0
    def get(self):
        if self.token is None or Clock.now >= self.expires:
            answer = self.fetch()
            self.token, self.expires = answer["access_token"], Clock.now + answer["expires_in"]
        return self.token
issued = []
def fetch():
    issued.append(len(issued))
    return {"access_token": f"t{len(issued)}", "expires_in": 60}
tokens = Tokens(fetch)
seen = [tokens.get(), tokens.get()]
Clock.now += 61
seen.append(tokens.get())
result = [seen, issued]
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_computes_what_plain_python_computes(name: str) -> None:
    plain: dict[str, object] = {"__name__": "plain"}
    exec(compile(PROGRAMS[name], "<plain>", "exec", dont_inherit=True), plain)
    assert repr(run(PROGRAMS[name] + "\nresult")) == repr(plain["result"])
