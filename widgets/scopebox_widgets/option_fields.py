"""The options of an operation as controls, one each, as its app half would show them in a Data Studio."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.text.visible import clean
from scopebox.views.html import element

from scopebox_widgets.fields import WIDE, FieldError, label_of
from scopebox_widgets.html import Html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scopebox.packages.app_half import Option, Options

MAX_LABEL_CHARACTERS: Final = 60
TEMPLATE: Final = "{{ $last.value }}"
_TEMPLATE: Final = "{{"
LINES: Final = ("text", "json", "csv")  # types that are written on several lines
NUMBERS: Final = ("integer", "bigInteger", "float", "decimal")


class OptionFields:
    """A box with one control for each option. ``changed`` is called when the user has chosen something."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.widget = widgets.VBox()
        self.widget.add_class("sbx-options")
        self._changed = changed
        self._controls: dict[str, tuple[Option, widgets.Widget]] = {}

    @property
    def values(self) -> dict[str, object]:
        """What is chosen, by the name of the option; what is empty is left out."""
        found = ((name, _value(option, control)) for name, (option, control) in self._controls.items())
        return {name: value for name, value in found if value not in ("", None)}

    @property
    def masked(self) -> dict[str, object]:
        """What of it is typed unseen."""
        return {name: value for name, value in self.values.items() if self._controls[name][0].masked}

    @property
    def written(self) -> dict[str, object]:
        """What of it may be seen."""
        return {name: value for name, value in self.values.items() if not self._controls[name][0].masked}

    @property
    def controls(self) -> tuple[widgets.Widget, ...]:
        """One for each option that is shown."""
        return tuple(control for _, control in self._controls.values())

    def check(self, options: Mapping[str, object]) -> None:
        """Raise FieldError for what a Data Studio would not let through: nothing where something is required, text where a number is."""
        for name, (option, control) in self._controls.items():
            value = options.get(name)
            label = clean(option.name, MAX_LABEL_CHARACTERS)
            if option.required and value in ("", None):
                raise FieldError(
                    control, f"{label} is required", hint=f'It is the option "{clean(name, MAX_LABEL_CHARACTERS)}".'
                )
            if isinstance(value, str) and _TEMPLATE not in value and option.type in (*NUMBERS, "json"):
                what = "JSON" if option.type == "json" else "a number"
                raise FieldError(
                    control,
                    f"{label} has to be {what}",
                    hint=f"Or a template of what comes before, such as {TEMPLATE}.",
                )

    def draw(self, shown: Options) -> None:
        """Show these options, and keep what was chosen already."""
        if shown.options == tuple(option for option, _ in self._controls.values()):
            return  # else whoever types would lose the place
        before = self.values if self._controls else {}
        self._controls = {
            option.field: (option, _control(option, before.get(option.field, option.default)))
            for option in shown.options
        }
        for _, control in self._controls.values():
            control.observe(self._on_change, "value")
        self.widget.children = tuple(
            part for option, control in self._controls.values() for part in (control, *_note(option))
        )

    def clear(self) -> None:
        """Show none."""
        self._controls = {}
        self.widget.children = ()

    def _on_change(self, _: object) -> None:
        self._changed()


def _control(option: Option, value: object) -> widgets.Widget:
    label = label_of(clean(f"{option.name}{' *' if option.required else ''}", MAX_LABEL_CHARACTERS))
    layout, style = widgets.Layout(width=WIDE), {"description_width": "auto"}
    if option.choices:
        choices = [("", None), *((clean(text), chosen) for text, chosen in option.choices)]
        known = value if any(value == chosen for _, chosen in choices) else None
        return widgets.Dropdown(description=label, options=choices, value=known, layout=layout, style=style)
    if option.type == "boolean":
        return widgets.Checkbox(description=label, value=value is True, layout=layout, style=style)
    written = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    kind = widgets.Password if option.masked else widgets.Textarea if option.type in LINES else widgets.Text
    placeholder = clean(option.placeholder)
    return kind(
        description=label, value=written, placeholder=placeholder, layout=layout, style=style, continuous_update=False
    )


def _note(option: Option) -> tuple[widgets.Widget, ...]:
    return (Html(element("p", option.note, class_="sbx-note")),) if option.note else ()


def _value(option: Option, control: widgets.Widget) -> object:
    """Return what was chosen as data: numbers and JSON where the option is of such a type and the text is of it."""
    value: object = control.value
    if not isinstance(value, str) or option.type not in (*NUMBERS, "json") or not value.strip():
        return value
    try:
        data: object = json.loads(value)
    except ValueError:
        return value  # as a template, whose braces stand for what comes
    return data
