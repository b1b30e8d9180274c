from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scopebox.packages.app_half import MAX_FIELDS, Options, read_options
from scopebox.sandbox.sandbox import Sandbox
from scopebox.workbench.operation_options import operation_options

from tests.packages import APP, files, folder


def shown(box: Sandbox, place: Path, app: str, **values: object) -> Options:
    box.load_package(folder(place, files(**{"dist/app.js": app})))
    return asyncio.run(operation_options(box, "acme-weather", values))


def test_the_app_half_tells_its_options(box: Sandbox, tmp_path: Path) -> None:
    found = shown(box, tmp_path, APP)
    assert (found.name, found.description, found.problem) == ("Weather", "The sky over a city", "")
    (city,) = found.options
    assert (city.field, city.name, city.required, city.note) == ("city", "City", True, "In English")


@pytest.mark.parametrize(
    "app",
    [
        'import{defineOperationApp as e}from"@directus/extensions-sdk";var a=e({id:"x",options:({kind:k})=>[{field:"kind"},{field:k??"none"}]});export{a as default};',
        'var a={id:"x",options:({kind:k})=>[{field:"kind"},{field:k??"none"}]};export{a as default};',
        'export default { options: ({ kind }) => [{ field: "kind" }, { field: kind ?? "none" }] }',
        'export default { options: () => [{ field: "kind" }, { field: window.location.href.startsWith("https://") ? "x" : "none" }] }',
    ],
)
def test_options_may_depend_on_what_is_chosen(app: str, box: Sandbox, tmp_path: Path) -> None:
    assert [option.field for option in shown(box, tmp_path, app, kind="x").options] == ["kind", "x"]


@pytest.mark.parametrize(
    "app",
    [
        'import { ref } from "vue"; export default { options: [{ field: ref("a") }] };',
        "export default { options: () => { throw new Error('no') } };",
        "export default { options: () => { while (true); } };",
        'export default { options: await exec("request", "https://a.test/") };',
        "not javascript",
    ],
)
def test_an_app_half_that_does_not_tell_is_no_harm_and_says_why(app: str, box: Sandbox, tmp_path: Path) -> None:
    found = shown(box, tmp_path, app)
    assert found.options == ()
    assert found.problem
    assert len(box.trace) == len([record for record in box.trace if record.type == "register-operation"])
    assert box.extensions["@acme/weather-operation"].alive


def test_what_it_tells_is_bounded_and_anything_may_be_wrong_in_it() -> None:
    fields = [
        {"field": "f" * 10_000, "name": 5, "meta": [], "schema": "x"},
        7,
        {"meta": {}},
        *[{"field": str(n)} for n in range(500)],
    ]
    found = read_options(["n", None, fields])
    assert len(found.options) < MAX_FIELDS
    assert len(found.options[0].field) < 400
    assert read_options("x") == Options()
    assert read_options([1, 2, 3]) == Options()
    choices = {
        "field": "a",
        "meta": {"options": {"choices": [{"value": {}}, 5, {"value": "v"}, {"text": "T", "value": 1}]}},
    }
    assert read_options(["", "", [choices]]).options[0].choices == (("v", "v"), ("T", 1))


def test_an_operation_of_a_cell_has_no_app_half(box: Sandbox) -> None:
    box.load('await exec("register-operation", {"id": "x", "handler": lambda data: data})', name="mine")
    assert asyncio.run(operation_options(box, "x", {})).problem
    assert asyncio.run(operation_options(box, "none", {})).problem
