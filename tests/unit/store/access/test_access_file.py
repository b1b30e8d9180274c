"""Reading access.json: errors with their place, and doubts about what a schema does not have."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from scopebox.errors import SchemaError
from scopebox.store.sources.doubts import doubts
from scopebox.store.steps import at_once
from scopebox.store.store import Access, Store
from scopebox.text.notes import Notes

from tests.conformance.cases import DEFAULT
from tests.reading import Json

PERMISSION: Json = {"collection": "articles", "action": "read", "fields": ["*"]}


def policy(**more: object) -> Json:
    return {"policies": {"p": {"permissions": [{**PERMISSION, **more}]}}}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "has to be an object"), ({"user": {}}, "unknown key 'user'\nDid you mean users"), ({"users": 5}, r"users has to be an object of objects, by name, or a list of them"),
        ({"users": {"u": 5}}, r"users\.u has to be an object, not 5"), ({"users": {"u": {"role": "reder"}}, "roles": {"reader": {}}}, "did you mean reader"),
        ({"users": {"u": {"token": 5}}}, r"users\.u\.token has to be a text"), ({"users": {"u": {"admin": "no"}}}, r"users\.u\.admin has to be true or false"),
        ({"users": {"u": {"token": "t"}, "v": {"token": "t"}}}, r"users\.v\.token: the user 'u' has the same one"),
        ({"roles": {"r": {"policies": ["gone"]}}}, r"roles\.r\.policies: there is no policy 'gone'"),
        ({"roles": {"r": {"polices": []}}}, r"roles\.r has the unknown key 'polices'\nDid you mean policies"),
        ({"policies": {"p": {"admn_access": True}}}, "Did you mean admin_access"), ({"policies": {"p": {"permissions": {}}}}, r"policies\.p\.permissions"),
        ({"policies": {"p": {"permissions": [5]}}}, r"policies\.p\.permissions\[0\] has to be an object, not 5"),
        (policy(action="reed"), r"policies\.p\.permissions\[0\]\.action: 'reed' is no action\nThe actions are create"),
        (policy(collection=None), r"\[0\]\.collection has to be the name"), (policy(fields=5), r"\[0\]\.fields has to be a list of names, not 5"),
        (policy(permissions=[1]), r"\[0\]\.permissions has to be an object"), (policy(feilds=[]), "unknown key 'feilds'\nDid you mean fields"),
        (policy(permissions={"_and": {}}), r"\[0\]\.permissions: Invalid query\. Invalid filter object\.\nA rule is a filter"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(source: object, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        Access.read(source)


def test_fields_may_stand_with_commas() -> None:
    access = Access.read(policy(fields="id,title"))
    assert access.policies["p"].permissions[0].fields == ("id", "title")


@pytest.mark.parametrize(
    ("source", "doubt"),
    [
        (policy(collection="artcles"), "there is no collection 'artcles'; did you mean articles?"),
        (policy(fields=["titel"]), "articles has no field 'titel'; did you mean title?"), (policy(presets={"ownr": 1}), "did you mean owner?"),
        (policy(permissions={"_or": [{"year(date_published)": {"_gt": 1}}, {"statu": {"_eq": 1}}]}), "'statu'; did you mean status?"),
        (policy(validation={"zzz": {"_null": True}}), "1 field in permissions for articles: there is no such field, not used (zzz)"), (policy(permissions={"author": {"name": {"_eq": "x"}}}), ""),
    ],
)  # fmt: skip
def test_what_a_schema_does_not_have_is_doubted(source: Json, doubt: str) -> None:
    with Store.sample() as store:
        notes = Notes()
        at_once(doubts(Access.read(source), store.schema, notes))
    assert len(notes.lines) == bool(doubt)
    assert all(doubt in line for line in notes.lines)
    assert all(line.startswith("access: policies.p.permissions[0]") for line in notes.lines if "did you mean" in line)


def test_a_project_names_the_file(tmp_path: Path) -> None:
    shutil.copy(DEFAULT / "project" / "snapshot.yaml", tmp_path)
    path = tmp_path / "access.json"
    path.write_text(json.dumps(policy(fields=["titel"])), "utf-8")
    with Store.from_project(tmp_path) as store:
        assert store.notes == ("access: policies.p.permissions[0]: articles has no field 'titel'; did you mean title?",)
    path.write_text(json.dumps({"users": {"u": {"token": 5}}}), "utf-8")
    with pytest.raises(SchemaError) as caught:
        Store.from_project(tmp_path)
    assert caught.value.message == f"{path}: users.u.token has to be a text, not 5"


def test_each_permission_and_each_user_is_a_step() -> None:
    permissions = [{"collection": "a", "action": "read"}] * 40
    users: dict[str, object] = {f"u{at}": {} for at in range(30)}
    assert len(list(Access.steps({"policies": {"p": {"permissions": permissions}}, "users": users}))) > 70


@pytest.mark.parametrize("part", ["permissions", "validation", "presets"])
def test_rules_of_a_policy_with_too_many_values_are_refused_with_their_place(part: str) -> None:
    held = {"title": {"_in": [*range(9_000)]}}
    rule = {**PERMISSION, part: held}
    few = [rule, rule, {**rule, "action": "update"}, {**rule, "collection": "authors"}]
    assert len(Access.read({"policies": {"p": {"permissions": few}}}).policies["p"].permissions) == 4
    most = (
        r"There are 27,00\d values in rules and presets, 20,000 are the limit; give the role fewer policies or shorter"
    )
    with pytest.raises(SchemaError, match=rf"policies\.p\.permissions\[4\]\.{part}: .*{most}"):
        Access.read({"policies": {"p": {"permissions": [*few, rule]}}})
