"""The forms in which what an attack needs may be written: answers of servers, the resolution of names, texts or lists of them."""

from __future__ import annotations

import pytest

from tests.security import forms, resolver, servers
from tests.security.checks import CHECKS
from tests.security.corpus import Attack, CorpusError, read
from tests.security.resolver import SLOW, Lookups
from tests.security.script import Script

OK = {"body": "usual"}


def attack(**setup: object) -> Attack:
    entry = {"id": "a", "layer": "language", "code": "1", "setup": setup, "must": {"host_alive": True}}
    return read(entry, CHECKS)


@pytest.mark.parametrize(
    ("script", "answers"),
    [
        ({"GET /x": {"status": 500}}, [{"status": 500}, {"status": 500}]),
        ({"GET /x": [{"status": 500}, {"status": 200}]}, [{"status": 500}, {"status": 200}, {"status": 200}]),
        ({"/x": "hello"}, [{"body": "hello"}]),
        ({"GET /x": 404}, [{"status": 404}]),
        ({"*": {"status": 500}}, [{"status": 500}]),
        ({"GET *": {"status": 500}}, [{"status": 500}]),
        ({"GET /*": {"status": 1}, "GET /x": {"status": 2}}, [{"status": 2}]),
        ({"stream": "reset"}, [{"stream": "reset"}]),
        ({"POST /x": {"status": 500}}, [OK]),
        ({}, [OK]),
    ],
    ids=str,
)
def test_a_script_answers_as_it_is_written(script: object, answers: list[object]) -> None:
    made = Script.read(script)
    assert [made.answer("GET", "/x", OK) for _ in answers] == answers


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ({"GET /x": {"stream": "teapot"}}, "teapot"),
        ({"GET /x": {"delay_s": 5}}, "delay_s"),
        ({"GET /x": None}, "GET /x"),
        ({"GET /x": [{"status": 200}, {"nope": 1}]}, "nope"),
        ({"GET /x": {"headers": "X: y"}}, "headers"),
        ({"GET /x": {"stream": "raw"}}, "raw"),
        ({"https://example.com/": {}}, "example.com"),
        (["GET /x"], "GET /x"),
    ],
    ids=str,
)
def test_what_a_server_cannot_answer_is_an_error_that_names_it(script: object, named: str) -> None:
    with pytest.raises(CorpusError, match=named):
        Script.read(script)


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        ({"body": {"a": [1, None]}}, b'\r\n\r\n{"a": [1, null]}'),
        ({"headers": {"X-A": ["1", "2"]}}, b"X-A: 1\r\nX-A: 2\r\n"),
        ({"headers": [["X-A", "1"], ["X-A", "2"]]}, b"X-A: 1\r\nX-A: 2\r\n"),
    ],
    ids=str,
)
def test_an_answer_is_sent_as_it_is_written(answer: dict[str, object], sent: bytes) -> None:
    assert sent in b"".join(servers._answer(answer))


@pytest.mark.parametrize(
    ("fixed", "sequence", "found"),
    [
        ({"a.test": ["10.0.0.5", "127.0.0.1"]}, None, Lookups({"a.test": [["10.0.0.5", "127.0.0.1"]]})),
        ({"a.test": "10.0.0.5"}, None, Lookups({"a.test": [["10.0.0.5"]]})),
        (None, {"a.test": ["1.2.3.4", "127.0.0.1"]}, Lookups({"a.test": [["1.2.3.4"], ["127.0.0.1"]]})),
        (None, {"a.test": [["1.2.3.4"], ["127.0.0.1"]]}, Lookups({"a.test": [["1.2.3.4"], ["127.0.0.1"]]})),
        ("each lookup takes 3 s", None, Lookups(seconds=3.0)),
        ("a lookup takes 250 ms", None, Lookups(seconds=0.25)),
        ("never answers", None, Lookups(seconds=SLOW)),
        ("a.test resolves to 127.0.0.1", None, Lookups({"a.test": [["127.0.0.1"]]})),
        ("first 1.2.3.4, then 127.0.0.1", None, Lookups({"*": [["1.2.3.4"], ["127.0.0.1"]]})),
        ("every name is found at ::1", None, Lookups({"*": [["::1"]]})),
        ("there is no such name", None, Lookups({"*": [[]]})),
    ],
    ids=str,
)
def test_names_are_found_as_it_is_said(fixed: object, sequence: object, found: Lookups) -> None:
    assert resolver.read(fixed, sequence) == found


@pytest.mark.parametrize("fixed", ["as usual", {"a.test": "b.test"}, {"a.test": [5.5]}, 5])
def test_a_resolution_that_nobody_understands_is_an_error(fixed: object) -> None:
    with pytest.raises(CorpusError, match="resolver"):
        resolver.read(fixed, None)


def test_a_name_is_found_elsewhere_the_next_time() -> None:
    lookups = resolver.read(None, {"a.test": ["1.2.3.4", "127.0.0.1"]})
    assert [lookups.addresses("a.test") for _ in range(3)] == [["1.2.3.4"], ["127.0.0.1"], ["127.0.0.1"]]
    assert lookups.addresses("b.test") is None


def test_one_text_is_as_good_as_a_list() -> None:
    assert forms.texts(attack(deny="request"), "deny") == forms.texts(attack(deny=["request"]), "deny") == ["request"]
    assert forms.texts(attack(), "deny") == []
    with pytest.raises(CorpusError, match="deny"):
        forms.texts(attack(deny={"request": True}), "deny")


def test_how_often_something_is_done_is_a_whole_number() -> None:
    assert [forms.times(attack(repeat_calls=count), "repeat_calls") for count in (None, 3, "3")] == [1, 3, 3]
    with pytest.raises(CorpusError, match="repeat_calls"):
        forms.times(attack(repeat_calls="often"), "repeat_calls")
