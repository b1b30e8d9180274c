"""A small translator for the recorded handlers: the JavaScript that they use, as Python.

It knows arrow functions, object and array literals, calls, member access, ``new``, ``throw``, ``try``, ``while``, ``if``,
``const`` and ``return``. What it does not know raises :class:`Untranslatable`, and the runner says so. What has no meaning in
Python (``String(error)``, ``typeof``) becomes a call of a function of ``PRELUDE``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tests.conformance.stage import Untold

PRELUDE: Final = """
class Thrown(Exception):
    pass


def js_error(message=None):
    return Thrown("" if message is None else message)


def js_thrown(value):
    if isinstance(value, BaseException):
        return value
    return Thrown(value["message"] if isinstance(value, dict) else value)


def js_name(error):
    return "TypeError" if isinstance(error, TypeError) else "Error"


def js_string(value):
    if isinstance(value, BaseException):
        return f"{js_name(value)}: {value}"
    return "undefined" if value is None else str(value)


def js_json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def js_get(value, name):
    if isinstance(value, BaseException):
        return js_name(value) if name == "name" else str(value)
    return value[name]
"""

ENGINE: Final = {"process", "globalThis", "console", "Intl", "WebAssembly"}
NAMES: Final = {"true": "True", "false": "False", "null": "None", "undefined": "None"}
FUNCTIONS: Final = {"String": "js_string"}
ERRORS: Final = {"Error": "js_error", "TypeError": "TypeError", "RangeError": "ValueError", "SyntaxError": "ValueError"}
METHODS: Final = {("JSON", "stringify"): "js_json", ("JSON", "parse"): "json.loads"}
KEYWORDS: Final = {
    "return",
    "throw",
    "try",
    "catch",
    "const",
    "let",
    "while",
    "if",
    "new",
    "await",
    "async",
    "typeof",
    "function",
}
TOKEN: Final = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>=>|\.\.\.|\?\.|===|!==|&&|\|\||[(){}\[\],;:.=+\-!?<>*/]))"
)


class Untranslatable(Untold):
    """The source uses something that the translator does not know."""


def tokens(source: str) -> list[tuple[str, str]]:
    """Return the tokens of ``source`` as pairs of kind and text."""
    found = []
    at = 0
    source = source.rstrip()
    while at < len(source):
        match = TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            raise Untranslatable(f"{source[at : at + 20]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class Translator:
    """Translates one handler. Arrow functions inside expressions become named functions before the statement."""

    def __init__(self, source: str) -> None:
        self._tokens = tokens(source)
        self._at = 0
        self._functions = 0
        self._before: list[str] = []

    # reading

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at][1] if at < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> str:
        text = self._peek()
        if not text or (wanted is not None and text != wanted):
            raise Untranslatable(f"{text!r} instead of {wanted!r}")
        self._at += 1
        return text

    def _skip(self, text: str) -> bool:
        if self._peek() == text:
            self._at += 1
            return True
        return False

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self._at >= len(self._tokens)

    # statements, each a list of lines

    def body(self) -> list[str]:
        """Translate statements up to the end or a closing brace."""
        lines: list[str] = []
        while not self.done and self._peek() != "}":
            lines += self._statement()
        return lines or ["pass"]

    def _block(self) -> list[str]:
        if self._skip("{"):
            lines = self.body()
            self._take("}")
        else:
            lines = self._statement()
        return indented(lines)

    def _statement(self) -> list[str]:
        if self._skip(";"):
            return []
        word = self._peek()
        if word == "try":
            return self._try()
        if word in ("while", "if"):
            self._take()
            self._take("(")
            condition = self._expression()
            self._take(")")
            return self._flush([f"{word} {condition}:", *self._block()])
        return self._flush([self._simple(word)])

    def _simple(self, word: str) -> str:
        """Translate a statement without a block."""
        if word not in ("const", "let", "return", "throw"):
            return self._expression(assignment=True)
        self._take()
        if word == "throw":
            return f"raise js_thrown({self._expression()})"
        if word == "return":
            return f"return {'None' if self._peek() in (';', '}', '') else self._expression()}"
        name = self._take()
        self._take("=")
        return f"{name} = {self._expression()}"

    def _flush(self, lines: list[str]) -> list[str]:
        self._skip(";")
        before, self._before = self._before, []
        return [*before, *lines]

    def _try(self) -> list[str]:
        self._take("try")
        tried = self._block()
        self._take("catch")
        name = "error"
        if self._skip("("):
            name = self._take()
            self._take(")")
        return ["try:", *tried, f"except Exception as {name}:", *self._block()]

    # expressions, each one piece of text

    def _expression(self, *, assignment: bool = False) -> str:
        if self._arrow_ahead():
            return self.arrow()
        left = self._sum()
        if assignment and self._peek() == "=":
            self._take()
            right = self._expression()
            # Attributes that a handler sets on an error never cross the boundary.
            return "pass" if "." in left or left.startswith("js_get(") else f"{left} = {right}"
        return left

    def _sum(self) -> str:
        text = self._unary()
        while self._peek() in ("+", "===", "!=="):
            sign = {"+": "+", "===": "==", "!==": "!="}[self._take()]
            text = f"{text} {sign} {self._unary()}"
        return text

    def _unary(self) -> str:
        word = self._peek()
        if word == "await":
            self._take()
            return f"await {self._unary()}"
        if word in ("-", "!"):
            self._take()
            return f"{'-' if word == '-' else 'not '}{self._unary()}"
        if word == "new":
            self._take()
            name = self._take()
            if name not in ERRORS:
                raise Untranslatable(f"new {name}")
            return f"{ERRORS[name]}({', '.join(self._arguments())})"
        return self._postfix(self._primary())

    def _postfix(self, text: str) -> str:
        while True:
            if self._peek() in (".", "?."):
                self._take()
                name = self._take()
                text = METHODS.get((text, name), f"js_get({text}, {name!r})")
            elif self._peek() == "(":
                text = f"{text}({', '.join(self._arguments())})"
            elif self._skip("["):
                text = f"{text}[{self._expression()}]"
                self._take("]")
            else:
                return text

    def _arguments(self) -> list[str]:
        self._take("(")
        found = []
        while not self._skip(")"):
            found.append(self._expression())
            self._skip(",")
        return found

    def _primary(self) -> str:
        kind, text = self._tokens[self._at] if not self.done else ("", "")
        if kind in ("number", "text"):
            return self._take()
        if text in ENGINE:
            raise Untranslatable(f"{text}, a global of a JavaScript engine")
        if kind == "name" and text not in KEYWORDS:
            self._take()
            return NAMES.get(text, FUNCTIONS.get(text, text))
        if text == "(":
            self._take()
            inner = self._expression()
            self._take(")")
            return f"({inner})"
        if text == "{":
            return self._object()
        if text == "[":
            self._take()
            items = []
            while not self._skip("]"):
                items.append(self._expression())
                self._skip(",")
            return f"[{', '.join(items)}]"
        raise Untranslatable(f"{text!r}")

    def _object(self) -> str:
        self._take("{")
        entries = []
        while not self._skip("}"):
            if self._skip("..."):
                entries.append(f"**{self._unary()}")
            else:
                key = self._take()
                name = key if key[0] in "'\"" else repr(key)
                entries.append(f"{name}: {self._expression() if self._skip(':') else NAMES.get(key, key)}")
            self._skip(",")
        return f"{{{', '.join(entries)}}}"

    # functions

    def _arrow_ahead(self) -> bool:
        at = 1 if self._peek() == "async" else 0
        if self._peek(at) != "(":
            return self._peek(at + 1) == "=>"
        while self._peek(at) not in (")", ""):
            at += 1
        return self._peek(at + 1) == "=>"

    def arrow(self) -> str:
        """Translate an arrow function; its definition goes before the statement, its name into the expression."""
        self._skip("async")
        parameters = self._parameters() or ["*ignored"]  # JavaScript ignores arguments that a function does not name
        self._take("=>")
        self._functions += 1
        name = f"handler_{self._functions}"
        outer, self._before = self._before, []
        if self._skip("{"):
            lines = self.body()
            self._take("}")
        else:
            lines = self._flush([f"return {self._expression()}"])
        self._before = [*outer, f"async def {name}({', '.join(parameters)}):", *indented(lines)]
        return name

    def _parameters(self) -> list[str]:
        if not self._skip("("):
            return [self._take()]
        found = []
        while not self._skip(")"):
            found.append(self._take())
            self._skip(",")
        return found

    def definitions(self) -> list[str]:
        """Return the functions that were translated and not yet placed."""
        found, self._before = self._before, []
        return found


def indented(lines: Sequence[str]) -> list[str]:
    """Return ``lines`` one level deeper."""
    return [f"    {line}" for line in lines]


def function(source: str, name: str) -> str:
    """Return the arrow function ``source`` as the Python function ``name``."""
    translator = Translator(source)
    made = translator.arrow()
    if not translator.done:
        raise Untranslatable(source)
    return "\n".join([*translator.definitions(), f"{name} = {made}"])


def statements(source: str, head: str) -> str:
    """Return the function body ``source`` as a Python function that begins with ``head``."""
    translator = Translator(source)
    lines = translator.body()
    if not translator.done:
        raise Untranslatable(source)
    return "\n".join([head, *indented(lines)])


def expression(source: str) -> str:
    """Return the expression ``source`` in Python."""
    translator = Translator(f"return {source};")
    (line,) = translator.body()
    return line.removeprefix("return ")
