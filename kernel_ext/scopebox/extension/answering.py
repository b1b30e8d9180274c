"""Calls of a guest: looked up, checked against the grants, and answered."""

from __future__ import annotations

from typing import Final

import msgspec

from scopebox.execution_types.table import CAPABILITIES
from scopebox.text.messages import closest

API_PREFIX: Final = "api:"


def _raw(value: object) -> msgspec.Raw:
    return value if isinstance(value, msgspec.Raw) else msgspec.Raw(msgspec.json.encode(value))


def _unknown_type(name: str) -> str:
    match = closest(name, CAPABILITIES)
    remedy = f'did you mean "{match}"?' if match else f"the types are {', '.join(CAPABILITIES)}"
    return f'Unknown execution type "{name[:60]}"; {remedy}'
