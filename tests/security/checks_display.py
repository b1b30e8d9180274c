"""Checks of what is displayed: foreign text stays text, and nobody hides in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from tests.security.evidence import Evidence
from tests.security.forms import several

UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
LINKS: Final = ("http://127.0.0.1:", "#")


class _Page(HTMLParser):
    """What a browser would make of HTML: its text, and everything that could run or load something."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "object", "embed", "base", "link", "meta", "form", "img", "video", "audio"}:
            self.active.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or (name in {"srcdoc", "formaction"}):
                self.active.append(f"{tag} {name}")
            if name in {"href", "src", "action", "xlink:href"} and not (value or "").startswith(LINKS):
                self.active.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(evidence: Evidence) -> _Page:
    """Return what a browser would make of everything shown."""
    found = _Page()
    found.feed(evidence.html)
    found.close()
    return found


def html_not_contains(evidence: Evidence, wanted: object) -> str:
    if not evidence.html:
        return "nothing was shown"
    found = [needle for needle in several(wanted) if str(needle) in evidence.html]
    active = page(evidence).active
    return f"the HTML has {found or active}" if found or active else ""


def text_not_contains(evidence: Evidence, wanted: object) -> str:
    found = [text for text in map(str, several(wanted)) if text in evidence.text or text in evidence.html]
    unseen = UNSEEN.search(evidence.text) or UNSEEN.search(evidence.html)
    return f"shown: {found or unseen!r}" if found or unseen else ""


def or_visible_escape(evidence: Evidence, _wanted: object) -> str:
    hidden = {
        character for character in "\n".join(record.message for record in evidence.logs) if UNSEEN.match(character)
    }
    missing = [f"{character!a}" for character in hidden if f"\\u{ord(character):04x}" not in evidence.text]
    return f"not visible: {missing}" if missing else ""


def html_text_equals(evidence: Evidence, wanted: object) -> str:
    shown = page(evidence).words
    missing = [text for text in map(str, several(wanted)) if not any(text in words for words in shown)]
    return f"the text is not there as it was: {missing}" if missing else ""


def prompt_shows(evidence: Evidence, wanted: object) -> str:
    if evidence.rejected:
        return ""
    shown = " ".join(page(evidence).words)
    return (
        ""
        if re.search(rf"(?<!\S){re.escape(str(wanted))}(?!\S)", shown) or "every public host" in shown
        else "not shown"
    )


def rejected_or_host_visible(evidence: Evidence, wanted: object) -> str:
    return "" if evidence.rejected or str(wanted) in "".join(page(evidence).words) else "the host is hidden"


def inert(evidence: Evidence, _wanted: object) -> str:
    active = page(evidence).active
    return f"something could run: {active}" if active else ""


def html_matches(evidence: Evidence, wanted: object) -> str:
    missing = [pattern for pattern in several(wanted) if not re.search(str(pattern), evidence.html)]
    return f"no HTML is like {missing}" if missing else ""
