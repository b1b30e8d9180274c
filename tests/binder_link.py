"""The link that opens the tour on Binder, made from one address: ``python -m tests.binder_link [ADDRESS]`` prints badge and link.

Without an address it is that of ``Repository`` in ``[project.urls]``; then it is also written into the README.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

ROOT: Final = Path(__file__).parents[1]
README: Final = ROOT / "README.md"
TOUR: Final = "lab/tree/notebooks/00-tour.ipynb"
BINDER: Final = "https://mybinder.org"
HOSTS: Final = {"github.com": "gh", "gitlab.com": "gl"}
MARK: Final = "<!-- binder: python -m tests.binder_link -->\n"


def link(address: str) -> str:
    """Return the link for the address of a repository; ValueError for what is none."""
    parts = urlsplit(address.removesuffix("/").removesuffix(".git"))
    path = parts.path.strip("/")
    if parts.scheme != "https" or not parts.hostname or path.count("/") < 1:
        raise ValueError(f"{address!r} is not the address of a repository, such as https://github.com/OWNER/NAME")
    match HOSTS.get(parts.hostname):
        case "gh":
            place = f"gh/{path}"
        case "gl":
            place = f"gl/{quote(path, safe='')}"
        case _:
            place = f"git/{quote(f'https://{parts.netloc}/{path}', safe='')}"
    return f"{BINDER}/v2/{place}/HEAD?urlpath={quote(TOUR, safe='')}"


def badge(address: str) -> str:
    """Return the badge with that link, as markdown."""
    return f"[![Open the tour on Binder]({BINDER}/badge_logo.svg)]({link(address)})"


def repository() -> str:
    """Return the address in pyproject.toml; nothing until one is set."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project.get("urls", {}).get("Repository", ""))


def renewed(page: str, address: str) -> str:
    """Return the README with the badge for an address behind its mark; without one there is none."""
    line = f"{badge(address)}\n" if address else ""
    return re.sub(rf"{re.escape(MARK)}(?:\[!\[.*\n)?", lambda _: MARK + line, page)


def main(arguments: list[str]) -> int:
    """Print badge and link."""
    address = arguments[0] if arguments else repository()
    if not address:
        print(
            'Name an address, or set Repository = "https://…" below [project.urls] in pyproject.toml.', file=sys.stderr
        )
        return 2
    try:
        print(badge(address), link(address), sep="\n")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if not arguments:
        README.write_text(renewed(README.read_text("utf-8"), address), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
