"""A wrong key or attribute of what a call returned is answered with what that is and what to write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from scopebox_guest.python.results import Place, result_hint

from tests.growth import grows_with
from tests.language_guest import Answer, Guest

ANSWER = {"status": 200, "statusText": "OK", "headers": {}, "data": {"celsius": 18, "reason": "sun"}}
RETURNED = {
    "request": "a text",
    "read-items": [{"id": 1, "title": "Moats"}, {"id": 2, "title": "Keeps"}],
    "create-items": [7],
    "update-items": [],
    "log": None,
}
SUBJECT = "a['x']"
DICT = "request returns a dict of status, statusText, headers and data: "
API = {
    'answer["celsius"]': f'{DICT}write answer["data"]["celsius"].',
    "answer.celsius": f'{DICT}write answer["data"]["celsius"].',
    'answer["reason"]': f'{DICT}write answer["data"]["reason"].',
    "answer.status": f'{DICT}write answer["status"].',
    "answer.status_code": f'{DICT}write answer["status"].',
    'answer["body"]': f'{DICT}what was answered is answer["data"].',
    "answer.json()": f'{DICT}what was answered is answer["data"].',
    "answer[0]": f'{DICT}what was answered is answer["data"].',
    "sum(answer)": f'{DICT}what was answered is answer["data"].',
    "answer + 1": f'{DICT}what was answered is answer["data"].',
    'f"{answer["celsius"]} degrees"'.replace('"celsius"', "'celsius'"): f'{DICT}write answer["data"]["celsius"].',
    'answer["data"]["celcius"]': "What was answered has celsius, reason; did you mean celsius?",
    'answer["data"].celsius': 'What was answered is a dict: write answer["data"]["celsius"].',
    '[each["id"] for each in answer]': f'{DICT}loop over answer["data"].',
    '(await request("u"))["celsius"]': f'{DICT}what was answered is (await request(…))["data"].',
    'data = (await request("u"))["data"]\ndata["wind"]': "What was answered has celsius, reason.",
}
EXEC = {
    'answer = await exec("request", "u")\nanswer["text"]': 'add "output": "json"',
    'answer = await exec("request", "u")\nanswer.status': 'add "output": "json"',
    'answer = await exec("request", "u", {"method": "GET"})\nanswer["text"]': 'add "output": "json"',
    '(await exec("request", "u"))["text"]': 'add "output": "json"',
    'items = await exec("read-items", "a")\nitems["title"]': 'returned a list of items: write items[0]["title"], or loop: for item in items.',
    'items = await exec("read-items", "a")\nitems["data"]': "for item in items",
    'items = await exec("read-items", "a")\nitems.title': "for item in items",
    '(await exec("read-items", "a"))["title"]': "returned a list of items",
    'items = await exec("read-items", "a")\nfor item in items:\n    item["titel"]': "The item has id, title; did you mean title?",
    'for item in await exec("read-items", "a"):\n    item["body"]': "The item has id, title.",
    'items = await exec("read-items", "a")\n[item.title for item in items]': 'The item is a dict: write item["title"].',
    'items = await exec("read-items", "a")\nitems[0]["titel"]': "did you mean title?",
    'items, _ = await gather(exec("read-items", "a"), exec("log", "b"))\nitems["title"]': "for item in items",
    'made = await exec("create-items", "a")\nmade["id"]': 'exec("create-items", …) returns primary keys',
    'made = await exec("create-items", "a")\nmade[0]["id"]': 'exec("create-items", …) returns primary keys',
    'async def read():\n    items = await exec("read-items", "a")\n    return items["title"]\nawait read()': "for item in items",
}
OWN = (
    'own = {"status": 200}\nown["celsius"]',
    'own = dict(answer)\nown.pop("data")\nown["data"]',
    'own = {}\nanswer["status"] + own["celsius"]',
    'own = [1]\nown["celsius"], answer["data"]',
    'items = await exec("read-items", "a")\nitems = {}\nitems["title"]',
    'def f(items):\n    return items["title"]\nitems = await exec("read-items", "a")\nf({})',
    'for item in await exec("read-items", "a"):\n    own = {"a": item}\n    own["title"]',
    'answer["status"] + "a"',
    '{}["celsius"]',
    'answer["data"]["celsius"]["x"]',
)


def hint_for(source: str) -> str:
    def request(_url: str) -> Awaitable[object]:
        return Answer(dict(ANSWER))

    async def gather(*calls: Awaitable[object]) -> list[object]:
        return [await call for call in calls]

    functions: dict[str, Callable[..., object]] = {"request": request}
    guest = Guest(lambda kind, *_: RETURNED[kind])
    guest.interpreter.modules = {"directus.api": functions}
    beginning = 'from directus.api import request\nanswer = await request("u")\n'
    text = source if 'answer = await exec("' in source else f"{beginning}{source}"
    return guest.interpreter.hint(guest.fails(text, gather=gather))


@pytest.mark.parametrize("use", API)
def test_a_wrong_use_of_an_answer_is_told_its_parts(use: str) -> None:
    assert hint_for(use) == API[use]


@pytest.mark.parametrize("source", EXEC)
def test_a_wrong_use_of_what_exec_returned_is_told_what_that_is(source: str) -> None:
    assert EXEC[source] in hint_for(source)


@pytest.mark.parametrize("source", OWN)
def test_a_value_of_the_extension_itself_gets_no_such_hint(source: str) -> None:
    assert not any(word in hint_for(source) for word in ("request returns", "has", "returned", "returns"))


def test_a_name_that_stands_for_nothing_any_more_is_known_by_the_error() -> None:
    source = 'items = await exec("read-items", "a")\n[item.title for item in items]'
    place = Place(source, (2, 2, 1, 11), lambda _: None)
    error = AttributeError("'dict' object has no attribute 'title'")
    assert result_hint(error, place) == 'The item is a dict: write item["title"].'
    assert result_hint(KeyError("title"), place) == ""


def test_json_that_was_asked_for_is_described_by_its_keys() -> None:
    guest = Guest(lambda *_: {"text": "moat"})
    error = guest.fails('answer = await exec("request", "u", {"output": "json"})\nanswer["data"]')
    assert guest.interpreter.hint(error) == "What was answered has text."


def test_keys_of_any_number_and_length_make_a_short_hint() -> None:
    guest = Guest(lambda *_: {f"{at}" * 10_000: at for at in range(10, 100)})
    error = guest.fails('answer = await exec("request", "u", {"output": "json"})\nanswer["' + "y" * 9000 + '"]')
    assert len(guest.interpreter.hint(error)) < 1000


@pytest.mark.parametrize("line", ["a = b; b = a\n", "a = b{at}; b{at} = a\n", "b{at} = b{at}0\n", "f(lambda: b{at})\n"])
def test_names_that_stand_for_each_other_are_looked_up_in_a_time_that_grows_with_the_source(line: str) -> None:
    def look(source: str) -> None:
        end = source.count("\n") + 1
        assert (
            result_hint(KeyError("x"), Place(source + SUBJECT, (end, end, 0, len(SUBJECT)), lambda _: {"y": 1})) == ""
        )

    small, large = ("".join(line.format(at=at) for at in range(count)) for count in (200, 800))
    look(small)
    assert grows_with(look, small, large)
