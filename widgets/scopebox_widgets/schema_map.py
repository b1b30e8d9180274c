"""The drawing of the schema on the page: it folds away, and a click on the head of a box chooses that collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets
from scopebox.store.views.relations import Relations
from scopebox.text.visible import clean

from scopebox_widgets.diagram import BOX_WIDTH, CHARACTER_WIDTH, INSET, Box, Drawing, Seen, head_sign
from scopebox_widgets.html import Html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.access import Access, Accountability
    from scopebox.store.schema.schema import Schema


class SchemaMap:
    """The drawing with a button on each box; ``choose`` is called with the name of a collection."""

    def __init__(self, choose: Callable[[str], None]) -> None:
        self._choose = choose
        self._picture = Html()
        self._area = widgets.VBox([self._picture])
        self._area.add_class("sbx-schema")
        self._buttons: dict[str, widgets.Button] = {}
        self._drawing: Drawing | None = None
        self.fold = widgets.ToggleButton(description="Schema", value=True, layout=widgets.Layout(width="auto"))
        self.fold.observe(self._on_fold, "value")
        self.widget = widgets.VBox([self.fold, self._area])

    @property
    def collections(self) -> Sequence[str]:
        """The names of the collections that are drawn."""
        return () if self._drawing is None else tuple(self._drawing.boxes)

    def draw(self, schema: Schema, seen: Seen, picked: str | None) -> None:
        """Show the schema as a role sees it."""
        if self._drawing is None or self._drawing.schema is not schema:
            self._drawing = Drawing.of(schema)
        self._picture.value = self._drawing.html(seen, picked)
        self._draw_buttons(self._drawing, seen)

    def _draw_buttons(self, drawing: Drawing, seen: Seen) -> None:
        relations = Relations.of(drawing.schema)
        for number, (name, box) in enumerate(drawing.boxes.items()):
            made = self._buttons.get(name) or self._button(name)
            self._buttons[name] = made
            taken = len(head_sign(relations, box.collection, seen)) * CHARACTER_WIDTH
            _place(made, number, box, BOX_WIDTH - taken - 2 * INSET)
        shown = (self._picture, *(self._buttons[name] for name in drawing.boxes))
        if self._area.children != shown:
            self._area.children = shown

    def _button(self, name: str) -> widgets.Button:
        made = widgets.Button(description=clean(name, 200), tooltip=clean(f"Show the items of {name}", 200))
        made.add_class("sbx-pick")
        made.on_click(lambda _: self._choose(name))
        return made

    def _on_fold(self, _change: object) -> None:
        self._area.layout.display = None if self.fold.value else "none"


def _place(button: widgets.Button, number: int, box: Box, width: int) -> None:
    """Put a button onto the head of a box; its class lights up the relations of the box."""
    layout, lights = button.layout, f"sbx-pick-{number}"
    layout.left, layout.top, layout.width = f"{box.x}px", f"{box.y}px", f"{width}px"
    if lights not in button._dom_classes:  # noqa: SLF001 - ipywidgets has no other way to ask
        for before in [name for name in button._dom_classes if name.startswith("sbx-pick-")]:  # noqa: SLF001 - as above
            button.remove_class(before)
        button.add_class(lights)


def readable(access: Access, who: Accountability | None, collections: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the fields that may be read, for the collections of which not all may be."""
    if who is None or who.admin:
        return {}
    found: dict[str, frozenset[str]] = {}
    for name in collections:
        fields = [entry for rule in access.permissions_of(who, name, "read") for entry in rule.fields]
        if "*" not in fields:
            found[name] = frozenset(fields)
    return found
