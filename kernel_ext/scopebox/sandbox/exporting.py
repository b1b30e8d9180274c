"""Exports that the notebook asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.extension.loaded import unknown

if TYPE_CHECKING:
    from pathlib import Path

    from scopebox.directus.export.report import ExportReport
    from scopebox.extension.loaded import Loaded
    from scopebox.sandbox.options import ExportOptions
    from scopebox.services import Services

SECONDS: Final = 60.0  # that reading the text of an extension may take


def export(services: Services, loaded: Loaded, name: str, folder: Path, options: ExportOptions) -> ExportReport:
    """Write the extension of a name into a folder; UnknownNameError if there is none."""
    from scopebox.directus.export import export as exporting  # noqa: PLC0415 - loaded when it is needed

    if name not in loaded:
        raise unknown("extension", name, loaded.extensions)
    extension, chain = loaded.extensions[name], services.chains.start(f"export {name}", SECONDS)
    given = exporting.Options(**options)
    return services.chains.run(
        chain, lambda: exporting.export(extension, chain, folder, given), "await asyncio.to_thread(box.export, …)"
    )
