"""Where the modules of the guest lie, and what each engine needs beside them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox.errors import IsolationError

if TYPE_CHECKING:
    from collections.abc import Mapping

# For each engine the modules that it needs beside msgspec, and the packages that they come with.
ENGINE_MODULES: Final[Mapping[str, Mapping[str, str]]] = {
    "python": {"RestrictedPython": "RestrictedPython"},
    "javascript": {
        "_quickjs": "quickjs-ng",
        "tree_sitter": "tree-sitter",
        "tree_sitter_typescript": "tree-sitter-typescript",
    },
}


def guest_directory() -> Path:
    """Return the folder of the guest's package. IsolationError if it is not installed."""
    spec = find_spec("scopebox_guest")
    if spec is None or spec.origin is None:
        raise IsolationError("The package scopebox_guest is not installed", hint="Install scopebox again.")
    return Path(spec.origin).parent


def module_paths(engine: str) -> list[str]:
    """Return the directories that hold the guest and what its engine needs, in this order and once each."""
    found = [str(guest_directory().parent)]
    for name, package in {"msgspec": "msgspec", **ENGINE_MODULES.get(engine, ENGINE_MODULES["python"])}.items():
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise _not_installed(engine, package)
        origin = Path(spec.origin)
        found.append(str(origin.parent if spec.submodule_search_locations is None else origin.parent.parent))
    return list(dict.fromkeys(found))


def _not_installed(engine: str, package: str) -> IsolationError:
    optional = (
        tuple(dict.fromkeys(ENGINE_MODULES[engine].values())) if engine != "python" and engine in ENGINE_MODULES else ()
    )
    hint = f"pip install {' '.join(optional)}" if optional else "Install scopebox again."
    return IsolationError(f"The package {package} is not installed", hint=hint)
