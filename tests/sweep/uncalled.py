"""Functions that the sweep cannot call by themselves: their folders, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "takes a caller with its sandbox, or waits for one: the layers rpc, request and store of the attacks call it": (
        "scopebox.network",
        "scopebox.execution_types",
    ),
    "belongs to an object that an extension has: every attack makes them and uses them": (
        "scopebox.chains",
        "scopebox.errors",
        "scopebox.extension",
        "scopebox.grants",
        "scopebox.journal",
        "scopebox.manifest",
        "scopebox.registry",
        "scopebox.sandbox",
        "scopebox.testing",
        "scopebox.text",
        "scopebox.urls",
        "scopebox.workbench",
    ),
    "takes a request on its way, or waits for it: the layers registration and request of the attacks send such requests": (
        "scopebox.server",
    ),
    "takes a channel or a process: the layers rpc and confinement of the attacks send it what they like": (
        "scopebox.isolate",
    ),
    "takes a session of IPython: its text is the user's own cell, and the layer language of the attacks runs cells": (
        "scopebox.notebook",
    ),
    "takes a session, a schema or a plan: the layer store of the attacks, and their ladder of limits, run queries whole": (
        "scopebox.store",
    ),
    "takes a record or a widget that it shows: the layer widget of the attacks draws all of it": (
        "scopebox.views",
        "scopebox_widgets",
    ),
}
UNCALLED: Final[Mapping[str, str]] = {folder: reason for reason, folders in _REASONS.items() for folder in folders}
