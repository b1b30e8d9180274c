"""Links of the site lead from page to page, and what is wrong with one is found."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests.website.links import Rewriting, anchor, complaints
from tests.website.pages import ROOT, pages
from tests.website.rendering import of_markdown

PLACES = {page.source: page.place for page in pages()}


def rewritten(source: str, text: str) -> tuple[str, set[PurePosixPath]]:
    rewriting = Rewriting(ROOT, PurePosixPath(source), PLACES)
    return rewriting.page(text), rewriting.files


@pytest.mark.parametrize(
    ("source", "link", "becomes"),
    [
        ("README.md", "notebooks/00-tour.ipynb", "notebooks/00-tour.html"),
        ("README.md", "notebooks/README.md", "notebooks/index.html"),
        ("notebooks/00-tour.ipynb", "reference.md#python", "reference.html#python"),
        ("notebooks/gallery/01-polled-service.ipynb", "../../SECURITY.md", "../../SECURITY.html"),
        ("docs/decisions/README.md", "../directus-12.md", "../directus-12.html"),
        ("CONTRIBUTING.md", "docs/decisions", "docs/decisions/index.html"),
        ("README.md", "#start", "#start"),
        ("README.md", "https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_a_link_to_a_file_of_a_page_leads_to_the_page(source: str, link: str, becomes: str) -> None:
    assert rewritten(source, f'<a href="{link}">') == (f'<a href="{becomes}">', set())


def test_other_files_come_along(tmp_path: Path) -> None:
    page, files = rewritten(
        "notebooks/README.md", '<a href="gallery/testing/test_slugs.py"><img src="images/chain.svg">'
    )
    assert page == '<a href="gallery/testing/test_slugs.py"><img src="images/chain.svg">'
    assert files == {
        PurePosixPath("notebooks/gallery/testing/test_slugs.py"),
        PurePosixPath("notebooks/images/chain.svg"),
    }


def test_headings_are_named_as_links_name_them_and_each_once() -> None:
    page, _ = rewritten("README.md", "<h2>The cell: <code>%%sandbox</code></h2><h2>Python</h2><h3>Python</h3>")
    assert [part.partition('"')[0] for part in page.split('id="')[1:]] == ["the-cell-sandbox", "python", "python-1"]
    assert anchor("The cell: `%%sandbox`") == "the-cell-sandbox"


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        ('<a href="gone.html">', "a.html links to gone.html, which is not there"),
        ('<a href="b.html#gone">', "a.html links to b.html#gone, which has no such heading"),
        ('<a href="#gone">', "a.html links to #gone, which has no such heading"),
        ('<a href="../outside.html">', "a.html links to ../outside.html, which is not there"),
        ('<a href="https://elsewhere.example/">', "a.html links to https://elsewhere.example/"),
        ('<script src="https://cdn.example/x.js"></script>', "a.html loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "a.html loads //cdn.example/x.css"),
    ],
)
def test_a_link_that_leads_nowhere_or_outside_is_found(tmp_path: Path, markup: str, complaint: str) -> None:
    (tmp_path / "b.html").write_text('<h2 id="there">')
    fine = (
        '<a href="b.html"><a href="b.html#there"><a href="https://named.example/x"><img src="data:image/png;base64,AA">'
    )
    (tmp_path / "a.html").write_text(fine)
    assert complaints(tmp_path, frozenset({"named.example"})) == []
    (tmp_path / "a.html").write_text(markup)
    assert complaint in complaints(tmp_path)


def test_a_drawing_becomes_a_table() -> None:
    drawn = of_markdown('```mermaid\ngraph TD\n    the_face["the face"]\n    the_face --> a\n    the_face --> b\n```')
    assert "| the face | a, b |" in drawn.cells[0].source
    assert "mermaid" not in drawn.cells[0].source


def test_no_page_stands_in_both_folders() -> None:
    names = [page.source.name for page in pages() if page.source.parts[0] in {"docs", "notebooks"}]
    doubled = {name for name in names if names.count(name) > 1}
    assert doubled == {"README.md"}  # each folder has its own index
    titles = [page.title for page in pages()]
    assert len(set(titles)) == len(titles)
