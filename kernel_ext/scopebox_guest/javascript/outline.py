"""What the text of a cell says, without running any of it: for an export, which has to put it into another form.

The text is hostile, so it is read here, in a guest that runs nothing else, and the host takes what it says as it takes everything of a guest.

The module is longer than the house rule because there is one method for each kind of node, and they share one tree and what was found in
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox_guest.javascript.outlined import MOST, Import, Option, Outline, Span, Use
from scopebox_guest.javascript.source.comments import without_hash_comments
from scopebox_guest.javascript.source.nodes import nodes
from scopebox_guest.javascript.typescript.blanking import blank
from scopebox_guest.javascript.typescript.parsing import tree_of
from scopebox_guest.javascript.typescript.refusals import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

MAX_NAME_CHARACTERS: Final = 100
_FUNCTIONS: Final = frozenset(
    {"arrow_function", "function_expression", "function_declaration", "generator_function", "method_definition"}
)
_DECLARED: Final = frozenset({"function_declaration", "generator_function_declaration", "class_declaration"})
_ERROR_PARTS: Final = frozenset({b"status", b"data", b"reason", b"hint"})
_OF_MODULES: Final = frozenset({"import_statement", "export_statement", "ambient_declaration", *NAMESPACES})
_BLANK: Final = " \t\r\n\u2028\u2029;"


def outline(source: str, *, typescript: bool, api: Iterable[str], name: str) -> Outline:
    """Read a cell; ``name`` is what a bundler calls its default export. Raises SourceError for what is more than a type."""
    text = without_hash_comments(source)
    plain = blank(text, api) if typescript else text
    reading = Reading(plain.encode("utf-8", "surrogatepass"))
    types = _types(text, plain) if typescript else []
    return Outline(
        plain if types is None else text,
        plain,
        reading.built(name),
        reading.import_statements(),
        types or [],
        reading.default is not None,
        reading.execs,
        reading.calls,
        reading.lost,
        reading.options(),
    )


def _types(text: str, plain: str) -> list[Span] | None:
    """Return the statements that are types alone and stand in no function, or None where the parser does not read the types of this text rightly."""
    data = text.encode("utf-8", "surrogatepass")
    root = tree_of(data).root_node
    if root.has_error:
        return None
    found, position, characters = [], 0, 0
    for node in root.children:
        characters += _characters(data[position : node.start_byte])
        length = _characters(data[node.start_byte : node.end_byte])
        kinds = {node.type, *(child.type for child in node.children[:1])}
        if kinds & _OF_MODULES and not plain[characters : characters + length].strip(_BLANK):
            found.append(Span(characters, characters + length))
        position, characters = node.end_byte, characters + length
    return found if len(found) <= MOST else None


def _characters(data: bytes) -> int:
    return len(data.decode("utf-8", "surrogatepass"))


class Reading:
    """One way through the tree of a JavaScript text."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.imports: list[Node] = []
        self.default: Node | None = None
        self.execs = 0
        self.calls: list[Use] = []
        self.lost: list[Use] = []
        self._named: dict[bytes, Node] = {}  # functions of the top level
        self._top: set[bytes] = set()
        self._caught = 0
        self._bound: dict[bytes, bytes] = {}  # what is imported, by what it is called here
        self._used: set[bytes] = set()
        self._operations: list[tuple[str, Node]] = []
        root = tree_of(data).root_node
        for node in root.children:
            self._statement(node)
        for statement in root.children:
            for node in nodes(statement) if statement.type != "import_statement" else ():
                self._look_at(node)

    def _text(self, node: Node | None) -> bytes:
        return b"" if node is None else self.data[node.start_byte : node.end_byte]

    def _is(self, node: Node | None, text: bytes) -> bool:
        """Whether a node is this text; the text of one that may be long is not copied for it."""
        return node is not None and node.end_byte - node.start_byte == len(text) and self._text(node) == text

    def _name(self, node: Node | None) -> str:
        if node is None:
            return ""
        end = min(node.end_byte, node.start_byte + MAX_NAME_CHARACTERS)
        return self.data[node.start_byte : end].decode("utf-8", "replace")

    def _string(self, node: Node | None) -> str:
        """Return what a literal says, if it says it plainly."""
        if node is None or node.type != "string":
            return ""
        text = self._text(node)
        return "" if b"\\" in text else text[1:-1][:MAX_NAME_CHARACTERS].decode("utf-8", "replace")

    def _statement(self, node: Node) -> None:
        """Note what a statement of the top level declares."""
        if node.type == "import_statement":
            self.imports.append(node)
            self._bound.update(each for each in self._specifiers(node))
        elif node.type == "export_statement":
            if any(child.type == "default" for child in node.children):
                self.default = node
            declaration = node.child_by_field_name("declaration")
            if declaration is not None:
                self._declared(declaration)
            for each in nodes(node):
                if each.type == "export_specifier" and self._text(each.child_by_field_name("alias")) == b"default":
                    self.default = node
        else:
            self._declared(node)

    def _declared(self, node: Node) -> None:
        if node.type in _DECLARED:
            name = self._text(node.child_by_field_name("name"))
            self._top.add(name)
            self._named[name] = node
        elif node.type in ("lexical_declaration", "variable_declaration"):
            for child in node.named_children:
                target, value = child.child_by_field_name("name"), child.child_by_field_name("value")
                self._top.update(self._text(each) for each in nodes(target) if each.type.endswith("identifier"))
                if value is not None and value.type in _FUNCTIONS:
                    self._named[self._text(target)] = value

    def _look_at(self, node: Node) -> None:
        match node.type:
            case "identifier" | "shorthand_property_identifier":
                self._identifier(node)
            case "call_expression":
                self._call(node)
            case "object":
                self._object(node)
            case "catch_clause":
                self._catch(node)
            case "string_fragment" if b"{{" in self._text(node) and b"secret" in self._text(node):
                self._lose(node, "secret")

    def _identifier(self, node: Node) -> None:
        name = self._text(node)
        if name in self._bound:
            self._used.add(name)
        if name == b"exec":
            self.execs += 1
        elif name in (b"console", b"process"):
            self._lose(node, name.decode())

    def _lose(self, node: Node, name: str) -> None:
        if len(self.lost) < MOST:
            self.lost.append(Use(name, node.start_point[0] + 1))

    def _call(self, node: Node) -> None:
        arguments = node.child_by_field_name("arguments")
        if not self._is(node.child_by_field_name("function"), b"exec") or arguments is None:
            return
        given = [child for child in arguments.named_children if child.type != "comment"]
        if not given or len(self.calls) >= MOST:
            return
        second = given[1] if len(given) > 1 else None
        handler = self._function(self._pair(second, b"handler"))
        event = self._string(self._pair(second, b"event"))
        about = event or self._string(second)
        self.calls.append(Use(self._string(given[0]), node.start_point[0] + 1, about, self._parameters(handler)))

    def _parameters(self, handler: Node | None) -> int:
        parameters = None if handler is None else handler.child_by_field_name("parameters")
        if parameters is None:
            return int(handler is not None and handler.child_by_field_name("parameter") is not None)
        return len([child for child in parameters.named_children if child.type != "comment"])

    def _object(self, node: Node) -> None:
        name, handler = self._string(self._pair(node, b"id")), self._function(self._pair(node, b"handler"))
        if name and handler is not None and len(self._operations) < MOST:
            self._operations.append((name, handler))

    def _pair(self, node: Node | None, key: bytes) -> Node | None:
        """Return the value of a key in the literal of an object, or the method of that name."""
        for child in () if node is None or node.type != "object" else node.named_children:
            if child.type == "pair" and self._text(child.child_by_field_name("key")).strip(b"\"'") == key:
                return child.child_by_field_name("value")
            if child.type == "method_definition" and self._text(child.child_by_field_name("name")) == key:
                return child
            if child.type == "shorthand_property_identifier" and self._text(child) == key:
                return child
        return None

    def _function(self, node: Node | None) -> Node | None:
        if node is None or node.type in _FUNCTIONS:
            return node
        return self._named.get(self._text(node)) if node.type.endswith("identifier") else None

    def _catch(self, node: Node) -> None:
        name = self._text(node.child_by_field_name("parameter"))
        self._caught += 1
        if not name or self._caught > MOST:
            return
        for each in nodes(node):
            if (
                each.type == "member_expression"
                and self._is(each.child_by_field_name("object"), name)
                and self._text(each.child_by_field_name("property")) in _ERROR_PARTS
            ):
                self._lose(each, f"error.{self._name(each.child_by_field_name('property'))}")

    # options

    def options(self) -> dict[str, list[Option]]:
        """Return what the handlers of operations read of their argument, by the operation's id."""
        found: dict[str, list[Option]] = {}
        for name, handler in self._operations:
            read: dict[str, Option] = {}
            for option in self._read(handler):
                if len(read) < MOST and option.name.isidentifier():
                    read.setdefault(option.name, option)
            found.setdefault(name, list(read.values()))
        return found

    def _read(self, handler: Node) -> Iterator[Option]:
        parameters = handler.child_by_field_name("parameters")
        first = handler.child_by_field_name("parameter")
        if parameters is not None:
            first = next((child for child in parameters.named_children if child.type != "comment"), None)
        while first is not None and first.type in ("required_parameter", "optional_parameter", "assignment_pattern"):
            first = first.child_by_field_name("pattern") or first.child_by_field_name("left")
        if first is None:
            return
        if first.type == "object_pattern":
            yield from self._pattern(first)
        body = handler.child_by_field_name("body")
        for node in nodes(body) if first.type == "identifier" else ():
            yield from self._read_of(node, self._text(first))

    def _read_of(self, node: Node, name: bytes) -> Iterator[Option]:
        if node.type == "member_expression" and self._is(node.child_by_field_name("object"), name):
            yield Option(self._name(node.child_by_field_name("property")))
        elif node.type == "subscript_expression" and self._is(node.child_by_field_name("object"), name):
            yield Option(self._string(node.child_by_field_name("index")))
        elif node.type == "variable_declarator" and self._is(node.child_by_field_name("value"), name):
            pattern = node.child_by_field_name("name")
            yield from self._pattern(pattern) if pattern is not None and pattern.type == "object_pattern" else ()

    def _pattern(self, pattern: Node) -> Iterator[Option]:
        for child in pattern.named_children:
            if child.type == "shorthand_property_identifier_pattern":
                yield Option(self._name(child))
            elif child.type == "object_assignment_pattern":
                yield Option(
                    self._name(child.child_by_field_name("left")), self._name(child.child_by_field_name("right"))
                )
            elif child.type == "pair_pattern":
                value = child.child_by_field_name("value")
                default = None if value is None else value.child_by_field_name("right")
                yield Option(self._name(child.child_by_field_name("key")), self._name(default))

    # what is imported, and used

    def _specifiers(self, statement: Node) -> Iterator[tuple[bytes, bytes]]:
        """Return what a statement imports: the name here, and the name there."""
        for node in nodes(statement):
            if node.type == "import_specifier":
                name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
                yield self._text(alias or name), self._text(name)

    def import_statements(self) -> list[Import]:
        """Return the import statements, with what of them is used."""
        found, position, characters = [], 0, 0
        for node in self.imports[:MOST]:
            names = {here.decode(): there.decode() for here, there in self._specifiers(node) if here in self._used}
            start = characters + _characters(self.data[position : node.start_byte])
            position, characters = node.end_byte, start + _characters(self.data[node.start_byte : node.end_byte])
            found.append(Import(start, characters, names))
        return found

    # the form of a bundler

    def built(self, name: str) -> str:
        """Return the text with its default export at the end, as Rollup writes a module of one file."""
        node = self.default
        pieces = [(each.start_byte, each.end_byte, self._import(each)) for each in self.imports]
        ending = b""
        if node is not None and any(child.type == "default" for child in node.children):
            head, body, name = self._exported(
                node, f"{name}$1" if name.encode() in self._top | self._bound.keys() else name
            )
            pieces.append((node.start_byte, node.end_byte, head + body))
            ending = f"\n\nexport {{ {name} as default }};\n".encode()
        parts, position = [], 0
        for start, end, piece in sorted(pieces):
            parts += [self.data[position:start], piece]
            position = end
        rest = self.data[position:]
        parts += [rest.rstrip() if ending else rest, ending]
        return b"".join(parts).decode("utf-8", "surrogatepass")

    def _import(self, statement: Node) -> bytes:
        """Return an import statement without the names that nothing uses."""
        names = dict(self._specifiers(statement))
        used = [
            here if here == there else there + b" as " + here for here, there in names.items() if here in self._used
        ]
        if not names or len(used) == len(names):
            return self._text(statement)
        source = self._text(statement.child_by_field_name("source"))
        return b"import { " + b", ".join(used) + b" } from " + source + b";" if used else b"import " + source + b";"

    def _exported(self, node: Node, name: str) -> tuple[bytes, bytes, str]:
        """Return what stands in the place of a default export, in two parts, and the name of what is exported."""
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if declaration is not None:
            own = declaration.child_by_field_name("name")
            return b"", self.data[declaration.start_byte : node.end_byte], self._name(own) or name
        if value is None:
            return b"", self._text(node), name
        rest = self.data[value.start_byte : node.end_byte]
        if value.type == "identifier":
            return b"", b"", self._name(value)
        parameters = value.child_by_field_name("parameters")
        if value.type in ("function_expression", "generator_function") and parameters is not None:
            own = value.child_by_field_name("name")
            if own is not None:
                return b"", rest, self._name(own)
            before = self.data[value.start_byte : parameters.start_byte].rstrip()
            return before + b" " + name.encode() + b" ", self.data[parameters.start_byte : node.end_byte], name
        ending = b"" if rest.rstrip().endswith(b";") else b";"
        return f"var {name} = ".encode(), rest + ending, name
