"""Imported and exported names that are nothing but types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection

    from tree_sitter import Node

    from scopebox_guest.javascript.typescript.blanks import Blanks

API: Final = b"directus:api"
_WORD: Final = re.compile(rb"[\w$\x80-\xff]+")


class _Name(Struct, frozen=True):
    """A name in an import or export, and what has to be taken out for it, with its comma."""

    name: bytes
    start: int
    end: int


class _Import(Struct, frozen=True):
    start: int
    end: int
    names: tuple[_Name, ...]
    module: bytes
    has_types: bool  # are there names with "type" before them?
    needs_end: bool  # does a statement without a semicolon stand before it?


class TypeNames:
    """Tells what is used as a value from what is used as a type; a TypeScript compiler leaves out the imports of types."""

    def __init__(self, blanks: Blanks, api: Collection[str]) -> None:
        self._blanks = blanks
        self._api = {name.encode() for name in api}
        self._values: set[bytes] = set()
        self._types: set[bytes] = set()
        self._imports: list[_Import] = []
        self._exports: list[_Name] = []

    def use(self, name: bytes) -> None:
        """A name stands among the values."""
        self._values.add(name)

    def declare(self, node: Node) -> None:
        """A declaration of a type is left out."""
        name = node.child_by_field_name("name")
        if name is not None and name.type == "type_identifier" and name.text is not None:
            self._types.add(name.text)

    def import_(self, node: Node, *, needs_end: bool) -> None:
        """Look at an import that is not one of types as a whole."""
        clause = next((child for child in node.named_children if child.type == "import_clause"), None)
        module = node.child_by_field_name("source")
        if clause is None or module is None:
            return
        parts = [child for child in clause.children if child.type != "comment"]
        names: list[_Name] = []
        has_types = False
        for index, part in enumerate(parts):
            if part.type == "identifier":
                names.append(_name(part, part, parts[index + 1 : index + 2]))
            elif part.type == "namespace_import":
                before = parts[index - 1] if index and not self._blanks.taken(parts[index - 1].start_byte) else part
                names.append(_Name(_text(part.named_children[-1]), before.start_byte, part.end_byte))
            elif part.type == "named_imports":
                found = self._specifiers(part, "alias")
                has_types = len(found) < sum(child.type == "import_specifier" for child in part.children)
                names += found
        own = _text(module)[1:-1]
        self._imports.append(_Import(node.start_byte, node.end_byte, tuple(names), own, has_types, needs_end))

    def export(self, clause: Node) -> None:
        """Look at ``{ names }`` of an export that is not one of types as a whole."""
        self._exports += self._specifiers(clause, "name")

    def _specifiers(self, clause: Node, field: str) -> list[_Name]:
        children = [child for child in clause.children if child.type != "comment"]
        names: list[_Name] = []
        for index, child in enumerate(children):
            name = child.child_by_field_name(field) or child.child_by_field_name("name")
            if name is None:
                continue
            found = _name(child, name, children[index + 1 : index + 2])
            if any(part.type == "type" for part in child.children):
                self._blanks.take(found.start, found.end)
            else:
                names.append(found)
        return names

    def leave_out(self) -> None:
        """Take out the names that are types; called when all names are known."""
        for name in self._exports:
            if name.name in self._types and name.name not in self._values:
                self._blanks.take(name.start, name.end)
            else:
                self._values.add(name.name)
        if not self._imports:
            return
        used = frozenset(_WORD.findall(self._blanks.taken_text()))
        for statement in self._imports:
            self._leave_out_of(statement, used)

    def _leave_out_of(self, statement: _Import, used_in_types: Collection[bytes]) -> None:
        unknown = statement.module == API and bool(self._api)
        types = [
            name
            for name in statement.names
            if name.name not in self._values and (name.name not in self._api if unknown else name.name in used_in_types)
        ]
        if len(types) == len(statement.names) and (types or statement.has_types):
            self._blanks.take(statement.start, statement.end)
            if statement.needs_end:
                self._blanks.put(statement.start, ";")
            return
        for name in types:
            self._blanks.take(name.start, name.end)


def _text(node: Node) -> bytes:
    return node.text or b""


def _name(node: Node, name: Node, following: list[Node]) -> _Name:
    comma = following and following[0].type == ","
    return _Name(_text(name), node.start_byte, following[0].end_byte if comma else node.end_byte)
