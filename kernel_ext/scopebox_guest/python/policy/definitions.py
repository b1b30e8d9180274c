"""Functions and classes."""

# ruff: noqa: N802 - rules are named after the nodes of the tree
from __future__ import annotations

import ast
from typing import TypeVar

from scopebox_guest.python.names import ASYNC_METHODS, METHODS
from scopebox_guest.python.policy.base import Checks, Scope, Visited

_Node = TypeVar("_Node", bound=ast.AST)


class Definitions(Checks):
    """Names and parameters are checked, annotations dropped, special methods taken from a list."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Visited:
        """``def``."""
        self._check_function_name(node, METHODS, "dunder definition")
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Visited:
        """``async def``."""
        self._check_function_name(node, ASYNC_METHODS, "async dunder definition")
        return self._function(node)

    def _check_function_name(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, methods: frozenset[str], construct: str
    ) -> None:
        if not (node.name.startswith("__") and node.name.endswith("__")):
            self.check_variable(node, node.name)
        elif node.name not in methods or not self._scopes or self._scopes[-1].kind != "class":
            self.refuse(node, construct, node.name)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Visited:
        """Decorators, defaults and annotations belong to the scope outside, the body to the function."""
        self._check_type_parameters(node)
        node.decorator_list = self._visit_all(node.decorator_list)
        self._visit_arguments(node.args)
        if node.returns is not None:
            self.visit(node.returns)
            node.returns = None
        with self.scope(Scope("function", _first_parameter(node.args))):
            node.body = self._visit_all(node.body)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Visited:
        """``lambda``."""
        self._visit_arguments(node.args)
        with self.scope(Scope("function", _first_parameter(node.args))):
            node.body = self.visit(node.body)
        return node

    def _visit_arguments(self, arguments: ast.arguments) -> None:
        """Check the parameters' names, visit the defaults, and drop the annotations after checking them as code."""
        optional = (arguments.vararg, arguments.kwarg)
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *optional):
            if argument is None:
                continue
            self.check_variable(argument, argument.arg)
            if argument.annotation is not None:
                self.visit(argument.annotation)
                argument.annotation = None
        arguments.defaults = self._visit_all(arguments.defaults)
        arguments.kw_defaults = [
            default if default is None else self.visit(default) for default in arguments.kw_defaults
        ]

    def visit_ClassDef(self, node: ast.ClassDef) -> Visited:
        """``class``: its bases are checked at run time."""
        self.check_variable(node, node.name)
        self._check_type_parameters(node)
        if node.keywords:
            self.refuse(node, "class arguments")
        node.decorator_list = self._visit_all(node.decorator_list)
        node.bases = self._visit_all(node.bases)
        with self.scope(Scope("class")):
            node.body = self._visit_all(node.body)
        return node

    def _check_type_parameters(self, node: ast.AST) -> None:
        if getattr(node, "type_params", None):
            self.refuse(node, "type parameters")

    def _visit_all(self, nodes: list[_Node]) -> list[_Node]:
        visited: list[_Node] = []
        for node in nodes:
            result = self.visit(node)
            visited.extend(result if isinstance(result, list) else [result])
        return visited


def _first_parameter(arguments: ast.arguments) -> str | None:
    parameters = [*arguments.posonlyargs, *arguments.args]
    return parameters[0].arg if parameters else None
