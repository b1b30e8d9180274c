"""The notes of the host on calls that were refused or failed."""

from __future__ import annotations

import re

import pytest
from scopebox import Sandbox
from scopebox.errors import ExtensionError
from scopebox.extension.advice.refused import MAX_LISTED_CHARACTERS, narrowest
from scopebox.extension.handlers import MAX_FAILURE_CHARACTERS
from scopebox.grants.grants import Grants
from scopebox.manifest.manifest import Manifest


def told(box: Sandbox, call: str, entries: str = "") -> str:
    """What the notebook says of a call."""
    manifest = f"# /// sandbox\n# permissions = [{entries}]\n# ///\n"
    with pytest.raises(ExtensionError) as caught:
        box.load(f"{manifest}await exec({call})", name="asks")
    return caught.value.hint


def seen(box: Sandbox, call: str, entries: str = "") -> str:
    """What the extension itself can see of the error."""
    source = (
        f"# /// sandbox\n# permissions = [{entries}]\n# ///\n"
        f"try:\n    await exec({call})\nexcept Exception as error:\n    found = [str(error), repr(error), error.args]\nstr(found)"
    )
    return str(box.load(source, name="looks").result.value)


@pytest.mark.parametrize(
    ("name", "args"),
    [("read-items", ()), ("request", (5,)), ("request", ("no url", {"method": 7})), ("log", ()), ("sleep", ({},))],
)
def test_the_entry_that_is_offered_allows_the_call(name: str, args: tuple[object, ...]) -> None:
    entry = narrowest(name, args)
    assert Grants(Manifest("exec", (entry,))).check(name).permission == name


def test_the_entry_for_a_request_allows_its_origin_and_method_alone(box: Sandbox) -> None:
    hint = told(box, '"request", "https://a.test/x?y=1", {"method": "POST"}')
    assert '{ permission = "request", allowedUrls = ["https://a.test/*"], methods = ["POST"] }' in hint


@pytest.mark.parametrize(("collection", "role"), [("articles", "reader"), ("comments", "reader")])
def test_the_role_that_is_offered_is_one_of_the_store_and_enough(box: Sandbox, collection: str, role: str) -> None:
    hint = told(box, f'"read-items", "{collection}", {{"query": {{"fields": ["id"]}}}}')
    assert f'role = "{role}"' in hint
    assert told_nothing(box, f'"read-items", "{collection}", {{"query": {{"fields": ["id"]}}}}', role)


def told_nothing(box: Sandbox, call: str, role: str) -> bool:
    entry = f'{{ permission = "read-items", role = "{role}" }}'
    return (
        box.load(f"# /// sandbox\n# permissions = [{entry}]\n# ///\nawait exec({call})", name="may").result.error
        is None
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [('== "undeclared"', True), ("!= 'url'", True), ('== "denied"', False), ("in reasons", False), ("", False)],
)
def test_code_that_asks_for_another_reason_is_told_the_one_of_the_error(box: Sandbox, asked: str, said: bool) -> None:
    entry = '{ permission = "read-items", role = "reader", optional = true }'
    caught = (
        f"except PermissionError as error:\n    reasons = []\n    if error.reason {asked}:\n        raise\n    raise"
    )
    source = (
        f'# /// sandbox\n# permissions = [{entry}]\n# ///\ntry:\n    await exec("read-items", "articles")\n{caught}'
    )
    with pytest.raises(ExtensionError) as error:
        box.load(source, name="asks")
    assert ('The reason of this error is "denied"' in error.value.hint) is said
    assert "%sandbox grant asks read-items" in error.value.hint


def test_an_update_without_data_where_deleting_is_asked_for_names_what_is_meant(box: Sandbox) -> None:
    deletes = '{ permission = "delete-items", role = "editor" }'
    query = '"query": {"filter": {"id": {"_eq": 404}}}'
    assert told(box, f'"update-items", "articles", {{{query}}}', deletes).startswith(
        'To delete items, call "delete-items".'
    )
    assert told(box, f'"update-items", "articles", {{{query}, "data": {{}}}}', deletes).startswith(
        "Add to the manifest"
    )


@pytest.mark.parametrize(
    ("call", "entries", "names"),
    [
        ('"read-items", "articles", {"query": {"fields": ["titel"]}}', '{ permission = "read-items", role = "reader" }', ["title"]),
        ('"read-items", "artikles"', '{ permission = "read-items", role = "reader" }', ["articles"]),
        ('"read-items", "articles"', "", ["reader", "editor"]),
        ('"create-items", "articles", {"data": [{"title": "x"}]}', '{ permission = "create-items", role = "reader" }', ["editor", "writer"]),
    ],
    ids=["field", "collection", "undeclared", "role"],
)  # fmt: skip
def test_what_the_store_holds_is_told_to_the_user_and_never_to_the_extension(
    box: Sandbox, call: str, entries: str, names: list[str]
) -> None:
    hint = told(box, call, entries)
    assert any(name in hint for name in names)
    answer = seen(box, call, entries)
    assert "permission" in answer
    assert set(re.findall(r"\w+", answer)) & (set(names) - set(re.findall(r"\w+", call))) == set()


READS = '{ permission = "read-items", role = "ROLE" }'


@pytest.mark.parametrize(
    ("query", "role", "hint"),
    [
        ({"offset": "x"}, "reader", ""),
        ({"page": -1}, "reader", ""),
        ({"fields": ["x"], "alias": {"x": ["title"]}}, "reader", ""),
        ({"fields": ["titel"], "offset": -1}, "reader", 'There is no field "titel" in articles; did you mean title?'),
        ({"fields": ["author.x"], "deep": {"author": {"_alias": {"x": "emale"}}}}, "reader", 'There is no field "emale" in authors; did you mean email?'),
        ({"fields": ["x"], "alias": {"x": "json(meta, a)"}}, "reader", "The role reader may not read articles.meta."),
        ({"fields": ["json(author.bio, a.b)"]}, "reader", "A field of type text has no functions"),
        ({"fields": ["hour(date_published)", "year(title)"]}, "reader", "A field of type string has no functions"),
        ({"groupBy": ["nope(date_published)"]}, "reader", "A field of type dateTime has year(), month()"),
        ({"fields": ["title.x"]}, "reader", '"title" in articles is no relation, so nothing stands behind it; write "title"'),
        ({"sort": ["title:asc"]}, "reader", 'There is no field "title:asc" in articles; did you mean title?'),
        ({"filter": {"title": {"_gt": "x"}}}, "reader", '"_gt" is not for fields of type string; these have _contains, '),
        ({"filter": {"views": {"_contains": 1}}}, "editor", '"_contains" is not for fields of type integer; these have _eq, '),
        ({"filter": {"meta": {"_eq": 1}}}, "editor", '"_eq" is not for fields of type json; these have _null and _nnull'),
        ({"filter": {"title": {"_intersects": {"type": "Point"}}}}, "reader", '"_intersects" compares shapes, which this store does not; '),
        ({"filter": {"title": {"_regex": "x"}}}, "reader", '"_regex" is for validations and permissions of payloads, not for filters'),
        ({"filter": {"title": {"_json": "x"}}}, "reader", '"_json" is an operator of Directus 12; fields of type string have'),
        ({"filter": {"title": {"eq": "x"}}}, "reader", '"eq" is not an operator of a filter; write _eq'),
        ({"filter": {"title": {"_nope": "x"}}}, "reader", '"_nope" is not an operator of a filter; did you mean _neq?'),
        ({"filter": {"title": {"x": 1}}}, "reader", '"x" is not an operator of a filter; fields of type string have _contains'),
    ],
)  # fmt: skip
def test_a_hint_is_about_what_the_call_names_and_says_what_there_is(
    box: Sandbox, query: dict[str, object], role: str, hint: str
) -> None:
    said = told(box, f'"read-items", "articles", {{"query": {query!r}}}', READS.replace("ROLE", role))
    assert said.startswith(hint) if hint else said == ""


LONG = tuple(f"https://a.test/{'x' * 1_000}{number}" for number in range(12))


def test_beside_many_urls_only_the_new_one_is_written(box: Sandbox) -> None:
    listed = "".join(f'\n#   "{url}",' for url in LONG)
    entry = f'{{ permission = "request", allowedUrls = [{listed}\n# ], methods = ["GET"] }}'
    assert sum(map(len, LONG)) > MAX_LISTED_CHARACTERS
    said = told(box, '"request", "https://b.test/x"', entry)
    assert said == 'Add to allowedUrls in its entry of the manifest: "https://b.test/*"'


@pytest.mark.parametrize(
    ("letter", "most"), [("x", MAX_FAILURE_CHARACTERS), ("\U0001f600", MAX_FAILURE_CHARACTERS // 4)]
)
def test_of_the_advice_on_each_call_only_so_much_is_kept(box: Sandbox, letter: str, most: int) -> None:
    urls = [*LONG[:-1], f"https://a.test/{letter}"]
    extension = box.load(
        "for i in range(3):\n    try:\n        await exec('read-items', 'articles')\n    except PermissionError:\n        pass",
        name="asks",
        manifest={"requestedScopes": {"request": {"urls": urls, "methods": ["GET"]}}},
    )
    assert [len(text) - most < 100 for text in extension.advice.values()] == [True] * 3


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ('"register-filter", {}', 'Add "event": "items.create".'),
        ('"register-filter", {"event": 5, "handler": print}', 'Write "event": "items.create".'),
        ('"register-endpoint", {"path": "/", "method": ["GET"], "handler": print}', 'Write "method": "GET".'),
        ('"request", "https://a.test/", {"headers": {"a": "{{secret.}}"}}', "A secret has a name: {{secret.NAME}}."),
    ],
)
def test_what_is_there_is_to_be_written_anew_and_what_is_missing_to_be_added(
    box: Sandbox, call: str, hint: str
) -> None:
    assert told(box, call, '{ permission = "request", allowedUrls = ["https://a.test/*"] }') == hint


@pytest.mark.parametrize("call", ["read-items", "delete-items"])
def test_whether_there_is_a_field_that_may_not_be_read_is_not_told_by_a_key_that_is_none(
    box: Sandbox, call: str
) -> None:
    entry = f'{{ permission = "{call}", role = "reader" }}'
    hidden, absent = (
        seen(box, f'"{call}", "articles", {{"query": {{"{name}": {{"_eq": 0}}}}}}', entry) for name in ("views", "nope")
    )
    assert hidden.replace("views", "nope") == absent
