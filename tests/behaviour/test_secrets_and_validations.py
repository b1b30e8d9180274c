"""What an extension learns of secrets, and what becomes of its items that a field refuses, through ``exec``, hooks and the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import ExtensionError, Sandbox, Store

MANIFEST = {
    "permissions": [{"permission": name, "role": "admin"} for name in ("read-items", "create-items", "update-items")]
}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Store() as store:
        store.create_collection(
            "people",
            {
                "name": {"type": "string", "validation": {"name": {"_regex": "^[A-Z]"}}},
                "age": {"type": "integer", "validation": {"age": {"_gte": 0}}},
                "secret": {"type": "string", "special": ["conceal"]},
                "password": {"type": "string", "special": ["hash", "conceal"]},
            },
        )
        with Sandbox(store) as box:
            box.items("people").create(
                [{"name": "Ada", "secret": "s1", "password": "p"}, {"name": "Bob", "secret": "s0"}]
            )
            yield box


def run(box: Sandbox, source: str) -> object:
    return box.load(source, name="e", manifest=MANIFEST).result.value


def test_an_extension_reads_masks(box: Sandbox) -> None:
    found = run(box, "await exec('read-items', 'people', {'query': {'fields': ['secret', 'password']}})")
    assert found == [{"secret": "**********", "password": "**********"}, {"secret": "**********", "password": None}]


@pytest.mark.parametrize(
    "query",
    [
        "{'sort': ['secret']}", "{'filter': {'secret': {'_eq': 's0'}}}", "{'filter': {'secret': {'_starts_with': 's'}}}", "{'groupBy': ['secret']}",
        "{'aggregate': {'min': ['secret']}}", "{'filter': {'_or': [{'secret': {'_in': ['s0']}}]}}", "{'deep': {}, 'sort': ['-secret', 'id'], 'limit': 1}",
    ],
)  # fmt: skip
def test_an_extension_finds_out_nothing_else(box: Sandbox, query: str) -> None:
    for call in (
        f"'read-items', 'people', {{'query': {query}}}",
        f"'update-items', 'people', {{'query': {query}, 'data': {{'age': 1}}}}",
    ):
        if "update" in call and ("groupBy" in query or "aggregate" in query):
            continue
        with pytest.raises(ExtensionError, match="conceal"):
            run(box, f"await exec({call})")
    assert run(box, "await exec('read-items', 'people', {'query': {'search': 's0'}})") == []
    assert box.store.sql("select count(*) from people where age is not null").fetchall() == [(0,)]


def test_an_item_that_a_field_refuses_is_not_written_and_the_extension_is_told_why(box: Sandbox) -> None:
    source = (
        "try:\n"
        "    await exec('create-items', 'people', {'data': [{'name': 'Eve'}, {'name': 'eve', 'age': -1}]})\n"
        "except Exception as error:\n"
        "    found = str(error)\n"
        "found"
    )
    assert 'Validation failed for field "name". Value doesn\'t have the correct format.' in str(run(box, source))
    assert len(box.items("people").read({})) == 2


def test_hooks_see_what_is_written_and_nothing_that_is_stored(box: Sandbox) -> None:
    source = (
        "seen = []\n"
        "async def keep(payload, meta, context):\n"
        "    await exec('log', str(payload))\n"
        "    return payload\n"
        "await exec('register-filter', {'event': 'people.items.create', 'handler': keep})\n"
        "await exec('register-filter', {'event': 'people.items.read', 'handler': keep})"
    )
    box.load(source, name="h", manifest=MANIFEST)
    box.items("people").create([{"name": "Eve", "secret": "new"}])
    box.items("people").read({})
    text = " ".join(record.message for record in box.log)
    assert "'secret': 'new'" in text
    assert "s1" not in text
    assert "s0" not in text
    assert "scrypt" not in text
