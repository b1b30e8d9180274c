"""Python filters that return None in so many words: it leaves the payload as it is, where JavaScript's null takes its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_PARSED_CHARACTERS: Final = 50_000  # characters of source that are looked through
MAX_LOADED_CHARACTERS: Final = (
    20_000  # the same where the loop waits for it, which is to take less than a quarter of a second
)
NOTE: Final = (
    "A filter returns None, which leaves the payload as it is. In JavaScript null takes its place, and stops a delete; "
    "there, return without a value."
)
_FILTER: Final = "register-filter"


def parsed(source: str, most: int = MAX_PARSED_CHARACTERS) -> list[ast.AST]:
    """Return what stands in a Python source; nothing of one of more than ``most`` characters, or that does not parse."""
    if len(source) > most:
        return []
    try:
        return list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def returns_none(nodes: Iterable[ast.AST]) -> bool:
    """Whether a handler that is registered for a filter says ``return None``."""
    functions, handlers = {}, set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
            if any(isinstance(each, ast.Call) and _is_filter(each) for each in node.decorator_list):
                handlers.add(node.name)
        elif isinstance(node, ast.Call) and _is_filter(node):
            handlers.update(each.id for each in _arguments(node) if isinstance(each, ast.Name))
    return any(_says_none(functions[name].body) for name in handlers & functions.keys())


def _is_filter(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    named = isinstance(first, ast.Constant) and first.value == _FILTER
    return named or (isinstance(call.func, ast.Name) and call.func.id == "filter")


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    for argument in call.args:
        yield from argument.values if isinstance(argument, ast.Dict) else (argument,)


def _says_none(body: list[ast.stmt]) -> bool:
    """Whether statements return None, those of functions in them left out; without recursion, as they may be nested deeply."""
    level: list[ast.AST] = list(body)
    while level:
        node = level.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is None:
            return True
        level += ast.iter_child_nodes(node)
    return False
