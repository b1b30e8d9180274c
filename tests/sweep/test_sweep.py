"""No pattern and no text function of the host is worse than linear on hostile text, in short; ``make sweep`` is the long form."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.sweep import functions, growth, patterns
from tests.sweep.__main__ import SOURCES
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

# Completion of the user's own text, at the end of a line.
UNMENDED: Final = frozenset(
    {f"scopebox.notebook.completion.matcher.{name}" for name in ("_FRAGMENT", "_WORD", "_ATTRIBUTE")}
    | {"scopebox.notebook.completion.offers._TOML_PAIR"}
)


def test_no_pattern_is_compiled_at_its_call() -> None:
    assert [place for folder in SOURCES.values() for place in patterns.compiled_at_call(folder)] == []


def test_no_pattern_is_worse_than_linear() -> None:
    used = {
        name: kinds for package, folder in SOURCES.items() for name, kinds in patterns.uses(folder, package).items()
    }
    compiled = patterns.compiled(functions.modules())
    assert len(compiled) > 50
    slow = {name: patterns.slow(pattern, used.get(name, set()), LONGEST) for name, pattern in compiled.items()}
    assert {name: said for name, said in slow.items() if said and name not in UNMENDED} == {}


def test_no_function_is_worse_than_linear() -> None:
    called, others = functions.found()
    assert len(called) > 200
    assert {name: said for name, said in others.items() if said.startswith("?")} == {}
    slow = {function.name: functions.slow(function, LONGEST, FEW) for function in called}
    assert {name: said for name, said in slow.items() if said} == {}


def test_every_reason_is_needed() -> None:
    _, others = functions.found()
    assert [folder for folder in UNCALLED if not any(name.startswith(f"{folder}.") for name in others)] == []


# What froze the host once: dynamic variables (twice), numbers, references to secrets (twice), openings of a manifest,
# words before a cursor, pairs of TOML, and a template.
ONCE: Final = {
    r"\(([^)]+)\)": "search",
    r"\s*(?P<amount>[+-]?(?:\d{1,9})?\.?\d{1,9}) *(?P<unit>hours?|days?)?\s*": "fullmatch",
    r"\d+\.?\d*": "search",
    r"\{\{\s*secret\.([^{}]*?)\s*\}\}": "search",
    r"\{\{\s*([^{}\s][^{}]*?)\s*\}\}": "finditer",
    r"\s*#*\s*/{2,}\s*\[?sandbox\]?\s*": "fullmatch",
    r"([\w.]*)\.(\w*)$": "search",
    r"([A-Za-z]+)\s*=([^=]*)$": "search",
    r"(?:a|aa)+$": "match",
}


@pytest.mark.parametrize("text", ONCE)
def test_a_pattern_that_froze_the_host_is_found(text: str) -> None:
    pattern = re.compile(text + "y" if text.startswith(r"\d") else text, re.IGNORECASE)
    assert patterns.slow(pattern, {ONCE[text]})


def _names_counted(text: str) -> bool:
    names = text.split("a")
    return any(names.count(name) > len(names) for name in names)


def _signs_added(text: str) -> list[str]:
    parts = [""]
    for sign in text:
        if sign == ",":
            parts.append("")
        else:
            parts[-1] = sign + parts[-1]
    return parts


def _matched_again(text: str) -> bool:
    return any(text[at:].startswith(text[at:] + "x") for at in range(len(text)))


@pytest.mark.parametrize("planted", [_names_counted, _signs_added, _matched_again])
def test_a_function_that_is_worse_than_linear_is_found(planted: Callable[[str], object]) -> None:
    assert functions.slow(functions.prepared("planted", planted), growth.SHORT * 8)


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
