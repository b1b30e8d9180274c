"""What every part of the policy uses: refusing a node, checking a name, knowing the scope."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeAlias

from RestrictedPython.transformer import RestrictingNodeTransformer

from scopebox_guest.engine import SourceError
from scopebox_guest.python.names import is_refused_variable
from scopebox_guest.python.refusals import REFUSALS

Visited: TypeAlias = ast.AST | Iterable[ast.AST] | None

# Names of the guards in the guest's builtins. A guest can neither read nor bind them: they begin with an underscore.
ATTRIBUTE_GUARD: Final = "_attribute_"
WRITE_GUARD: Final = "_write_"
NAME_GUARD: Final = "_name_of_"
SUPER_GUARD: Final = "_super_"
SUPER_METHOD_GUARD: Final = "_super_method_"
IMPORT: Final = "_import_"
IMPORT_ROOT: Final = "_import_root_"
IMPORT_FROM: Final = "_import_from_"


@dataclass(frozen=True, slots=True)
class Scope:
    """A class or function around the node; ``first`` is the name of the function's first parameter, if any."""

    kind: Literal["class", "function"]
    first: str | None = None


class Checks(RestrictingNodeTransformer):
    """The transformer of RestrictedPython, which refuses every node that it does not know, with errors that say what to do.

    ``lines`` is the source, needed for columns.
    """

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines
        self._scopes: list[Scope] = []

    def refuse(self, node: ast.AST, construct: str, name: str = "") -> NoReturn:
        """Raise :class:`SourceError` for ``construct``, a key of ``REFUSALS``, at ``node``."""
        refusal = REFUSALS[construct]
        line = getattr(node, "lineno", 0)
        raise SourceError(
            refusal.what.format(name=name), line, self._column(node, line), refusal.instead.replace("{name}", name)
        )

    def _column(self, node: ast.AST, line: int) -> int:
        """The column of ``node`` in characters, 1-based; the tree counts bytes of UTF-8."""
        if not 0 < line <= len(self._lines):
            return 0
        return len(self._lines[line - 1].encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore")) + 1

    def not_allowed(self, node: ast.AST) -> NoReturn:
        """Refuse a node for which there is no rule."""
        self.refuse(node, "unknown syntax", type(node).__name__)

    def error(self, node: ast.AST, info: str) -> NoReturn:
        """Refuse a node for which the base class has a rule of its own."""
        self.refuse(node, "unknown syntax", info)

    def check_variable(self, node: ast.AST, name: str | None) -> None:
        """Refuse ``name``, bound or read at ``node``, if it is reserved."""
        if name is not None and is_refused_variable(name):
            self.refuse(node, "variable", name)

    @contextmanager
    def scope(self, scope: Scope) -> Iterator[None]:
        """Enter a class or a function."""
        self._scopes.append(scope)
        try:
            yield
        finally:
            self._scopes.pop()

    def call_guard(self, node: ast.expr, guard: str, *arguments: ast.expr) -> ast.Call:
        """A call of a guard that stands where ``node`` stood."""
        function = ast.copy_location(ast.Name(guard, ast.Load()), node)
        call = ast.Call(func=function, args=list(arguments), keywords=[])
        return ast.copy_location(call, node)

    def constant(self, node: ast.expr, value: str) -> ast.Constant:
        """A text that stands where ``node`` stood."""
        return ast.copy_location(ast.Constant(value), node)
