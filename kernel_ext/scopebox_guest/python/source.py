"""From source text to code: size limits, parsing, the policy, compilation."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from scopebox_guest.engine import SourceError
from scopebox_guest.python.hints import syntax_hint
from scopebox_guest.python.other_languages import with_language
from scopebox_guest.python.policy import Policy
from scopebox_guest.python.refusals import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

MAX_CHARACTERS: Final = 256 * 1024
MAX_NODES: Final = 60_000
MAX_DEPTH: Final = 200  # nested nodes; each takes four frames of the transformer
COMPILER_RECURSION: Final = 6 * MAX_DEPTH
VALUE: Final = "_value_"  # global that receives the value of the last expression

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_REFUSED_CHARACTERS: Final = frozenset("\0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def compile_source(source: str, filename: str) -> CodeType:
    """Compile the source of an extension to code that leaves the value of its last expression in ``VALUE``.

    The code is a coroutine function's exactly if the source awaits at its top level. Raises :class:`SourceError`.
    """
    _check_text(source)
    with _compiler_limits():
        try:
            tree = ast.parse(source, filename)
            _check_size(tree)
            Policy(split_lines(source)).visit(tree)
            _keep_value(tree)
            code: CodeType = compile(tree, filename, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError as error:
            raise _syntax_error(error, source) from None
        except (RecursionError, MemoryError):
            raise _refused("nesting", str(MAX_DEPTH)) from None
        except ValueError as error:
            raise _refused("unreadable source", str(error)) from None
    return code


def split_lines(source: str) -> list[str]:
    """The lines of ``source`` as Python's own tokenizer counts them."""
    return _LINE_END.split(source)


def _check_text(source: str) -> None:
    if len(source) > MAX_CHARACTERS:
        raise _refused("source size", str(MAX_CHARACTERS))
    if _REFUSED_CHARACTERS.isdisjoint(source):
        return
    for number, line in enumerate(split_lines(source), start=1):
        for column, character in enumerate(line, start=1):
            if character in _REFUSED_CHARACTERS:
                construct = "null character" if character == "\0" else "bidirectional control"
                raise _refused(construct, f"U+{ord(character):04X}", number, column)


def _check_size(tree: ast.AST) -> None:
    """Count nodes and levels without recursion, before anything that recurses sees the tree."""
    count = depth = 0
    level = [tree]
    while level:
        depth += 1
        count += len(level)
        if depth > MAX_DEPTH:
            raise _refused("nesting", str(MAX_DEPTH), getattr(level[0], "lineno", 0))
        if count > MAX_NODES:
            raise _refused("node count", str(MAX_NODES), getattr(level[0], "lineno", 0))
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _keep_value(tree: ast.Module) -> None:
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body[-1]
        target = ast.copy_location(ast.Name(VALUE, ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign(targets=[target], value=last.value), last)


@contextmanager
def _compiler_limits() -> Iterator[None]:
    """Room for the transformer's recursion, whatever the caller's depth; no warnings about the guest's source."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, limit + COMPILER_RECURSION))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.setrecursionlimit(limit)


def _syntax_error(error: SyntaxError, source: str) -> SourceError:
    line = error.lineno or 0
    lines = split_lines(source)
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    hint = with_language(syntax_hint(error.msg, text), source)
    return SourceError(error.msg, line, error.offset or 0, hint)


def _refused(construct: str, name: str, line: int = 0, column: int = 0) -> SourceError:
    refusal = REFUSALS[construct]
    return SourceError(refusal.what.format(name=name), line, column, refusal.instead)
