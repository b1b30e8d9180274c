"""Messages of the engine in the words of V8, which is what a Directus runs and what authors know."""

from __future__ import annotations

import re
from typing import Final

from scopebox_guest.javascript.source.tokens import tokens

MOST_CHARACTERS: Final = 300  # of a message that is looked at
WINDOW: Final = 200  # characters of a line on each side of the place: minified code is one line
NAMELESS: Final = ("not a function", "not a constructor")
NO_OBJECTS: Final = ("not a object", "not an object")
NO_NEW: Final = ("must be called with new", "constructor requires 'new'")
NO_CLASS_CALL: Final = "class constructors must be invoked with 'new'"
NO_BIGINT: Final = "cannot convert BigInt to number"
KINDS: Final = {"InternalError": "RangeError"}  # what V8 has no error of that name for
UNSAID: Final = {"AggregateError": "All promises were rejected"}  # what V8 says where the engine says nothing
NO_SUPER: Final = (
    "Must call super constructor in derived class before accessing 'this' or returning from derived constructor"
)
INVALID: Final = "Invalid or unexpected token"
NO_SUPER_HERE: Final = "'super' keyword unexpected here"
NOT_A_NUMBER: Final = "Cannot convert a BigInt value to a number"
NO_OBJECT_IN: Final = "Cannot use 'in' operator to search for a key in a value that is no object"
WORDS: Final = {
    "BigInt are forbidden in JSON.stringify": "Do not know how to serialize a BigInt",
    "BigInt division by zero": "Division by zero",
    "BigInt is too large to allocate": "Maximum BigInt size exceeded",
    "Date value is NaN": "Invalid time value",
    "cannot convert BigInt to number": "Cannot mix BigInt and other types, use explicit conversions",
    "bigint argument with unary +": NOT_A_NUMBER,
    "break must be inside loop or switch": "Illegal break statement",
    "cannot convert symbol to number": "Cannot convert a Symbol value to a number",
    "cannot convert symbol to string": "Cannot convert a Symbol value to a string",
    "cannot convert to BigInt: not an integer": "The number cannot be converted to a BigInt because it is not an integer",
    "cannot delete a direct reference in strict mode": "Delete of an unqualified identifier in strict mode.",
    "cannot read property 'Symbol.iterator' of null": "null is not iterable",
    "cannot read property 'Symbol.iterator' of undefined": "undefined is not iterable (cannot read property Symbol(Symbol.iterator))",
    "circular reference": "Converting circular structure to JSON",
    "continue must be inside loop": "Illegal continue statement: no surrounding iteration statement",
    "duplicate default": "More than one default clause in switch statement",
    "empty array": "Reduce of empty array with no initial value",
    "expecting hex digit": "URI malformed",
    "expecting %": "URI malformed",
    "expecting catch or finally": "Missing catch or finally after try",
    "function name expected": "Function statements require a function name",
    "growable SharedArrayBuffer requires SAB allocator hooks": "A SharedArrayBuffer cannot grow here",
    "invalid 'in' operand": NO_OBJECT_IN,
    "invalid 'instanceof' right operand": "Right-hand side of 'instanceof' is not callable",
    "invalid array buffer length": "Array buffer allocation failed",
    "invalid array length": "Invalid array length",
    "invalid assignment left-hand side": "Invalid left-hand side in assignment",
    "invalid destructuring target": "Invalid destructuring assignment target",
    "invalid export syntax": "Unexpected token 'export'",
    "invalid for in/of left hand-side": "Invalid left-hand side in for-loop",
    "invalid number literal": INVALID,
    "invalid repeat count": "Invalid count value",
    "invalid value used as WeakMap key": "Invalid value used as weak map key",
    "invalid value used as WeakSet key": "Invalid value used in weak set",
    "line terminator not allowed after throw": "Illegal newline after throw",
    "missing initializer for variable": "Missing initializer in declaration",
    "new.target only allowed within functions": "new.target expression is not allowed here",
    "object is not extensible": "Cannot add property, object is not extensible",
    "property constructor appears more than once": "A class may only have one constructor",
    "rest element must be the last one": "Rest element must be last element",
    "return not in a function": "Illegal return statement",
    "'super' is only valid in a method": NO_SUPER_HERE,
    "super() is only valid in a derived class constructor": NO_SUPER_HERE,
    "string too long": "Invalid string length",
    "this is not initialized": NO_SUPER,
    "unexpected character": INVALID,
    "unexpected end of comment": INVALID,
    "unexpected end of regexp": "Invalid regular expression: missing /",
    "unexpected end of string": INVALID,
    "unsupported keyword: export": "Unexpected token 'export'",
    "unexpected token in expression: ''": "Unexpected end of input",
}
# What a built-in function says, where others say it of something else.
WORDS_OF: Final = {
    ("Proxy", "not an object"): "Cannot create proxy with a non-object as target or handler",
    ("Promise", "must be called with new"): "Promise constructor cannot be invoked without 'new'",
    ("RegExp", "expecting ')'"): "Invalid regular expression: Unterminated group",
    ("RegExp", "extraneous characters at the end"): "Invalid regular expression: Unmatched ')'",
    ("RegExp", "invalid regular expression flags"): "Invalid flags supplied to RegExp constructor",
    ("RegExp", "nothing to repeat"): "Invalid regular expression: Nothing to repeat",
    ("RegExp", "unexpected end"): "Invalid regular expression: Unterminated character class",
    ("toExponential", "invalid number of digits"): "toExponential() argument must be between 0 and 100",
    ("toFixed", "invalid number of digits"): "toFixed() digits argument must be between 0 and 100",
    ("toPrecision", "invalid number of digits"): "toPrecision() argument must be between 1 and 100",
}
PATTERNS: Final = (
    (re.compile(r"cannot read property '(.*)' of (undefined|null)"), r"Cannot read properties of \2 (reading '\1')"),
    (re.compile(r"cannot set property '(.*)' of (undefined|null)"), r"Cannot set properties of \2 (setting '\1')"),
    (re.compile(r"(?:variable )?'?([\w$]+)'? is not initialized"), r"Cannot access '\1' before initialization"),
    (re.compile(r"'(.*)' is not defined"), r"\1 is not defined"),
    (re.compile(r"redeclaration of '?([\w$]+)'?"), r"Identifier '\1' has already been declared"),
    (re.compile(r"unexpected token in expression: '(.+)'"), r"Unexpected token '\1'"),
    (re.compile(r"unexpected token: '(.+)'"), r'"\1" is not valid JSON'),
)
# What the compiler expected where something else stands, which is what V8 names.
EXPECTED: Final = re.compile(
    r"expecting '.'|expecting (?:field name|target|'as')|(?:from clause|variable name) expected|identifier (?:or string )?expected"
    r"|class statement requires a name|invalid (?:field|method|property) name|missing (?:binding pattern\.\.\.|formal parameter)"
)
KINDS_OF_TOKENS: Final = {
    "number": "Unexpected number",
    "open_string": INVALID,
    "open_template": INVALID,
    "string": "Unexpected string",
    "template": "Unexpected template string",
}
RESERVED: Final = frozenset(
    [
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "new",
        "null",
        "return",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
    ]
)
READ_ONLY: Final = re.compile(r"'([\w$]+)' is read-only")
REDEFINED: Final = re.compile(r"invalid redefinition of \w+ identifier")
CALLEE: Final = re.compile(r"((?:[\w$]+\??\.)*[\w$]+)(?:\?\.)?\s*\(")
NAME: Final = re.compile(r"[\w$]+")
KEYWORDS: Final = frozenset({"await", "catch", "for", "function", "if", "new", "return", "switch", "typeof", "while"})


def in_words_of_v8(message: str, line: str = "", column: int = 0, native: str = "", function: str = "") -> str:
    """Return what V8 would say.

    ``line`` is the text of the source line and ``column`` where in it the engine was, about; ``native`` is the built-in function that
    it was in, if it was in one, and ``function`` the one of the source.
    """
    if len(message) > MOST_CHARACTERS:
        return message
    if native and (words := _of_native(message, native)):
        return words
    if message == NO_CLASS_CALL:
        return f"Class constructor {function} cannot be invoked without 'new'"
    if message in WORDS:
        return WORDS[message]
    for pattern, words in PATTERNS:
        if (found := pattern.fullmatch(message)) is not None:
            return found.expand(words)
    start = max(column - WINDOW, 0)
    return _named(message, line[start : column + WINDOW], column - start, native)


def of_source_in_words_of_v8(message: str, line: str, column: int) -> str:
    """Return what V8 would say of a source that does not compile; ``column`` is where in the ``line`` the compiler was, 0 if it does not tell."""
    if not column:  # as with what is wrong in a regular expression
        return in_words_of_v8(message, native="RegExp")
    if EXPECTED.fullmatch(message) is None:
        return in_words_of_v8(message, line, column)
    token = next(tokens(line[column - 1 :][:WINDOW]), None)
    if token is None:
        return "Unexpected end of input"
    if token.kind == "word" and token.text not in RESERVED and token.text.isidentifier():
        return f"Unexpected identifier '{token.text}'"
    return KINDS_OF_TOKENS.get(token.kind, f"Unexpected token '{token.text}'")


def _of_native(message: str, native: str) -> str:
    """Return what V8 would say of what a built-in function was given, empty if it would say nothing of its own."""
    if message in NO_OBJECTS:
        return WORDS_OF.get((native, message), f"the argument of {native}() is {NO_OBJECTS[1]}")
    if message in NO_NEW:
        return WORDS_OF.get((native, message), f"Constructor {native} requires 'new'")
    return NOT_A_NUMBER if message == NO_BIGINT else WORDS_OF.get((native, message), "")


def _named(message: str, near: str, column: int, native: str) -> str:
    """Return a message that lacks a name with the one that the source has ``near`` the place."""
    if message in NAMELESS:
        callee = f"the argument of {native}()" if native else _callee(near, column)
        return f"{callee} is {message}" if callee else message
    if (found := READ_ONLY.fullmatch(message)) is not None:
        return _read_only(found[1], near)
    if REDEFINED.fullmatch(message):
        names = NAME.findall(near[: max(column - 1, 0)])
        return f"Identifier '{names[-1]}' has already been declared" if names else message
    return message


def _read_only(name: str, near: str) -> str:
    """Return what is said of a variable, or of a property: only the source tells which it was."""
    if f".{name}" in near or f"['{name}']" in near:
        return f"Cannot assign to read only property '{name}' of object"
    return "Assignment to constant variable."


def _callee(near: str, column: int) -> str:
    """Return what is called about where the engine was: the call that begins or ends nearest."""
    best, distance = "", len(near) + 1
    for found in CALLEE.finditer(near):
        away = min(abs(found.end() - column), abs(found.start() + 1 - column))
        if away < distance and found[1] not in KEYWORDS:
            best, distance = found[1], away
    return best
