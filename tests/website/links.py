"""Links of the site: from the files of the project to its pages, and whether each of them leads somewhere."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

# Servers that the course starts on this machine, the badge of Binder where there is one, and what the page about hubs refers to.
OUTSIDE: Final = frozenset(
    {
        *("127.0.0.1", "mybinder.org", "github.com", "z2jh.jupyter.org", "tljh.jupyter.org"),
        "jupyter-server-proxy.readthedocs.io",
        "jupyterhub-dockerspawner.readthedocs.io",
    }
)

_LINK: Final = re.compile(r'(?<= )(href|src|srcset)="([^"]*)"')
_TAG: Final = re.compile(r"<[^>]*>")
_HEADING: Final = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)


def anchor(heading: str) -> str:
    """Return what links call a heading, as the hosts of repositories do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@dataclass
class Rewriting:
    """What was rewritten in one page. ``files`` are other files of the project that it leads to or shows."""

    root: Path
    source: PurePosixPath
    places: Mapping[PurePosixPath, PurePosixPath]
    files: set[PurePosixPath] = field(default_factory=set)
    anchors: set[str] = field(default_factory=set)

    def page(self, text: str) -> str:
        """Return HTML made of markdown with its headings named, and its links leading to pages."""
        return _LINK.sub(self._link, _HEADING.sub(self._heading, text))

    def _heading(self, found: re.Match[str]) -> str:
        name = wanted = anchor(html.unescape(_TAG.sub("", found[2])))
        number = 0
        while name in self.anchors:
            number += 1
            name = f"{wanted}-{number}"
        self.anchors.add(name)
        return f'<h{found[1]} id="{name}">{found[2]}</h{found[1]}>'

    def _link(self, found: re.Match[str]) -> str:
        target = urlsplit(html.unescape(found[2]))
        if target.scheme or not target.path:
            return found[0]
        named = PurePosixPath(os.path.normpath(self.source.parent / unquote(target.path)))
        if (self.root / named).is_dir():
            named /= "README.md"  # also of a folder without one, which gets a list of its files
        if named not in self.places:
            self.files.add(named)
        place = self.places.get(named, named.with_name("index.html") if named.name == "README.md" else named)
        here = os.path.relpath(place, self.places[self.source].parent)
        return f'{found[1]}="{html.escape(here)}{f"#{target.fragment}" if target.fragment else ""}"'


class _Reader(HTMLParser):
    """Collects what a page links to, what it loads, and the names in it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.names.add(value)
            elif name == "href" and tag == "a":
                self.links.append(value)
            elif name in {"href", "src", "srcset"}:
                self.loads.append(value)


def complaints(site: Path, outside: frozenset[str] = OUTSIDE) -> list[str]:
    """Return what is wrong with the links of a site. No page links to a host, or loads from one, that is not one of ``outside``."""
    read: dict[Path, _Reader] = {}
    for path in sorted(site.rglob("*.html")):
        read[path] = _Reader()
        read[path].feed(path.read_text("utf-8"))
    return [complaint for path, reader in read.items() for complaint in _of_page(site, path, reader, read, outside)]


def _of_page(
    site: Path, path: Path, reader: _Reader, read: Mapping[Path, _Reader], outside: frozenset[str]
) -> Iterator[str]:
    where = path.relative_to(site)
    for target in reader.loads:
        parts = urlsplit(target)
        if parts.scheme != "data" and (parts.scheme or parts.netloc) and parts.hostname not in outside:
            yield f"{where} loads {target}"
    for target in [*reader.links, *(load for load in reader.loads if not load.startswith("data:"))]:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            if parts.hostname not in outside:
                yield f"{where} links to {target}"
            continue
        there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not there.is_file() or not there.is_relative_to(site.resolve()):
            yield f"{where} links to {target}, which is not there"
        elif parts.fragment and unquote(parts.fragment) not in read[there].names:
            yield f"{where} links to {target}, which has no such heading"
