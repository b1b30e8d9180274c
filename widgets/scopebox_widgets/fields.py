"""Fields that people write data into, and what is wrong with what they wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.errors import ScopeboxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDE: Final = "min(100%, 46em)"
JSON_HINT: Final = 'Names and texts stand in double quotes, as in {"title": "Hello"}.'
SHORT: Final = "12em"  # the width of a chooser in a line
REST: Final = "1 1 16em"  # how the field in a line grows that takes the rest of it
_INVALID: Final = "sbx-invalid"
_WIDE_SIGNS: Final = {ord("$"): "\uff04", ord("\\"): "\uff3c"}


class FieldError(ScopeboxError):
    """What is wrong with the content of one field."""

    def __init__(self, field: widgets.DOMWidget, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


def label_of(words: str) -> str:
    """Return foreign words as the label of a field: with wide signs in place of those that begin a formula.

    A front end sets the formulas of labels, and no class keeps it from that.
    """
    return words.translate(_WIDE_SIGNS)


def area(label: str, value: str, rows: int = 3, placeholder: str = "") -> widgets.Textarea:
    """Return a field for several lines."""
    made = widgets.Textarea(description=label, value=value, rows=rows, placeholder=placeholder)
    made.layout.width = WIDE
    return made


def short(label: str, options: Sequence[str]) -> widgets.Dropdown:
    """Return a chooser in a line."""
    return widgets.Dropdown(description=label, options=options, layout=widgets.Layout(width=SHORT))


def long(label: str, placeholder: str) -> widgets.Text:
    """Return the field that takes the rest of a line."""
    return widgets.Text(description=label, placeholder=placeholder, layout=widgets.Layout(width="auto", flex=REST))


def parsed(field: widgets.Textarea | widgets.Text, empty: object = None) -> object:
    """Return the JSON data in a field, ``empty`` if nothing stands there; FieldError says at which line and column they are none."""
    if not field.value.strip():
        return empty
    try:
        return json.loads(field.value)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise FieldError(field, f"{field.description} is not JSON: {where}", hint=JSON_HINT) from None
    except ValueError:  # Python's own limit of digits
        raise FieldError(field, f"{field.description} has a number that is too long") from None
    except RecursionError:
        raise FieldError(field, f"{field.description} is nested too deeply") from None


def mark(error: ScopeboxError) -> None:
    """Mark the field that an error is about, if it is about one."""
    if isinstance(error, FieldError):
        error.field.add_class(_INVALID)


def unmark(fields: Iterable[widgets.DOMWidget]) -> None:
    """Take the marks off."""
    for field in fields:
        field.remove_class(_INVALID)
