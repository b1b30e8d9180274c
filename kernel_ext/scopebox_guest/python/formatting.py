"""``str.format`` and ``str.format_map`` without attribute access: a template could read any attribute by its name."""

from __future__ import annotations

import _string  # type: ignore[import-not-found]
from types import BuiltinMethodType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NESTING: Final = 2  # as str.format itself: a field, and fields in its format specification


def _check_template(template: object, nesting: int = MAX_NESTING) -> None:
    if not isinstance(template, str) or nesting == 0:
        return  # str.format itself says what is wrong
    for _, field, specification, _ in _string.formatter_parser(template):
        if field is None:
            continue
        _, rest = _string.formatter_field_name_split(field)
        if any(is_attribute for is_attribute, _ in rest):
            raise ValueError(f"attributes are refused in a format string: {{{field}}}")
        _check_template(specification, nesting - 1)


def _safe(function: Callable[..., str]) -> Callable[..., str]:
    def formatted(template: str, /, *arguments: object, **fields: object) -> str:
        _check_template(template)
        return function(template, *arguments, **fields)

    return formatted


_FORMAT: Final = _safe(str.format)
_FORMAT_MAP: Final = _safe(str.format_map)


def checked_format(method: object) -> object:
    """Return ``method``, or a checked twin if it is one of the two formatting methods of ``str``, bound or not."""
    if method is str.format:
        return _FORMAT
    if method is str.format_map:
        return _FORMAT_MAP
    if type(method) is BuiltinMethodType and isinstance(template := method.__self__, str):
        function = _FORMAT if method.__name__ == "format" else _FORMAT_MAP

        def formatted(*arguments: object, **fields: object) -> str:
            return function(template, *arguments, **fields)

        return formatted
    return method
