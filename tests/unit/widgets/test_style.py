"""The stylesheet."""

from __future__ import annotations

import re

import pytest
from scopebox_widgets.style import DARK, LIGHT, RULES, STYLE

# What stands on what: every tint with its text, soft text on both surfaces, the accent as an outline.
PAIRS = [
    *((f"--sbx-{kind}", f"--sbx-{kind}-bg") for kind in ("ok", "warn", "bad", "info", "muted")),
    *((text, surface) for text in ("--sbx-text", "--sbx-soft") for surface in ("--sbx-surface", "--sbx-raised")),
    *(("--sbx-text", f"--sbx-{kind}-bg") for kind in ("ok", "warn", "bad", "info", "muted")),
    *(("--sbx-text", f"--sbx-{kind}") for kind in ("items", "request", "handler", "register")),
    ("--sbx-bad", "--sbx-surface"),
]


def colours(block: str) -> dict[str, str]:
    """The last colour of each variable: what is used where the front end sets none."""
    found = {}
    for name, value in re.findall(r"(--sbx-[a-z-]+):([^;]+);", block):
        found[name] = re.findall(r"#[0-9a-f]{3,6}", value)[-1]
    return found


def brightness(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS)
def test_text_can_be_read_on_every_surface_in_both_themes(block: str, text: str, surface: str) -> None:
    used = colours(block)
    light, dark = sorted((brightness(used[text]), brightness(used[surface])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_both_themes_have_the_same_variables_and_all_that_are_used() -> None:
    assert colours(LIGHT).keys() == colours(DARK).keys()
    assert set(re.findall(r"var\((--sbx-[a-z-]+)", RULES)) <= colours(LIGHT).keys()


def outer(selectors: str) -> str:
    """Selectors without what stands in brackets."""
    inner = re.sub(r"\([^()]*\)", "", selectors)
    return selectors if inner == selectors else outer(inner)


def test_every_rule_stays_below_the_panel() -> None:
    rules = re.sub(r"@keyframes[^}]+\}\s*\}", "", RULES)
    rules = re.sub(r"@(media|container)[^{]+\{", "", rules)
    for selectors in re.findall(r"([^{}]+)\{", rules):
        for selector in outer(selectors).split(","):
            assert selector.strip().startswith(".sbx"), selector
    assert "<" not in STYLE.removeprefix("<style>").removesuffix("</style>")
