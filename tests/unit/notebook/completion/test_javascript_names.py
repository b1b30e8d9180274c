"""What completion offers in JavaScript is there: a guest is asked."""

from __future__ import annotations

import json

import pytest
from scopebox.isolate.pool import IsolatePool
from scopebox.notebook.completion.javascript_names import GLOBALS, MEMBERS, METHODS_OF_VALUES, imported, names_module

from tests.isolates import Guest


def test_a_guest_has_everything_that_is_offered(pool: IsolatePool) -> None:
    wanted = {**{name: members for name, members in MEMBERS.items() if name != "router"}, **METHODS_OF_VALUES}
    source = f"""
    const missing = [];
    for (const [owner, names] of Object.entries({json.dumps(wanted)})) {{
      const object = (0, eval)(owner);
      for (const name of names) if (!(name in Object(object))) missing.push(`${{owner}}.${{name}}`);
    }}
    for (const name of {json.dumps(GLOBALS)}) if (!(name in globalThis)) missing.push(name);
    missing
    """
    assert Guest(pool, language="js").value(source) == []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("import { ", True),
        ("import { log, s", True),
        ("  import {lo", True),
        ("import { log } ", False),
        ("const { lo", False),
        ("import lo", False),
        ("", False),
    ],
)
def test_the_functions_of_the_api_stand_between_the_braces_of_an_import(line: str, offered: bool) -> None:
    assert bool(imported(line)) is offered


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("import { log } from ", True),
        ("import ", True),
        ("export * from", True),
        ("Array.from", False),
        ("x = ", False),
    ],
)
def test_a_text_names_a_module_behind_the_word_of_an_import(line: str, named: bool) -> None:
    assert names_module(line) is named
