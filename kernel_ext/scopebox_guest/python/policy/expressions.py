"""Names, attributes, items and calls."""

# ruff: noqa: N802 - rules are named after the nodes of the tree
from __future__ import annotations

import ast

from scopebox_guest.python.names import (
    GUARDED_NAMES,
    INTROSPECTION_PREFIXES,
    NAME_ATTRIBUTE,
    OPENING_NAMES,
    SUPER_METHODS,
)
from scopebox_guest.python.policy.base import (
    ATTRIBUTE_GUARD,
    NAME_GUARD,
    SUPER_GUARD,
    SUPER_METHOD_GUARD,
    WRITE_GUARD,
    Checks,
    Visited,
)


class Expressions(Checks):
    """Attributes and items are loaded plainly; only a fixed set of names, and every write, passes a guard."""

    def visit_Name(self, node: ast.Name) -> Visited:
        """Check the name; ``print`` and ``exec`` are names like any other."""
        self.check_variable(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Visited:
        """Check the name of the attribute, and guard it if it is written or one of the guarded names."""
        special = self._special_attribute(node)
        if special is not None:
            return special
        self._check_attribute(node)
        value = self._expression(node.value)
        if not isinstance(node.ctx, ast.Load):
            node.value = self.call_guard(node.value, WRITE_GUARD, value)
            return node
        if node.attr in GUARDED_NAMES:
            return self.call_guard(node, ATTRIBUTE_GUARD, value, self.constant(node, node.attr))
        node.value = value
        return node

    def _expression(self, node: ast.expr) -> ast.expr:
        visited = self.visit(node)
        assert isinstance(visited, ast.expr)
        return visited

    def _special_attribute(self, node: ast.Attribute) -> ast.expr | None:
        """``x.__name__`` and ``super().__init__`` and its like, the only attributes with underscores."""
        if not isinstance(node.ctx, ast.Load):
            return None
        if node.attr == NAME_ATTRIBUTE:
            return self.call_guard(node, NAME_GUARD, self._expression(node.value))
        if node.attr in SUPER_METHODS and _is_super_call(node.value):
            return self.call_guard(
                node, SUPER_METHOD_GUARD, self._expression(node.value), self.constant(node, node.attr)
            )
        return None

    def _check_attribute(self, node: ast.Attribute) -> None:
        if node.attr.startswith("_"):
            self.refuse(node, "attribute", node.attr)
        if node.attr.startswith(INTROSPECTION_PREFIXES):
            self.refuse(node, "introspection", node.attr)
        if node.attr in OPENING_NAMES:
            self.refuse(node, "opening", node.attr)

    def visit_Subscript(self, node: ast.Subscript) -> Visited:
        """Guard the container of an item that is written or deleted."""
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = self.call_guard(node.value, WRITE_GUARD, node.value)
        return node

    def visit_Call(self, node: ast.Call) -> Visited:
        """Refuse ``eval``; give ``super()`` the class and the object that the compiler would find for it."""
        if isinstance(node.func, ast.Name):
            if node.func.id == "eval":
                self.refuse(node, "eval")
            if node.func.id == "super" and not node.args and not node.keywords:
                return self._super(node)
        return self.node_contents_visit(node)

    def _super(self, node: ast.Call) -> ast.expr:
        first = self._scopes[-1].first if self._scopes and self._scopes[-1].kind == "function" else None
        if first is None or all(scope.kind != "class" for scope in self._scopes):
            return node
        made_in = ast.copy_location(ast.Name("__class__", ast.Load()), node)
        return self.call_guard(node, SUPER_GUARD, made_in, ast.copy_location(ast.Name(first, ast.Load()), node))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Visited:
        """Check the name on the left as any other."""
        return self.node_contents_visit(node)

    def visit_Await(self, node: ast.Await) -> Visited:
        """``await`` needs no rule of its own."""
        return self.node_contents_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> Visited:
        """Iterate plainly, asynchronously as well."""
        return self.node_contents_visit(node)

    def visit_TemplateStr(self, node: ast.AST) -> Visited:
        """Template strings of Python 3.14."""
        self.not_allowed(node)


def _is_super_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
