"""The forms of a trigger: each is understood, and what nobody knows is an error."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from tests.security.corpus import CorpusError
from tests.security.test_runner import evidence
from tests.security.trigger_words import Action, Event, Operations, Sending
from tests.security.triggers import Trigger
from tests.security.world import World


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("GET /", Sending("GET", "/a/", {})),
        ("GET / x2", Sending("GET", "/a/", {}, times=2)),
        ("GET / x 50 at once", Sending("GET", "/a/", {}, times=50, together=True)),
        ('POST /x {"a": 1}', Sending("POST", "/a/x", {"Content-Type": "application/json"}, b'{"a": 1}')),
        (
            "POST /x over box.serve with Origin: https://b.c, Content-Type: text/plain;json",
            Sending("POST", "/a/x", {"Origin": "https://b.c", "Content-Type": "text/plain;json"}, place="over box.serve"),
        ),
        ("GET /x in the panel's Try a request", Sending("GET", "/a/x", {}, place="in the panel's Try a request")),
        ("GET / with Cookie a=b", Sending("GET", "/a/", {"Cookie": "a=b"})),
        (
            "GET / with Authorization Bearer abc and Cookie a=b",
            Sending("GET", "/a/", {"Authorization": "Bearer abc", "Cookie": "a=b"}),
        ),
        ("GET /x over box.serve x 5 at once", Sending("GET", "/a/x", {}, times=5, together=True, place="over box.serve")),
        ("GET /x x5 over box.serve, unread", Sending("GET", "/a/x", {}, times=5, place="over box.serve, unread")),
        ("HEAD /x", Sending("HEAD", "/a/x", {})),
        (
            "OPTIONS /x over box.serve with Origin: https://b.c, Access-Control-Request-Method: POST",
            Sending("OPTIONS", "/a/x", {"Origin": "https://b.c", "Access-Control-Request-Method": "POST"}, place="over box.serve"),
        ),
        ("GET / with Accept: text/html, application/json", Sending("GET", "/a/", {"Accept": "text/html, application/json"})),
        ("POST /x hello over box.serve", Sending("POST", "/a/x", {"Content-Type": "text/plain"}, b"hello", place="over box.serve")),
        ("PUT /x a=1&b=2 x3", Sending("PUT", "/a/x", {"Content-Type": "text/plain"}, b"a=1&b=2", times=3)),
        (
            'POST /x {"a": "b with c"} x2 with Content-Type: text/plain',
            Sending("POST", "/a/x", {"Content-Type": "text/plain"}, b'{"a": "b with c"}', times=2),
        ),
        ("POST /x {broken", Sending("POST", "/a/x", {"Content-Type": "application/json"}, b"{broken")),
        ("GET /items/articles", Sending("GET", "/items/articles", {})),
        ("GET /other-extension/ping", Sending("GET", "/other-extension/ping", {})),
        ("create articles x5", Event("create", "articles", times=5)),
        ("create articles x 5 at once", Event("create", "articles", times=5, together=True)),
        ("create articles as writer x5", Event("create", "articles", "writer", times=5)),
        ('create users {"name": "b"} as admin', Event("create", "users", data={"name": "b"})),
        ("update articles", Event("update", "articles")), ("read articles", Event("read", "articles")),
        ('run frozen {"x": 5}', Operations(("frozen",), {"x": 5})), ("run op", Operations(("op",))),
        ("run op 5", Operations(("op",), 5)), ('run op "text"', Operations(("op",), "text")), ("run op text", Operations(("op",), "text")),
        ("run op {} x 5", Operations(("op",), {}, times=5)), ("run op x5 at once", Operations(("op",), times=5, together=True)),
        ("run first and second at the same time", Operations(("first", "second"), together=True)),
    ],
)  # fmt: skip
def test_every_form_of_a_trigger_is_understood(text: str, action: Action) -> None:
    world = cast("World", SimpleNamespace(fill=lambda text, own: text))
    found = Trigger.of(replace(evidence(attack={"setup": {"trigger": text}}), world=world, own="a"))
    assert found == Trigger((action,))


@pytest.mark.parametrize(
    "text", ["dance", "GET / again and again", "run op {broken", "run op as admin", "create articles {broken}"]
)
def test_a_trigger_that_nobody_knows_is_an_error(text: str) -> None:
    world = cast("World", SimpleNamespace(fill=lambda text, own: text))
    with pytest.raises(CorpusError, match=r"unknown trigger|no JSON"):
        Trigger.of(replace(evidence(attack={"setup": {"trigger": text}}), world=world))


@pytest.mark.parametrize(
    ("expression", "action"),
    [
        ("'GET /{EXTENSION}/x'", Sending("GET", "/a/x", {})),
        ("'GET /x over box.serve'", Sending("GET", "/a/x", {}, place="over box.serve")),
        ("'GET /'", Sending("GET", "/", {})),
        ("('PUT', '/a/x')", Sending("PUT", "/a/x", {})),
        ("('POST', '/items/articles', {'A': 'b'}, None)", Sending("POST", "/items/articles", {"A": "b"})),
        ("['POST', '/x', [('A', 'b')], 'c']", Sending("POST", "/a/x", {"A": "b"}, b"c")),
        ("('POST', '/x', None, {'c': 1})", Sending("POST", "/a/x", {"Content-Type": "application/json"}, b'{"c": 1}')),
    ],
)
def test_a_trigger_may_be_an_expression(expression: str, action: Action) -> None:
    world = cast("World", SimpleNamespace(fill=lambda text, own: text.replace("{EXTENSION}", own)))
    attack = {"setup": {"trigger_expr": expression}}
    assert Trigger.of(replace(evidence(attack=attack), world=world, own="a")) == Trigger((action,))


@pytest.mark.parametrize("expression", ["5", "nope", "('GET',)", "'dance'"])
def test_an_expression_that_gives_no_trigger_is_an_error(expression: str) -> None:
    world = cast("World", SimpleNamespace(fill=lambda text, own: text))
    with pytest.raises(CorpusError, match="trigger"):
        Trigger.of(replace(evidence(attack={"setup": {"trigger_expr": expression}}), world=world))


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        (["GET /", "run op"], (Sending("GET", "/a/", {}), Operations(("op",)))),
        ("GET / x2 then GET /x", (Sending("GET", "/a/", {}, times=2), Sending("GET", "/a/x", {}))),
        ("run op 5, then create articles", (Operations(("op",), 5), Event("create", "articles"))),
        ("run op then GET /", (Operations(("op",)), Sending("GET", "/a/", {}))),
        ("GET / then rerun at once", ("GET / then rerun at once",)),
        ("other extension log and request", ("other extension log and request",)),
        ("", ()),
    ],
)
def test_one_thing_may_follow_the_other(text: object, actions: tuple[Action | str, ...]) -> None:
    world = cast("World", SimpleNamespace(fill=lambda text, own: text))
    assert Trigger.of(replace(evidence(attack={"setup": {"trigger": text}}), world=world, own="a")) == Trigger(actions)
