"""What makes JupyterLab light for most tests: forked kernels, and a page without what no test asks for."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.forked_kernels import forked_kernels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The debugger asks every kernel how it is when its notebook opens, and to check whether JupyterLab has to be built, a server starts Node.js.
# News are asked for as usual, also in an environment that `make lab` has given its settings.
PAGE: Final = {
    "disabledExtensions": {
        "@jupyterlab/debugger-extension": True,
        "@jupyterlab/apputils-extension:announcements": False,
    },
    "buildCheck": False,
}


@contextmanager
def light_folder() -> Iterator[Path]:
    """A folder of Jupyter's data and settings with both."""
    with forked_kernels() as folder:
        settings = folder / "labconfig" / "page_config.json"
        settings.parent.mkdir()
        settings.write_text(json.dumps(PAGE), "utf-8")
        yield folder
