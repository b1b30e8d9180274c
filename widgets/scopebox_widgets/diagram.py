"""The schema as a drawing: a box for each collection, a line for each relation, broken where it leads to one of several.

A line has three ends where many items refer to one, and a bar where the one is. The names in the heads of the boxes are buttons, which
the view puts over the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from scopebox.store.schema.schema import AnyRelation
from scopebox.store.views.fields import ORDINARY, collection_kind, field_sign, field_words
from scopebox.store.views.relations import Relations, ends, every
from scopebox.text.messages import listed
from scopebox.text.visible import clean
from scopebox.views.html import Markup, element
from scopebox.views.parts import counted

from scopebox_widgets.style import MAX_HIGHLIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.store.schema.schema import Collection, Field, Relation, Schema

MAX_BOXES: Final = MAX_HIGHLIGHTS  # boxes in a drawing
MAX_FIELDS: Final = 12  # fields in a box
BOX_WIDTH: Final = 240
COLUMN_GAP: Final = 88
ROW_GAP: Final = 24  # between the boxes of a column
HEAD_HEIGHT: Final = 28
LINE_HEIGHT: Final = 20
MAX_NAME_CHARACTERS: Final = 20  # characters of a name
BOW: Final = 40  # how far a line leaves a box before it turns
FOOT: Final = 10  # the length of the three ends at the many items
INSET: Final = 12  # between the edge of a box and its words
CHARACTER_WIDTH: Final = 7  # of what stands right in a head


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
        first = sorted(fields, key=lambda entry: not (entry.primary_key or entry.kind))[:MAX_FIELDS]
        return [entry for entry in fields if entry in first]

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


@dataclass(frozen=True, slots=True)
class Seen:
    """What a role sees: the items of each collection, and the fields that it may read; a collection that is not named it sees whole."""

    role: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def hides(self, collection: str, name: str) -> bool:
        """Whether a field is not among what may be read."""
        return name not in self.fields.get(collection, (name,))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A schema laid out: its boxes by the name of the collection, its lines, and how many collections are left out."""

    schema: Schema
    boxes: Mapping[str, Box]
    lines: tuple[Line, ...]
    left_out: int

    @classmethod
    def of(cls, schema: Schema) -> Drawing:
        """Lay out a schema."""
        every_one = {**schema.collections, **_system(schema)}
        shown = dict(list(every_one.items())[:MAX_BOXES])
        lines = [Line(relation, one) for relation in every(schema) for one in ends(relation)]
        drawn = tuple(line for line in lines if line.relation.many in shown and line.one in shown)
        boxes = {box.collection.name: box for box in _arranged(shown, drawn)}
        return cls(schema, boxes, drawn, len(every_one) - len(shown))

    def html(self, seen: Seen | None = None, picked: str | None = None) -> Markup:
        """Return it as HTML, with its relations as a sentence each for those who do not see it; ``picked`` is marked."""
        if not self.boxes:
            return element("p", "There are no collections.", class_="sbx-empty")
        seen = seen or Seen()
        relations = Relations.of(self.schema)
        width = max(box.x for box in self.boxes.values()) + BOX_WIDTH + BOW  # a line back to its own box bows out
        bottom = max(box.y + box.height for box in self.boxes.values()) + 4
        numbers = {name: number for number, name in enumerate(self.boxes)}
        parts = [_line(line, self.boxes, numbers) for line in self.lines]
        parts += [
            element("g", *_drawn(box, relations, seen, picked), class_=f"sbx-at-{numbers[name]}")
            for name, box in self.boxes.items()
        ]
        said = [_said(relation) for relation in every(self.schema)[:100]]
        title = element("title", f"Schema of {counted(len(self.boxes), 'collection')}")
        described = element("desc", "; ".join(said)) if said else ""
        drawing = element(
            "svg", title, described, *parts, viewBox=f"0 0 {width} {bottom}", width=width, height=bottom, role="img"
        )
        words = f"{self.left_out:,} more collections are not drawn."
        note = element("p", words, class_="sbx-note") if self.left_out else ""
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
                entry.name: entry
                for entry in collection.fields.values()
                if entry.primary_key or (name, entry.name) in places
            },
        )
        for name, collection in schema.system.items()
        if name in names
    }


def _said(relation: Relation | AnyRelation) -> str:
    several = "any of " if isinstance(relation, AnyRelation) else ""
    return f"{relation.many}.{relation.field} refers to {several}{listed(ends(relation))}"


def _arranged(shown: dict[str, Collection], lines: Iterable[Line]) -> list[Box]:
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
        y = 1
        for name in [entry for entry in shown if column[entry] == number]:
            boxes.append(Box(shown[name], 1 + place * (BOX_WIDTH + COLUMN_GAP), y))
            y += height(shown[name]) + ROW_GAP
    return boxes


def head_sign(relations: Relations, collection: Collection, seen: Seen) -> str:
    """Return what stands right in the head of a box: the kind of the collection, and how many items it has."""
    kind = collection_kind(relations, collection).partition(",")[0]
    count = seen.counts.get(collection.name)
    return " · ".join(([] if kind == ORDINARY else [kind]) + ([] if count is None else [f"{count:,}"]))


def _drawn(box: Box, relations: Relations, seen: Seen, picked: str | None) -> list[Markup]:
    line = box.y + HEAD_HEIGHT - 2
    name = box.collection.name
    look = "sbx-box sbx-system" if name in relations.schema.system else "sbx-box"
    look = f"{look} sbx-picked" if name == picked else look
    parts = [
        element("rect", x=box.x, y=box.y, width=BOX_WIDTH, height=box.height, rx=4, class_=look),
        _sign(box, box.y + 18, head_sign(relations, box.collection, seen)),
        element("line", x1=box.x, x2=box.x + BOX_WIDTH, y1=line, y2=line, class_="sbx-box-line"),
    ]
    parts += [_field(box, row, entry, relations, seen) for row, entry in enumerate(box.fields)]
    if box.hidden:
        y = box.y + HEAD_HEIGHT + len(box.fields) * LINE_HEIGHT + 14
        parts.append(element("text", f"{box.hidden} more fields", x=box.x + INSET, y=y, class_="sbx-type"))
    return parts


def _field(box: Box, row: int, entry: Field, relations: Relations, seen: Seen) -> Markup:
    """Return the line of a field: its name, and in a word what it is; all of the words where a pointer rests on it."""
    y = box.y + HEAD_HEIGHT + row * LINE_HEIGHT + 14
    kind = "sbx-key" if entry.primary_key else "sbx-alias" if entry.type == "alias" else "sbx-field"
    hidden = seen.hides(box.collection.name, entry.name)
    known = [f"{entry.name}: {entry.type}", *field_words(relations, box.collection, entry)]
    words = ", ".join([*known, f"{seen.role} may not read it"] if hidden else known)
    name = element("text", _short(entry.name), x=box.x + INSET, y=y, class_=kind)
    sign = _sign(box, y, field_sign(relations, box.collection, entry))
    return element("g", element("title", words), name, sign, class_="sbx-unreadable" if hidden else None)


def _sign(box: Box, y: int, words: str) -> Markup:
    return element("text", words, x=box.x + BOX_WIDTH - INSET, y=y, text_anchor="end", class_="sbx-type")


def _short(name: str) -> str:
    return clean(name, 200) if len(name) <= MAX_NAME_CHARACTERS else f"{clean(name[: MAX_NAME_CHARACTERS - 1], 200)}…"


def _line(line: Line, boxes: Mapping[str, Box], numbers: Mapping[str, int]) -> Markup:
    """Return the line from a foreign key to the key it refers to; it is broken where the key may refer to others, too."""
    many, one = boxes[line.relation.many], boxes[line.one]
    start, end = many.middle(line.relation.field), one.middle(one.collection.primary_key.name)
    leaves_right = one.x > many.x
    x1 = many.x + BOX_WIDTH if leaves_right or one.x == many.x else many.x
    x2 = one.x if leaves_right else one.x + BOX_WIDTH
    way1 = 1 if x1 > many.x else -1
    way2 = -1 if leaves_right else 1
    path = f"M{x1} {start} C{x1 + way1 * BOW} {start} {x2 + way2 * BOW} {end} {x2} {end}"
    tip, bar = x1 + way1 * FOOT, x2 + way2 * FOOT * 0.6
    foot = f"M{tip} {start} L{x1} {start - 5} M{tip} {start} L{x1} {start + 5} M{bar:.0f} {end - 5} V{end + 5}"
    kind = "sbx-relation sbx-to-any" if isinstance(line.relation, AnyRelation) else "sbx-relation"
    lights = f"sbx-of-{numbers[line.relation.many]} sbx-of-{numbers[line.one]}"
    return element("g", element("path", d=path, class_=kind), element("path", d=foot, class_="sbx-ends"), class_=lights)
