"""scopebox over HTTP, a process of its own, which an older scopebox can be as well: ``python -m benchmarks.scopebox_server --items N``."""

from __future__ import annotations

from pathlib import Path

import scopebox
from scopebox import Sandbox

from benchmarks.boxes import fill, project_store
from benchmarks.extensions import ENDPOINT, FILTER, MANIFEST
from benchmarks.processes import items_asked, serve_until_closed


def main() -> None:
    """Serve until standard input ends."""
    with project_store() as store, Sandbox(store) as box:
        fill(box, items_asked())
        box.load(ENDPOINT.python, name=ENDPOINT.name, manifest=MANIFEST)
        box.load(FILTER.python, name=FILTER.name)
        serve_until_closed(box.serve().url, Path(scopebox.__file__))


if __name__ == "__main__":
    main()
