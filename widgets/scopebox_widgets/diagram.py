"""The schema as a drawing: a box for each collection, a line for each relation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.text.visible import clean
from scopebox.views.html import Markup, element
from scopebox.views.parts import counted

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection, Field, Relation, Schema

MAX_BOXES: Final = 24  # boxes in a drawing
MAX_FIELDS: Final = 12  # fields in a box
BOX_WIDTH: Final = 210
COLUMN_GAP: Final = 86
ROW_GAP: Final = 22  # between the boxes of a column
HEAD_HEIGHT: Final = 28
LINE_HEIGHT: Final = 19
MAX_NAME_CHARACTERS: Final = 20  # characters of a name
BOW: Final = 38  # how far a line leaves a box before it turns


@dataclass(frozen=True, slots=True)
class Box:
    """Where a collection stands."""

    collection: Collection
    x: int
    y: int

    @property
    def fields(self) -> list[Field]:
        """The fields that are drawn: key and relations before the others, in the order of the schema."""
        every = list(self.collection.fields.values())
        first = sorted(every, key=lambda field: not (field.primary_key or field.kind))[:MAX_FIELDS]
        return [field for field in every if field in first]

    @property
    def hidden(self) -> int:
        """How many fields are not."""
        return max(0, len(self.collection.fields) - MAX_FIELDS)

    @property
    def height(self) -> int:
        """The height of the box."""
        return height(self.collection)

    def middle(self, name: str | None) -> int:
        """The height at which a line to the field ``name`` arrives."""
        names = [entry.name for entry in self.fields]
        row = names.index(name) if name in names else len(names) - 1
        return self.y + HEAD_HEIGHT + row * LINE_HEIGHT + LINE_HEIGHT // 2


def height(collection: Collection) -> int:
    """Return the height of the box of a collection."""
    rows = min(MAX_FIELDS, len(collection.fields)) + (len(collection.fields) > MAX_FIELDS)
    return HEAD_HEIGHT + rows * LINE_HEIGHT + 8


def schema_diagram(schema: Schema) -> Markup:
    """Return the drawing of a schema, with its relations as a sentence each for those who do not see it."""
    shown = dict(list(schema.collections.items())[:MAX_BOXES])
    if not shown:
        return element("p", "There are no collections.", class_="sbx-empty")
    boxes = {box.collection.name: box for box in _arranged(shown, schema.relations)}
    width = max(box.x for box in boxes.values()) + BOX_WIDTH + BOW  # a line back to its own box bows out to the right
    bottom = max(box.y + box.height for box in boxes.values()) + 4
    relations = [entry for entry in schema.relations if entry.many in boxes and entry.one in boxes]
    parts = [*(_line(entry, boxes) for entry in relations), *(_drawn(box) for box in boxes.values())]
    said = [f"{entry.many}.{entry.field} refers to {entry.one}" for entry in schema.relations[:100]]
    title = element("title", f"Schema of {counted(len(shown), 'collection')}")
    described = element("desc", "; ".join(said)) if said else ""
    drawing = element(
        "svg", title, described, *parts, viewBox=f"0 0 {width} {bottom}", width=width, height=bottom, role="img"
    )
    rest = len(schema.collections) - len(shown)
    note = element("p", f"{rest:,} more collections are not drawn.", class_="sbx-note") if rest else ""
    return element("div", drawing, note, class_="sbx-diagram")


def _arranged(shown: dict[str, Collection], relations: tuple[Relation, ...]) -> list[Box]:
    """Put the collections into columns: what is referred to stands right of what refers to it, as far as that goes."""
    column = dict.fromkeys(shown, 0)
    for _ in range(3):  # a few rounds settle a tree; circles end here, too
        for relation in relations:
            if relation.many in column and relation.one in column and relation.many != relation.one:
                column[relation.one] = min(3, max(column[relation.one], column[relation.many] + 1))
    used = sorted(set(column.values()))
    boxes = []
    for place, number in enumerate(used):
        y = 2
        for name in [entry for entry in shown if column[entry] == number]:
            boxes.append(Box(shown[name], 2 + place * (BOX_WIDTH + COLUMN_GAP), y))
            y += height(shown[name]) + ROW_GAP
    return boxes


def _drawn(box: Box) -> Markup:
    parts = [
        element("rect", x=box.x, y=box.y, width=BOX_WIDTH, height=box.height, rx=7, class_="sbx-box"),
        element("text", _short(box.collection.name), x=box.x + 10, y=box.y + 19, class_="sbx-box-name"),
        element(
            "line",
            x1=box.x,
            x2=box.x + BOX_WIDTH,
            y1=box.y + HEAD_HEIGHT - 2,
            y2=box.y + HEAD_HEIGHT - 2,
            class_="sbx-box-line",
        ),
    ]
    for row, field in enumerate(box.fields):
        y = box.y + HEAD_HEIGHT + row * LINE_HEIGHT + 14
        kind = "sbx-key" if field.primary_key else "sbx-alias" if field.type == "alias" else "sbx-field"
        sign = "key" if field.primary_key else field.kind or field.type
        parts.append(element("text", _short(field.name), x=box.x + 10, y=y, class_=kind))
        parts.append(element("text", sign, x=box.x + BOX_WIDTH - 10, y=y, text_anchor="end", class_="sbx-type"))
    if box.hidden:
        y = box.y + HEAD_HEIGHT + len(box.fields) * LINE_HEIGHT + 14
        parts.append(element("text", f"{box.hidden} more fields", x=box.x + 10, y=y, class_="sbx-type"))
    return element("g", *parts)


def _short(name: str) -> str:
    return clean(name, 200) if len(name) <= MAX_NAME_CHARACTERS else f"{clean(name[: MAX_NAME_CHARACTERS - 1], 200)}…"


def _line(relation: Relation, boxes: dict[str, Box]) -> Markup:
    """Return the line from a foreign key to the key it refers to."""
    many, one = boxes[relation.many], boxes[relation.one]
    start, end = many.middle(relation.field), one.middle(one.collection.primary_key.name)
    leaves_right = one.x > many.x
    x1 = many.x + BOX_WIDTH if leaves_right or one.x == many.x else many.x
    x2 = one.x if leaves_right else one.x + BOX_WIDTH
    bow1 = BOW if x1 > many.x else -BOW
    bow2 = -BOW if leaves_right else BOW
    path = f"M{x1} {start} C{x1 + bow1} {start} {x2 + bow2} {end} {x2} {end}"
    foot = element("circle", cx=x1, cy=start, r=3, class_="sbx-end")
    head = element("circle", cx=x2, cy=end, r=3, class_="sbx-end")
    return element("g", element("path", d=path, class_="sbx-relation"), foot, head)
