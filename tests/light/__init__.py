"""Stands before the packages that are installed, in tests and in the servers that they start: what is loaded for nothing."""

from __future__ import annotations

import os
from pathlib import Path


def python_path(*folders: Path) -> str:
    """Return the ``PYTHONPATH`` of a server: this folder, ``folders``, and what is set."""
    return os.pathsep.join(filter(None, (*map(str, (Path(__file__).parent, *folders)), os.environ.get("PYTHONPATH"))))
