"""The schema as a drawing: a box for each collection, a line for each relation, broken where it leads to one of several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scopebox.store.schema.schema import AnyRelation
from scopebox.store.views.fields import ORDINARY, collection_kind, field_sign, field_words
from scopebox.store.views.relations import Relations, ends, every
from scopebox.text.messages import listed
from scopebox.text.visible import clean
from scopebox.views.html import Markup, element
from scopebox.views.parts import counted

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection, Field, Relation, Schema

MAX_BOXES: Final = 24  # boxes in a drawing
MAX_FIELDS: Final = 12  # fields in a box
BOX_WIDTH: Final = 240
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
        fields = list(self.collection.fields.values())
        first = sorted(fields, key=lambda field: not (field.primary_key or field.kind))[:MAX_FIELDS]
        return [field for field in fields if field in first]

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


@dataclass(frozen=True, slots=True)
class Line:
    """A line from the field of a relation to a collection that it leads to."""

    relation: Relation | AnyRelation
    one: str


def height(collection: Collection) -> int:
    """Return the height of the box of a collection."""
    rows = min(MAX_FIELDS, len(collection.fields)) + (len(collection.fields) > MAX_FIELDS)
    return HEAD_HEIGHT + rows * LINE_HEIGHT + 8


def schema_diagram(schema: Schema) -> Markup:
    """Return the drawing of a schema, with its relations as a sentence each for those who do not see it."""
    every_one = {**schema.collections, **_system(schema)}
    shown = dict(list(every_one.items())[:MAX_BOXES])
    if not shown:
        return element("p", "There are no collections.", class_="sbx-empty")
    relations = Relations.of(schema)
    lines = [Line(relation, one) for relation in every(schema) for one in ends(relation)]
    drawn = [line for line in lines if line.relation.many in shown and line.one in shown]
    boxes = {box.collection.name: box for box in _arranged(shown, drawn)}
    width = max(box.x for box in boxes.values()) + BOX_WIDTH + BOW  # a line back to its own box bows out to the right
    bottom = max(box.y + box.height for box in boxes.values()) + 4
    parts = [*(_line(line, boxes) for line in drawn), *(_drawn(box, relations) for box in boxes.values())]
    said = [_said(relation) for relation in every(schema)[:100]]
    title = element("title", f"Schema of {counted(len(shown), 'collection')}")
    described = element("desc", "; ".join(said)) if said else ""
    drawing = element(
        "svg", title, described, *parts, viewBox=f"0 0 {width} {bottom}", width=width, height=bottom, role="img"
    )
    rest = len(every_one) - len(shown)
    note = element("p", f"{rest:,} more collections are not drawn.", class_="sbx-note") if rest else ""
    return element("div", drawing, note, class_="sbx-diagram")


def _system(schema: Schema) -> dict[str, Collection]:
    """Return the system collections at the ends of a project's relations, with the fields that these are about."""
    places = {(relation.many, relation.field) for relation in schema.relations}
    places |= {(relation.one, relation.one_field) for relation in schema.relations if relation.one_field}
    names = {name for name, _ in places} | {relation.one for relation in schema.relations}
    return {
        name: replace(
            collection,
            fields={
                field.name: field
                for field in collection.fields.values()
                if field.primary_key or (name, field.name) in places
            },
        )
        for name, collection in schema.system.items()
        if name in names
    }


def _said(relation: Relation | AnyRelation) -> str:
    several = "any of " if isinstance(relation, AnyRelation) else ""
    return f"{relation.many}.{relation.field} refers to {several}{listed(ends(relation))}"


def _arranged(shown: dict[str, Collection], lines: list[Line]) -> list[Box]:
    """Put the collections into columns: what is referred to stands right of what refers to it, as far as that goes."""
    column = dict.fromkeys(shown, 0)
    for _ in range(3):  # a few rounds settle a tree; circles end here, too
        for line in lines:
            many, one = line.relation.many, line.one
            if many != one:
                column[one] = min(3, max(column[one], column[many] + 1))
    used = sorted(set(column.values()))
    boxes = []
    for place, number in enumerate(used):
        y = 2
        for name in [entry for entry in shown if column[entry] == number]:
            boxes.append(Box(shown[name], 2 + place * (BOX_WIDTH + COLUMN_GAP), y))
            y += height(shown[name]) + ROW_GAP
    return boxes


def _drawn(box: Box, relations: Relations) -> Markup:
    kind = collection_kind(relations, box.collection).partition(",")[0]
    line = box.y + HEAD_HEIGHT - 2
    look = "sbx-box sbx-system" if box.collection.name in relations.schema.system else "sbx-box"
    parts = [
        element("rect", x=box.x, y=box.y, width=BOX_WIDTH, height=box.height, rx=7, class_=look),
        element("text", _short(box.collection.name), x=box.x + 10, y=box.y + 19, class_="sbx-box-name"),
        _sign(box, box.y + 19, kind if kind != ORDINARY else ""),
        element("line", x1=box.x, x2=box.x + BOX_WIDTH, y1=line, y2=line, class_="sbx-box-line"),
    ]
    parts += [_field(box, row, field, relations) for row, field in enumerate(box.fields)]
    if box.hidden:
        y = box.y + HEAD_HEIGHT + len(box.fields) * LINE_HEIGHT + 14
        parts.append(element("text", f"{box.hidden} more fields", x=box.x + 10, y=y, class_="sbx-type"))
    return element("g", *parts)


def _field(box: Box, row: int, field: Field, relations: Relations) -> Markup:
    """Return the line of a field: its name, and in a word what it is; all of the words where a pointer rests on it."""
    y = box.y + HEAD_HEIGHT + row * LINE_HEIGHT + 14
    kind = "sbx-key" if field.primary_key else "sbx-alias" if field.type == "alias" else "sbx-field"
    words = ", ".join([f"{field.name}: {field.type}", *field_words(relations, box.collection, field)])
    name = element("text", _short(field.name), x=box.x + 10, y=y, class_=kind)
    return element("g", element("title", words), name, _sign(box, y, field_sign(relations, box.collection, field)))


def _sign(box: Box, y: int, words: str) -> Markup:
    return element("text", words, x=box.x + BOX_WIDTH - 10, y=y, text_anchor="end", class_="sbx-type")


def _short(name: str) -> str:
    return clean(name, 200) if len(name) <= MAX_NAME_CHARACTERS else f"{clean(name[: MAX_NAME_CHARACTERS - 1], 200)}…"


def _line(line: Line, boxes: dict[str, Box]) -> Markup:
    """Return the line from a foreign key to the key it refers to; it is broken where the key may refer to others, too."""
    many, one = boxes[line.relation.many], boxes[line.one]
    start, end = many.middle(line.relation.field), one.middle(one.collection.primary_key.name)
    leaves_right = one.x > many.x
    x1 = many.x + BOX_WIDTH if leaves_right or one.x == many.x else many.x
    x2 = one.x if leaves_right else one.x + BOX_WIDTH
    bow1 = BOW if x1 > many.x else -BOW
    bow2 = -BOW if leaves_right else BOW
    path = f"M{x1} {start} C{x1 + bow1} {start} {x2 + bow2} {end} {x2} {end}"
    foot = element("circle", cx=x1, cy=start, r=3, class_="sbx-end")
    head = element("circle", cx=x2, cy=end, r=3, class_="sbx-end")
    kind = "sbx-relation sbx-to-any" if isinstance(line.relation, AnyRelation) else "sbx-relation"
    return element("g", element("path", d=path, class_=kind), foot, head)
