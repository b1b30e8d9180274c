"""Opening a notebook does not change its file."""

import json
import warnings
from pathlib import Path


def keep_version(model, path, contents_manager, **_):
    """Leave the version of Python that a notebook was written with: JupyterLab puts in that of the kernel, which is nobody's change."""
    if model["type"] != "notebook":
        return
    try:
        before = json.loads(Path(contents_manager.root_dir, path.strip("/")).read_text("utf-8"))
        model["content"]["metadata"]["language_info"]["version"] = before["metadata"]["language_info"]["version"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a new notebook, or one that says nothing of a version


# Jupyter sets it once more when an extension brings settings of its own, and warns of that.
warnings.filterwarnings("ignore", "Overriding existing pre_save_hook", UserWarning)
c.FileContentsManager.pre_save_hook = keep_version  # noqa: F821 - Jupyter gives it
