"""The options of an operation, as the flow editor of a Data Studio would show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.extension.options import NO_APP_HALF, options_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.packages.app_half import Options
    from scopebox.sandbox.sandbox import Sandbox


async def operation_options(box: Sandbox, id: str, values: Mapping[str, object]) -> Options:  # noqa: A002 - the document's word
    """Return what the app half of an operation shows once ``values`` are chosen; the ``problem`` where it shows nothing."""
    owner = next((entry.extension for entry in box.operations if entry.id == id), None)
    extension = None if owner is None else box.extensions.get(owner)
    if extension is None or extension.package is None:
        return NO_APP_HALF
    chain = box.services.chains.start(f"options of {id}", notebook=True)
    return await box.services.chains.run_async(chain, options_of(box.services, chain, extension, values))
