"""Build the site: ``python -m tests.website [FOLDER]``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.notebook_runner import Runner, notebooks
from tests.website.build import build
from tests.website.links import complaints
from tests.website.pages import ROOT


def main() -> int:
    """Run every notebook, write the site, and say what is wrong with it."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as home:
        runner = Runner({}, Path(home))
        for notebook in notebooks():
            runner.start(notebook)
        runs = {notebook.name: runner.result(notebook) for notebook in notebooks()}
        runner.close()
    build(out, {name: run.executed for name, run in runs.items()})
    wrong = [f"{name}: {complaint}" for name, run in runs.items() for complaint in run.complaints()]
    wrong += complaints(out)
    print(*wrong, f"The site: {out / 'index.html'}", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
