from __future__ import annotations

import json
from pathlib import Path

import ipywidgets as widgets
import pytest
from scopebox import Sandbox
from scopebox.packages.app_half import Option, Options
from scopebox_widgets.forms import OperationForm
from scopebox_widgets.option_fields import OptionFields
from scopebox_widgets.registrations import Registered
from scopebox_widgets.view import Voice

from tests.packages import files, folder
from tests.unit.widgets.conftest import Page

APP = """import { defineOperationApp } from "@directus/extensions-sdk";
export default defineOperationApp({ id: "acme-weather", options: ({ unit }) => [
  { field: "city", name: "City", type: "string", meta: { required: true, note: "In <b>English</b>" } },
  { field: "unit", name: "Unit", type: "string", meta: { options: { choices: [{ text: "°C", value: "c" }, { text: "°F", value: "f" }] } } },
  { field: "key", name: "Key", type: "string", meta: { options: { masked: true }, hidden: unit !== "f" } },
  { field: "days", name: "Days", type: "integer", schema: { default_value: 3 } },
] });
"""


def drawn(*options: Option) -> OptionFields:
    fields = OptionFields(lambda: None)
    fields.draw(Options(options=options))
    return fields


def test_each_type_of_option_has_its_control_and_its_data(page: Page) -> None:
    del page
    fields = drawn(
        Option("a", "A", default="x"), Option("b", "B", "boolean", default=True), Option("c", "C", "json", default={"k": 1}),
        Option("d", "D", choices=(("One", 1), ("Two", 2)), default=2), Option("e", "E", "integer", default=5),
        Option("f", "F", masked=True), Option("g", "G", "json", default="{{ $trigger }}"), Option("h", "H"),
    )  # fmt: skip
    kinds = [type(control) for control in fields.widget.children]
    assert kinds[:6] == [
        widgets.Text,
        widgets.Checkbox,
        widgets.Textarea,
        widgets.Dropdown,
        widgets.Text,
        widgets.Password,
    ]
    assert fields.values == {"a": "x", "b": True, "c": {"k": 1}, "d": 2, "e": 5, "g": "{{ $trigger }}"}


def test_what_was_chosen_stays_and_what_is_gone_goes(page: Page) -> None:
    del page
    fields = drawn(Option("a", "A"), Option("b", "B"))
    fields.widget.children[0].value = "mine"
    fields.draw(Options(options=(Option("a", "A", default="other"), Option("c", "C", default="new"))))
    assert fields.values == {"a": "mine", "c": "new"}
    same = fields.widget.children
    fields.draw(Options(options=(Option("a", "A", default="other"), Option("c", "C", default="new"))))
    assert fields.widget.children is same


def test_foreign_words_are_text(page: Page) -> None:
    del page
    fields = drawn(Option("a", "\x1b[31mA" * 100, note="<img src=x onerror=alert(1)>"))
    control, note = fields.widget.children
    assert "\x1b" not in control.description
    assert "<img" not in note.value


def test_no_label_of_foreign_words_is_set_as_a_formula(page: Page) -> None:
    del page
    (control,) = drawn(Option("a", r"$x^2$ and \(y\)")).widget.children
    assert control.description == "\uff04x^2\uff04 and \uff3c(y\uff3c)"


@pytest.fixture
def form(page: Page, box: Sandbox, tmp_path: Path) -> OperationForm:
    del page
    box.load_package(folder(tmp_path, files(**{"dist/app.js": APP})))
    made = OperationForm(Registered(box, Voice()))
    made.draw(box)
    return made


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [("City *", "", "City is required"), ("Days", "three", "Days has to be a number"), ("Days", '"3"', "Days has to be a number")],
)  # fmt: skip
def test_what_a_data_studio_would_not_let_through_is_said_at_its_field(
    form: OperationForm, label: str, value: str, said: str
) -> None:
    controls = {control.description: control for control in form._options.controls}
    controls["City *"].value = "Oslo"
    controls[label].value = value
    form._attempt(form._submit)
    assert said in form._answer.value
    assert 'role="alert"' in form._answer.value
    assert "sbx-invalid" in controls[label]._dom_classes
    controls["City *"].value, controls["Days"].value = "Oslo", "{{ $last.days }}"
    form._attempt(form._submit)
    assert said not in form._answer.value
    assert "sbx-invalid" not in controls[label]._dom_classes


def steps(form: OperationForm) -> object:
    return json.loads(form._steps.value)


def test_the_options_of_a_published_operation_are_a_form(form: OperationForm, box: Sandbox) -> None:
    controls = [control for control in form._options.widget.children if hasattr(control, "description")]
    assert [control.description for control in controls if control.description] == ["City *", "Unit", "Days"]
    controls[0].value = "Oslo"
    assert steps(form) == [{"operation": "acme-weather", "options": {"city": "Oslo", "days": 3}}]
    box.mock("GET", "https://api.weather.test/v1/Oslo", json={"sky": "blue"})
    form._submit()
    assert "blue" in form._answer.value


def test_what_is_typed_unseen_is_given_to_the_operation_and_not_written(form: OperationForm) -> None:
    unit = next(control for control in form._options.widget.children if control.description == "Unit")
    unit.value = "f"
    key = next(control for control in form._options.widget.children if isinstance(control, widgets.Password))
    key.value = "s3cret"
    assert "s3cret" not in form._steps.value
    assert form._with_masked({"operation": "acme-weather", "options": {"city": "Oslo"}}) == {
        "operation": "acme-weather", "options": {"key": "s3cret", "city": "Oslo"},
    }  # fmt: skip
