from __future__ import annotations

import pytest
from scopebox.packages.code import facts_of

from tests.growth import quick, worse_than_linear


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ('import { request, log } from "directus:api";', {"request", "log"}),
        ("import{request as e,sleep as t}from'directus:api'", {"request", "sleep"}),
        ('import {\n  log,\n} from "directus:api"', {"log"}),
        ("const a = 1;", set()),
        ('import * as api from "directus:api"', None),
        ('await import("directus:api")', None),
        ('import api from "directus:api"', None),
        ('import{import{import{log}from"directus:api"', {"log"}),
        ('import{log}from"directus:api";' * 50, {"log"}),
        ('import{log}from"directus:api";' * 51, None),
    ],
)
def test_what_is_imported_of_the_api_is_read_or_said_not_to_be_known(code: str, taken: set[str] | None) -> None:
    assert facts_of(code).taken == (None if taken is None else frozenset(taken))


def test_imports_that_a_sandbox_refuses_are_found_wherever_they_stand() -> None:
    code = 'import fs from "node:fs";import"axios";export{a}from\'./a.js\';const b=await import(`vue`);import{log}from"directus:api";'
    assert facts_of(code).refused == ("node:fs", "axios", "./a.js", "vue")


def test_addresses_storage_network_and_what_makes_code_are_found() -> None:
    facts = facts_of(
        'fetch("https://evil.test:8443/x"); new WebSocket("wss://b.test"); localStorage.a; document.cookie; eval("1"); el.innerHTML = x;'
    )
    assert facts.hosts == ("evil.test:8443", "b.test")
    assert facts.network == ("fetch", "WebSocket")
    assert facts.storage == ("localStorage", "document.cookie")
    assert facts.makes_code == ("eval", "innerHTML")


def test_words_within_words_are_not_found() -> None:
    facts = facts_of("prefetch(); myFetch(); $fetch(); localStorageOf; evaluate(); functionEval(); cookie")
    assert (facts.network, facts.storage, facts.makes_code) == ((), (), ())


def test_not_more_is_kept_than_one_can_read() -> None:
    assert len(facts_of(" ".join(f"https://h{number}.test/" for number in range(500))).hosts) == 50


@pytest.mark.parametrize(
    "atom", ["import{", "import* as ", 'from"a"', "ws://a ", "://", "xfetch ", "eval   ", "import(\n"]
)
def test_whatever_is_repeated_is_looked_at_once(atom: str) -> None:
    assert worse_than_linear(facts_of, atoms=[atom], small=200_000) == []
    assert quick(lambda: facts_of(atom * (1_000_000 // len(atom))))


def test_names_are_told_in_the_order_in_which_they_stand_in_the_code() -> None:
    facts = facts_of("xeval; WebSocket; fetch; WebSocket; outerHTML = eval(1); fetch; a.eval (2)")
    assert facts.network == ("WebSocket", "fetch")
    assert facts.makes_code == ("outerHTML", "eval")
