"""Pages of a long list, with the buttons to turn them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import ipywidgets as widgets
from scopebox.views.html import element

from scopebox_widgets.html import Html
from scopebox_widgets.view import button

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class Pager:
    """Shows where in a list of ``total`` entries one is; calls ``turned`` after a click. Hidden where one page is enough."""

    def __init__(self, size: int, noun: str, turned: Callable[[], None]) -> None:
        self.size, self._noun, self._turned = size, noun, turned
        self.page, self._total = 0, 0
        self._back = button("Back", lambda _: self._turn(-1), tip=f"Previous {noun}s")
        self._next = button("Next", lambda _: self._turn(1), tip=f"Next {noun}s")
        self._place = Html()
        self.widget = widgets.HBox([self._back, self._next, self._place])
        self.widget.add_class("sbx-pager")

    @property
    def start(self) -> int:
        """The index of the first entry of the page."""
        return self.page * self.size

    def cut(self, entries: Sequence[T]) -> Sequence[T]:
        """Return the entries of the present page."""
        self.count(len(entries))
        return entries[self.start : self.start + self.size]

    def count(self, total: int) -> None:
        """Say how many entries there are."""
        self._total = total
        self.page = min(self.page, max(0, (total - 1) // self.size))
        self._back.disabled = self.page == 0
        self._next.disabled = self.start + self.size >= total
        self.widget.layout.display = None if total > self.size else "none"
        last = min(total, self.start + self.size)
        self._place.value = element(
            "span", f"{self._noun}s {self.start + 1:,} to {last:,} of {total:,}", class_="sbx-note"
        )

    def _turn(self, by: int) -> None:
        self.page = max(0, self.page + by)
        self._turned()
