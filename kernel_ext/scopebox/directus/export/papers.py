"""README, LICENSE and what git ignores, of an exported extension. Foreign text in them is text, never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.grants.sentences import shown_url
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.directus.export.parts import Part
    from scopebox.manifest.permission import Permission

MOST: Final = 100  # lines of each kind
IGNORED: Final = (".DS_Store", "node_modules", "dist")
LICENSE: Final = (
    "No licence has been chosen yet: all rights are reserved until this file says otherwise.\n"
    'Put the text of one here, and its name into "license" of package.json.\n'
)


def gitignore(*, config: bool) -> str:
    """Return what git is not to take."""
    return "\n".join([*IGNORED, *(["src/config.js"] if config else []), ""])


def readme(part: Part, asked: Sequence[Permission], notes: Sequence[str], *, config: bool) -> str:
    """Return the README: what it is, what it asks for, how it is installed, and what does not carry over."""
    lines = [f"# {_plain(part.name)}", "", f"A sandboxed {part.type} for Directus 11 and 12.", ""]
    lines += [f"- {_code(f'{method} /{part.name}{path}')}" for method, path in part.routes[:MOST]]
    lines += [f"- {kind} {_code(event)}" for kind, event in part.events[:MOST]]
    lines += [f"- operation {_code(part.operation)}"] if part.operation else []
    lines += ["", "## What it asks for", "", *_asked(asked), "", "## Install", ""]
    lines += [
        "Copy this folder into the extensions folder of a Directus and start it again. `dist` is built already;",
        "after a change in `src`: `npm install`, then `npm run build`.",
    ]
    if config:
        lines += [
            "",
            "Address and token of the Directus whose items it uses stand in `src/config.js`, which git ignores. Build it after",
            "writing them: whoever reads the built package reads the token.",
        ]
    if notes:
        lines += ["", "## What does not carry over", "", *(f"- {_plain(note)}" for note in notes[:MOST])]
    return "\n".join([*lines, ""])


def _asked(asked: Sequence[Permission]) -> list[str]:
    lines = []
    for entry in asked:
        urls = ", ".join(_code(shown_url(url)) for url in entry.allowed_urls)
        reason = f": {_plain(entry.reason)}" if entry.reason else ""
        to = f" ({', '.join(entry.methods)}) to {urls}" if urls else ""
        lines.append(f"- {_code(entry.permission)}{to}{reason}")
    return lines or ["Nothing."]


def _code(text: str) -> str:
    """Return text as code, which ends at a backtick alone; what shows HTML in it is no Markdown, but let it find none."""
    return f"`{clean(text, 300).replace('`', chr(39)).replace('<', '(').replace('>', ')')}`"


def _plain(text: str) -> str:
    """Return text in which Markdown finds neither markup nor HTML."""
    shown = clean(text, 500).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{sign}" if sign in "\\`*_[]()!#|~" else sign for sign in shown)
