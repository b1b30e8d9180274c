"""No pattern and no text function of the host is worse than linear on hostile text, in short; ``make sweep`` is the long form."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Final

import pytest

from tests.sweep import factories, functions, growth, memory, patterns, planted
from tests.sweep.__main__ import ROOT, SOURCES, uses
from tests.sweep.uncalled import UNCALLED

LONGEST: Final = 4_096  # characters; four times as many are tried where that takes any time
FEW: Final = (
    "(",
    "[",
    "{",
    "<",
    " ",
    "\n",
    "1",
    "a",
    ".",
    ",",
    "/",
    "\\",
    '"',
    "é",
    "$NOW(",
    "{{secret.",
    "a,",
    "%2F",
    "&a",
    "[]",
)


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which the functions work: some write a file of whatever name. What they were given is closed at the end."""
    made = tmp_path_factory.mktemp("sweep")
    with chdir(made):
        yield made
        functions.close()
        factories.close()


def files_of_the_project() -> set[str]:
    return {path.name for path in ROOT.iterdir() if path.is_file()}


def test_no_pattern_is_compiled_at_its_call() -> None:
    assert [place for folder in SOURCES.values() for place in patterns.compiled_at_call(folder)] == []


def test_no_pattern_is_worse_than_linear() -> None:
    used, compiled = uses(), patterns.compiled(functions.modules())
    assert len(compiled) > 50
    slow = {name: patterns.slow(pattern, used.get(name, set()), LONGEST) for name, pattern in compiled.items()}
    assert {name: said for name, said in slow.items() if said} == {}


def test_no_pattern_keeps_much_for_each_character_of_a_text_that_may_be_long() -> None:
    used, compiled = uses(), patterns.compiled(functions.modules())
    kept = {name: memory.for_each_character(pattern, used.get(name, set())) for name, pattern in compiled.items()}
    assert {name for name, size in kept.items() if size > memory.LITTLE} == memory.BOUNDED.keys()


@pytest.mark.parametrize(("text", "much"), [('[^"]*+(?>(?:""[^"]*+)*)', True), ('(?>[^"]*+)', False)])
def test_a_pattern_that_keeps_much_for_each_character_is_found(text: str, much: bool) -> None:
    assert (memory.for_each_character(re.compile(text), {"match"}) > memory.LITTLE) == much


def test_no_pattern_repeats_a_group_possessively() -> None:
    compiled = patterns.compiled(functions.modules())
    assert [name for name, pattern in compiled.items() if patterns.possessive_groups(pattern)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("(?:a|b)*+c", True), ("(a){2,3}+", True), ("(?>(?:a|b)*)c", False), ("[)*+]", False), (r"\)*+", False)],
)
def test_a_group_that_is_repeated_possessively_is_found(text: str, found: bool) -> None:
    assert patterns.possessive_groups(re.compile(text)) == found


def test_no_function_is_worse_than_linear_or_leaves_a_file_in_the_project() -> None:
    called, others = functions.found()
    before = files_of_the_project()
    assert len(called) > 450
    assert {name: said for name, said in others.items() if said.startswith("?")} == {}
    slow = {function.name: functions.slow(function, LONGEST, FEW, ("x",)) for function in called}
    assert {name: said for name, said in slow.items() if said} == {}
    assert files_of_the_project() == before


def test_a_function_that_writes_a_file_of_an_odd_name_does_so_in_a_folder_of_its_own(folder: Path) -> None:
    name = "written-by-a-planted-function"

    def write(text: str) -> None:
        Path(name).write_text(text, "utf-8")

    functions.slow(functions.prepared("planted", write), LONGEST, ("a",))
    assert (folder / name).is_file()
    assert not (ROOT / name).exists()


def test_every_reason_is_needed() -> None:
    _, others = functions.found()
    assert [name for name in UNCALLED if name not in others] == []


class Quadratic:
    """What its methods do is worse than linear."""

    def method(self, text: str) -> int:
        return sum(text.count("a") for _ in text)

    async def coroutine(self, text: str) -> int:
        await asyncio.sleep(0)
        return self.method(text)

    def generator(self, text: str) -> Iterator[int]:
        return (text.count("a") for _ in text)


@pytest.mark.parametrize("function", [Quadratic.method, Quadratic.coroutine, Quadratic.generator])
def test_a_method_that_is_worse_than_linear_is_found(
    function: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions, "FACTORIES", {Quadratic: Quadratic})
    assert functions.slow(functions.prepared("planted", function, Quadratic), growth.LONG, ("a",))


@pytest.mark.parametrize(
    ("power", "text", "found"),
    [(1, "short", False), (1, "long", False), (2, "short", True), (2, "long", True)],
)
def test_a_machine_that_is_busy_for_a_while_neither_hides_nor_makes_growth(
    power: int, text: str, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,048 characters are the only ones to compare; measures of theirs, or of longer ones, are two and a half times as long until 0.25 s."""
    clock = 0.0

    def seconds(_: growth.Work, tried: str, patience: float) -> float:
        nonlocal clock
        spoilt = (text == "short") == (len(tried) <= 2_048) and clock < 0.25
        took = 0.006 * (len(tried) / 2_048) ** power * (2.5 if spoilt else 1)
        clock += min(took, patience)
        return took

    monkeypatch.setattr(growth, "seconds", seconds)
    assert bool(growth.beyond(lambda _: None, "a".__mul__, 2_048)) == found


def test_a_method_of_a_class_without_a_factory_has_to_be_in_the_table() -> None:
    with pytest.raises(functions.UncallableError):
        functions.prepared("planted", Quadratic.method, Quadratic)


@pytest.mark.parametrize("place", planted.PATTERNS)
def test_a_pattern_that_froze_the_host_is_found(place: str) -> None:
    pattern, use = planted.PATTERNS[place]
    assert patterns.slow(pattern, {use})


@pytest.mark.parametrize("function", planted.FUNCTIONS)
def test_a_function_that_froze_the_host_is_found(
    function: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "ENOUGH", 1.0)  # copying short names is quick: it shows from 100,000 characters on
    assert functions.slow(functions.prepared("planted", function), 4 * growth.LONG, ("a",))


def test_patterns_are_found_wherever_they_hide() -> None:
    def closed() -> Callable[[], object]:
        inner = re.compile("in a closure")
        return lambda: inner

    module = type(re)("planted")
    vars(module).update(
        NAME=re.compile("in a name"), PAIR=(1, re.compile("in a tuple")), TABLE={"a": re.compile("in a dict")},
        Class=type("Class", (), {"__module__": "planted", "pattern": re.compile("in a class")}), function=closed(),
    )  # fmt: skip
    module.function.__module__ = "planted"
    assert len(patterns.compiled({"planted": module})) == 5


def test_a_pattern_that_is_compiled_at_its_call_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("import re\nA = re.compile('a')\ndef f(t):\n    return re.search('a', t)\n")
    assert patterns.compiled_at_call(tmp_path) == ["module.py:4"]
