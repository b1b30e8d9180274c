"""Published packages, loaded as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.extension import preparing
from scopebox.packages.package import Package, read_package

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from scopebox.extension.loaded import Loaded
    from scopebox.extension.preparing import Program
    from scopebox.sandbox.options import Limits
    from scopebox.services import Services


def prepare(services: Services, loaded: Loaded, path: str | Path, *, live: bool, **limits: Unpack[Limits]) -> Program:
    """Read and check the package in a folder or an archive; see :meth:`Sandbox.load_package` for errors."""
    return prepared(services, loaded, read_package(path), live=live, **limits)


def prepared(services: Services, loaded: Loaded, package: Package, *, live: bool, **limits: Unpack[Limits]) -> Program:
    """Check a package that was read."""
    source = package.source
    assert package.api is not None
    return preparing.prepare(
        services, loaded, source, name=package.name, language="js", manifest=package.manifest,
        filename=package.api.path, live=live, package=package, **limits,
    )  # fmt: skip
