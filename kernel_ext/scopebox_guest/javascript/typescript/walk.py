"""One way through the tree of a TypeScript source: what of it becomes spaces.

The module is longer than the house rule because there is one method for each kind of node, and they share one state.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from scopebox_guest.engine import SourceError
from scopebox_guest.javascript.typescript.blanks import Blanks
from scopebox_guest.javascript.typescript.names import TypeNames
from scopebox_guest.javascript.typescript.refusals import (
    CAST,
    EXPORT,
    GROUPING,
    NAMESPACE,
    NAMESPACES,
    PROPERTY,
    REFUSED,
    has_values,
    is_grouped_otherwise,
    is_unsafe_cast,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tree_sitter import Node, Tree

    from scopebox_guest.javascript.typescript.misreading import Misreading

_TRIVIA: Final = rb"(?>\s|\xe2\x80[\xa8\xa9]|\xc2\xa0|//[^\n\r]*|/\*(?>[^*]|\*(?!/))*\*/)*"
_NEXT: Final = re.compile(_TRIVIA)
_ENDING: Final = b"([`"  # begins a statement after a type that ends its line, and would go on with an expression
_SIGNATURE_OF_INDEX: Final = re.compile(rb"(?:static\s+|readonly\s+)*\[\s*[\w$]+\s*:")

TYPES: Final = frozenset(
    {
        "type_annotation",
        "type_predicate_annotation",
        "asserts_annotation",
        "opting_type_annotation",
        "omitting_type_annotation",
        "adding_type_annotation",
        "type_arguments",
        "type_parameters",
        "implements_clause",
        "accessibility_modifier",
        "override_modifier",
        "readonly",
        "abstract",
        "declare",
    }
)
STATEMENTS: Final = frozenset(
    {
        "interface_declaration",
        "type_alias_declaration",
        "ambient_declaration",
        "function_signature",
        "method_signature",
        "abstract_method_signature",
        "index_signature",
    }
)
MODIFIERS: Final = frozenset({"accessibility_modifier", "override_modifier", "readonly", "abstract", "declare"})
# The names of fields that would change what follows them if they did not end with a type.
_PREFIXES: Final = frozenset({b"get", b"set", b"static", b"async", b"accessor"})


def refused(source: bytes, offset: int, message: str, hint: str) -> SourceError:
    """The refusal of what stands at a byte of a source."""
    before = source[:offset].decode("utf-8", "replace")
    lines = re.split("\r\n|[\n\r\u2028\u2029]", before)
    return SourceError(message, len(lines), len(lines[-1]) + 1, hint)


class Walk:
    """One way through a tree, from the first token to the last, with a cursor instead of recursion."""

    def __init__(self, source: bytes, tree: Tree, misreading: Misreading, api: Collection[str]) -> None:
        self._blanks = Blanks(source)
        self._source = source
        self._misreading = misreading
        self._names = TypeNames(self._blanks, api)
        self._last = b""  # the last token that stays
        self._moved: list[tuple[int, int]] = []  # parentheses that moved; their contents are still to be seen
        self._handlers: dict[str, Callable[[Node], bool]] = {
            **dict.fromkeys(TYPES, self._type),
            **dict.fromkeys(STATEMENTS, self._statement),
            **dict.fromkeys(NAMESPACES, self._namespace),
            **dict.fromkeys(REFUSED, self._refuse),
            "comment": lambda _: True,
            "as_expression": self._assertion,
            "satisfies_expression": self._assertion,
            "non_null_expression": self._non_null,
            "type_assertion": self._cast,
            "binary_expression": self._binary,
            "variable_declarator": self._marks,
            "optional_parameter": self._parameter,
            "required_parameter": self._parameter,
            "formal_parameters": self._parameters,
            "arrow_function": self._arrow,
            "public_field_definition": self._field,
            "method_definition": self._member,
            "import_statement": self._import,
            "export_statement": self._export,
            "export_clause": self._exported,
            **dict.fromkeys(("ERROR", "generic_type", "lookup_type", "array_type"), misreading.look_at),
        }
        for start, end in misreading.arguments:
            self._blanks.take(start, end)
        self._run(tree)

    def finish(self) -> str:
        """The text that stays."""
        for start, end in self._moved:
            self._blanks.take(start, end)
        self._names.leave_out()
        return self._blanks.text()

    def _run(self, tree: Tree) -> None:
        cursor = tree.walk()
        handlers, blanks, names = self._handlers, self._blanks, self._names
        while True:
            node = cursor.node
            assert node is not None
            kind, start = node.type, node.start_byte
            handler = handlers.get(kind)
            done = blanks.taken(start) or (handler is not None and handler(node))
            if not done and cursor.goto_first_child():
                continue
            if not done and node.end_byte > start:
                self._last = self._source[start : node.end_byte]
                if kind in {"identifier", "shorthand_property_identifier"}:
                    names.use(self._last)
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return

    # Statements and members that are types as a whole

    def _statement(self, node: Node) -> bool:
        self._names.declare(node)
        self._take_statement(node)
        self._misreading.look_into(node)
        return True

    def _take_statement(self, node: Node) -> None:
        self._blanks.take(node.start_byte, node.end_byte)
        if self._last not in {b"", b";", b"{"}:
            self._blanks.put(node.start_byte, ";")

    def _namespace(self, node: Node) -> bool:
        if has_values(node):
            raise self._refused(node, *NAMESPACE)
        self._take_statement(node)
        return True

    def _refuse(self, node: Node) -> bool:
        raise self._refused(node, *REFUSED[node.type])

    def _refused(self, node: Node, message: str, hint: str) -> SourceError:
        return refused(self._source, node.start_byte, message, hint)

    # Types in what stays

    def _type(self, node: Node) -> bool:
        self._blanks.take(node.start_byte, node.end_byte)
        self._misreading.look_into(node)
        return True

    def _assertion(self, node: Node) -> bool:
        """``value as Type`` and ``value satisfies Type``."""
        sign = next((child for child in node.children if child.type in {"as", "satisfies"}), None)
        if sign is None or any(child.is_error for child in node.children):  # "let as = 1", or a mistake
            return False
        self._blanks.take(sign.start_byte, node.end_byte)
        self._misreading.look_into(node)
        self._misreading.qualify(node.end_byte)
        following = self._following(node.end_byte)
        if following is not None:
            self._blanks.put(sign.start_byte, ";")
            self._misreading.end_before(following)
        return False

    def _following(self, offset: int) -> int | None:
        """Where the next token is, if it begins a statement in a line after ``offset`` and would not without the type."""
        found = _NEXT.match(self._source, offset)
        end = offset if found is None else found.end()
        begins = self._source[end : end + 1]
        return end if begins and begins in _ENDING and self._blanks.spans_lines(offset, end) else None

    def _non_null(self, node: Node) -> bool:
        self._blanks.take(node.end_byte - 1, node.end_byte)
        return False

    def _cast(self, node: Node) -> bool:
        """``<Type>value``."""
        types, value = node.children[0], node.children[-1]
        if is_unsafe_cast(
            self._source[value.start_byte : value.start_byte + 9], self._last
        ) or self._blanks.spans_lines(node.start_byte, value.start_byte):
            raise self._refused(node, *CAST)
        self._type(types)
        return False

    def _binary(self, node: Node) -> bool:
        left, sign, right = (node.child_by_field_name(name) for name in ("left", "operator", "right"))
        if left is None or sign is None or right is None:
            return False
        if left.type in {"as_expression", "satisfies_expression"} and is_grouped_otherwise(left, sign.type):
            raise self._refused(left, *GROUPING)
        if sign.type in {">", ">>", ">>>"} and self._source[right.start_byte : right.start_byte + 1] in {b"(", b"`"}:
            self._misreading.take_arguments(sign.end_byte)  # f<T>(…), tag<T>`…`
        return False

    def _marks(self, node: Node) -> bool:
        """``let name!: Type`` and ``name?: Type``."""
        for child in node.children:
            if child.type in {"!", "?"}:
                self._type(child)
        return False

    # Functions

    def _parameter(self, node: Node) -> bool:
        if any(child.type in MODIFIERS for child in node.children):
            raise self._refused(node, *PROPERTY)
        return self._marks(node)

    def _parameters(self, node: Node) -> bool:
        """Without ``this`` and the comma after it."""
        children = [child for child in node.children if child.type != "comment"]
        for child, following in pairwise(children):
            pattern = child.child_by_field_name("pattern")
            if pattern is not None and pattern.type == "this":
                self._blanks.take(child.start_byte, following.end_byte if following.type == "," else child.end_byte)
        return False

    def _arrow(self, node: Node) -> bool:
        types, parameters, returned = (
            node.child_by_field_name(name) for name in ("type_parameters", "parameters", "return_type")
        )
        if parameters is None:
            return False
        start, end = parameters.start_byte, parameters.end_byte
        if types is not None and self._blanks.spans_lines(types.start_byte, start):
            self._type(types)
            self._blanks.put(types.start_byte, "(")
            self._moved.append((start, start + 1))
        if returned is not None and self._blanks.spans_lines(end, returned.end_byte):
            self._type(returned)
            self._blanks.put_before(returned.end_byte, ")")
            self._moved.append((end - 1, end))
        return False

    # Members of classes

    def _field(self, node: Node) -> bool:
        children = node.children
        kinds = {child.type for child in children}
        if kinds & {"declare", "abstract"}:
            return self._statement(node)
        if _SIGNATURE_OF_INDEX.match(self._source, node.start_byte, node.end_byte):  # an error for the parser
            self._take_statement(node)
            return True
        self._member(node)
        name, types = node.child_by_field_name("name"), node.child_by_field_name("type")
        mark = next((child for child in children if child.type in {"?", "!"}), types)
        if name is not None and mark is not None and name.text in _PREFIXES and "=" not in kinds:
            self._type(mark)
            self._blanks.put(mark.start_byte, ";")
        return False

    def _member(self, node: Node) -> bool:
        children = [child for child in node.children if child.type != "comment"]
        for child in children:
            if child.type in MODIFIERS or child.type in {"?", "!"}:
                self._type(child)
        first = next((child for child in children if child.type not in MODIFIERS), None)
        if first is not None and first is not children[0] and self._goes_on(first):
            self._blanks.put(children[0].start_byte, ";")
        return False

    @staticmethod
    def _goes_on(node: Node) -> bool:
        """Tell if it would be a part of the field before it that ends without a semicolon."""
        return node.type in {"computed_property_name", "*"} or node.text in {b"in", b"instanceof"}

    # Modules

    def _import(self, node: Node) -> bool:
        kinds = [child.type for child in node.children]
        if "type" in kinds:
            self._take_statement(node)
        elif "import_require_clause" in kinds:
            raise self._refused(node, *REFUSED["import_require_clause"])
        else:
            self._names.import_(node, needs_end=self._last not in {b"", b";", b"{"})
            self._last = self._source[max(node.end_byte - 1, 0) : node.end_byte]
        return True

    def _export(self, node: Node) -> bool:
        for child in node.children:
            if child.type == "=":
                raise self._refused(node, *EXPORT)
            if child.type in NAMESPACES and has_values(child):
                raise self._refused(child, *NAMESPACE)
            if child.type in {"type", "as"} | STATEMENTS | NAMESPACES or (child.is_error and child.text == b"type"):
                self._names.declare(child)
                self._take_statement(node)
                self._misreading.look_into(node)
                return True
        return False

    def _exported(self, node: Node) -> bool:
        self._names.export(node)
        self._last = b"}"
        return True
