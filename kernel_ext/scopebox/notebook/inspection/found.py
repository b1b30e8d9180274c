"""What is known of what stands at a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from scopebox.notebook.inspection.pages import Page


class Found(NamedTuple):
    """What is known of what stands at a cursor. ``ours``: nobody else is asked."""

    page: Page | None = None
    ours: bool = True
