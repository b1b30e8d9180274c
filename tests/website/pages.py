"""The pages of the site: which file becomes which page, and where it stands in the navigation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

from tests.notebook_runner import Notebook, notebooks

ROOT: Final = Path(__file__).parents[2]
OF_USERS: Final = ("notebooks/README.md", "notebooks/teaching.md", "notebooks/reference.md")
OF_CONTRIBUTORS: Final = (
    "SECURITY.md",
    "docs/*.md",
    "docs/decisions/*.md",
    "benchmarks/README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)

_HEADING: Final = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One page. ``source`` is its file, from the root of the project."""

    source: PurePosixPath
    section: str
    title: str

    @property
    def place(self) -> PurePosixPath:
        """Where it stands in the site: beside what its file stands beside, so that links hardly change."""
        name = "index" if self.source.stem == "README" else self.source.stem
        return self.source.with_name(f"{name}.html")


def pages() -> list[Page]:
    """Return all pages in the order of the navigation."""
    found = [Page(PurePosixPath("README.md"), "", "Overview")]
    for notebook in notebooks():
        section = "Gallery" if notebook.name.startswith("gallery/") else "Course"
        found.append(_page(f"notebooks/{notebook.name}", section))
    found += [_page(name, "To look up") for name in OF_USERS]
    for pattern in OF_CONTRIBUTORS:
        found += [_page(path.relative_to(ROOT).as_posix(), "Inside") for path in sorted(ROOT.glob(pattern))]
    return found


def sections(found: list[Page]) -> list[tuple[str, list[Page]]]:
    """Return the pages by their sections, for the navigation."""
    return [(section, list(pages)) for section, pages in groupby(found, key=lambda page: page.section)]


def _page(source: str, section: str) -> Page:
    path = ROOT / source
    text = Notebook(path).cells[0].source if path.suffix == ".ipynb" else path.read_text("utf-8")
    heading = _HEADING.search(text)
    assert heading is not None, f"{source} has no heading"
    return Page(PurePosixPath(source), section, heading[1].replace("`", ""))
