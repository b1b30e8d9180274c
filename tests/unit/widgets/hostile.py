"""Texts that try to be more than text."""

from __future__ import annotations

from typing import Final

IMAGE: Final = "<img src=x onerror=parent.CANARYXSS=1>"
HOSTILE: Final = (
    IMAGE,
    "<script>parent.CANARYXSS=1</script>",
    "\"><svg/onload=parent.CANARYXSS=1> ' onmouseover=parent.CANARYXSS=1 x=",
    "</style><style>*{display:none}</style><div style=position:fixed;inset:0>Grant</div>",
    "\x1b[2J\x1b]8;;http://evil.test\x07link",
    "granted\u202eyadot\u202c\u200b\ufeff",
    "x" + "\u0300" * 20_000,
    "A" * 1_000_000,
    "{{constructor.constructor('parent.CANARYXSS=1')()}}",
    "&lt;img src=x&gt;",
)
NEVER: Final = (
    *("<img", "<script", "<svg/onload", "' onmouseover", "<style>*", "<div style=position", "\x1b", "\u202e", "\u200b"),
    *("\u0300" * 5, "A" * 6_000),
)


def harmless(html: str) -> bool:
    """Whether nothing hostile is left of the texts above but text."""
    return not any(wrong in html for wrong in NEVER)
