"""What in TypeScript is more than a type, and what to write instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

_ONLY_TYPES: Final = "only types are left out here, and the rest has to be JavaScript."
# Message and hint by the kind of a node.
REFUSED: Final = {
    "enum_declaration": (
        f"An enum is more than a type; {_ONLY_TYPES}",
        'Write an object instead: const Color = { Red: "red", Blue: "blue" } as const;',
    ),
    "decorator": (
        f"A decorator is more than a type; {_ONLY_TYPES}",
        "Call the function yourself: after the class, or in its constructor.",
    ),
    "import_alias": (f"import … = is more than a type; {_ONLY_TYPES}", "Write const name = …; or import type."),
    "import_require_clause": (
        f"import … = require() is more than a type; {_ONLY_TYPES}",
        'Write import { log } from "directus:api"; no other module can be imported.',
    ),
}
NAMESPACE: Final = (
    f"A namespace with values in it is more than a type; {_ONLY_TYPES}",
    "Write an object instead: const Name = { value: 1 };",
)
EXPORT: Final = (f"export = is more than a type; {_ONLY_TYPES}", "Write export default …")
PROPERTY: Final = (
    f"A parameter that is a property as well is more than a type; {_ONLY_TYPES}",
    "Declare the property in the class, and write this.name = name; in its constructor.",
)
CAST: Final = (
    "This value would mean something else without the type before it.",
    "Write (value as Type) instead of <Type>value.",
)
GROUPING: Final = (
    "Without the type, this would be worked out in another order.",
    "Put the value and its type in parentheses of their own: (value) as Type, and again around both.",
)
UNREADABLE: Final = (
    "This is no valid type, or no statement that goes on after one.",
    "Look for a missing bracket before it, and write a semicolon after each type and member.",
)
TOO_DEEP: Final = (
    "The source is nested too deeply.",
    "Give inner parts names of their own, as types, variables or functions, and use the names.",
)

TYPES: Final = frozenset({"interface_declaration", "type_alias_declaration", "ambient_declaration", "comment"})
NAMESPACES: Final = frozenset({"internal_module", "module"})
_WRAPPERS: Final = frozenset({"expression_statement", "export_statement"})
_OBJECT_OR_DECLARATION: Final = re.compile(rb"\{|(?:function|class|async|let)(?![\w$])")
_BEFORE_STATEMENTS: Final = frozenset({b"", b";", b"{", b"}", b")", b"=>", b"else", b"do", b"default"})

_ORDER: Final = (
    ("??",),
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!=", "===", "!=="),
    ("<", "<=", ">", ">=", "instanceof", "in"),
    ("<<", ">>", ">>>"),
    ("+", "-"),
    ("*", "/", "%"),
    ("**",),
)
_RANK: Final = {sign: rank for rank, signs in enumerate(_ORDER) for sign in signs}
_AS: Final = _RANK["<"]
_LOGICAL: Final = frozenset({"&&", "||"})


def has_values(namespace: Node) -> bool:
    """Tell if there is anything but types in a namespace."""
    bodies = [namespace]
    while bodies:
        body = bodies.pop().child_by_field_name("body")
        if body is None:
            continue
        for child in body.named_children:
            inner = child
            while inner.type in _WRAPPERS and inner.named_child_count == 1:
                inner = inner.named_children[0]
            if inner.type in NAMESPACES:
                bodies.append(inner)
            elif inner.type not in TYPES:
                return True
    return False


def is_unsafe_cast(value: bytes, before: bytes) -> bool:
    """Tell if a value that begins like this would begin a block or a declaration after the token ``before``."""
    return before in _BEFORE_STATEMENTS and _OBJECT_OR_DECLARATION.match(value) is not None


def is_grouped_otherwise(assertion: Node, following: str) -> bool:
    """Tell if the order changes, as ``a + b as T * c`` would be ``a + (b * c)``. ``following`` is the operator after the type."""
    value: Node | None = assertion
    while value is not None and value.type in {"as_expression", "satisfies_expression"}:
        value = value.named_children[0] if value.named_children else None
    rank = _RANK.get(following, -1)
    while value is not None and value.type == "binary_expression":
        operator = value.child_by_field_name("operator")
        sign = "" if operator is None else operator.type
        if "??" in {sign, following} and _LOGICAL & {sign, following}:
            return True  # JavaScript refuses the two side by side
        own = _RANK.get(sign, len(_ORDER))
        if own >= _AS:
            return rank > own or (rank == own and sign == "**")
        value = value.child_by_field_name("right")  # weaker than "as", which belongs to its right side alone
    return False
