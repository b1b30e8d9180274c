"""Generators of TypeScript types: what they write of the sample, by a static token and by logging in."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.conftest import Run


def fields(text: str, name: str) -> dict[str, str]:
    """Return the fields of an interface with their types."""
    found = re.search(rf"interface {name} \{{(.*?)\n\}}", text, re.DOTALL)
    assert found is not None, text[:2000]
    return dict(re.findall(r"^\s*(\w+)\??: ([^;]+);", found[1], re.MULTILINE))


def test_typegen_writes_the_types_of_every_collection(run: Run, url: str, tmp_path: Path) -> None:
    run("directus-sdk-typegen", "--url", url, "--token", "admin-token", "--output", str(tmp_path / "types.ts"))
    text = (tmp_path / "types.ts").read_text("utf-8")
    article = fields(text, "Article")
    assert article.keys() >= {"id", "status", "title", "price", "date_published", "author", "comments", "labels"}
    assert article["views"] == "number | null"
    assert article["author"] == "Author | string | null"
    assert article["comments"] == "Comment[] | string[]"
    assert {"Author", "Category", "Comment", "Label", "DirectusUser"} <= {*re.findall(r"interface (\w+)", text)}


def test_typeforge_writes_the_same_by_token_and_by_login(run: Run, url: str, tmp_path: Path) -> None:
    token, login = tmp_path / "token.ts", tmp_path / "login.ts"
    run("directus-typeforge", "--host", url, "--token", "admin-token", "--outFile", str(token))
    who = ("--email", "admin@blog.example", "--password", "admin-password")
    run("directus-typeforge", "--host", url, *who, "--outFile", str(login))
    assert token.read_text("utf-8") == login.read_text("utf-8")
    article = fields(token.read_text("utf-8"), "Article")
    assert article["title"] == "string"
    assert article["author"] == "string | Author" or article["author"] == "number | Author"
