"""Imports become calls that look up a façade; Python's own import machinery is never asked."""

# ruff: noqa: N802 - rules are named after the nodes of the tree
from __future__ import annotations

import ast

from scopebox_guest.python.names import is_refused_attribute
from scopebox_guest.python.policy.base import IMPORT, IMPORT_FROM, IMPORT_ROOT, Checks, Visited


class Imports(Checks):
    """``import a.b`` binds ``a``; ``import a.b as c`` and ``from a import b`` bind what was asked for."""

    def visit_Import(self, node: ast.Import) -> Visited:
        """``import module``."""
        bindings: list[ast.AST] = []
        for alias in node.names:
            self._check_module(alias, alias.name)
            self.check_variable(alias, alias.asname)
            guard = IMPORT if alias.asname else IMPORT_ROOT
            bindings.append(self._bind(node, alias.asname or alias.name.partition(".")[0], guard, alias.name))
        return bindings

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Visited:
        """``from module import name``."""
        if node.level or node.module is None:
            self.refuse(node, "relative import")
        if node.module == "__future__":
            return self._future(node)
        bindings: list[ast.AST] = []
        for alias in node.names:
            if alias.name == "*":
                self.refuse(node, "star import")
            self._check_module(alias, node.module)
            if is_refused_attribute(alias.name):
                self.refuse(alias, "import name", alias.name)
            self.check_variable(alias, alias.asname)
            bindings.append(self._bind(node, alias.asname or alias.name, IMPORT_FROM, node.module, alias.name))
        return bindings

    def _future(self, node: ast.ImportFrom) -> Visited:
        for alias in node.names:
            if alias.name != "annotations":
                self.refuse(node, "future import", alias.name)
        return ast.copy_location(ast.Pass(), node)

    def _check_module(self, node: ast.alias, module: str) -> None:
        if any(part.startswith("_") for part in module.split(".")):
            self.refuse(node, "import name", module)

    def _bind(self, node: ast.stmt, name: str, guard: str, *arguments: str) -> ast.Assign:
        place = ast.copy_location(ast.Name(name, ast.Store()), node)
        value = self.call_guard(place, guard, *(self.constant(place, argument) for argument in arguments))
        return ast.copy_location(ast.Assign(targets=[place], value=value), node)
