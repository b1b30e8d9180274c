"""Assignments, loops, error handling, declarations of names."""

# ruff: noqa: N802 - rules are named after the nodes of the tree
from __future__ import annotations

import ast

from scopebox_guest.python.names import GUARDED_NAMES
from scopebox_guest.python.policy.base import Checks, Visited


class Statements(Checks):
    """Statements are left as they are: the names and targets in them are checked where they stand."""

    def visit_Module(self, node: ast.Module) -> Visited:
        """The cell."""
        return self.node_contents_visit(node)

    def visit_Assign(self, node: ast.Assign) -> Visited:
        """``a, b = …``; every target is checked as a name, an attribute or an item."""
        return self.node_contents_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Visited:
        """Keep an annotation as text: it is checked like other code, and never evaluated."""
        text = ast.unparse(node.annotation)
        node = self.node_contents_visit(node)
        node.annotation = self.constant(node.annotation, text)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Visited:
        """``x.n += 1`` loads the attribute without a guard, so the guarded names are refused."""
        if isinstance(node.target, ast.Attribute) and node.target.attr in GUARDED_NAMES:
            self.refuse(node, "augmented guarded attribute", node.target.attr)
        return self.node_contents_visit(node)

    def visit_For(self, node: ast.For) -> Visited:
        """Iterate plainly."""
        return self.node_contents_visit(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> Visited:
        """Iterate plainly."""
        return self.node_contents_visit(node)

    def visit_With(self, node: ast.With) -> Visited:
        """The target after ``as`` is checked where it stands."""
        return self.node_contents_visit(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> Visited:
        """The target after ``as`` is checked where it stands."""
        return self.node_contents_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Visited:
        """The name of the error is plain text in the tree."""
        self.check_variable(node, node.name)
        return self.node_contents_visit(node)

    def visit_TryStar(self, node: ast.AST) -> Visited:
        """``except*`` splits groups by methods that a guest may override."""
        self.refuse(node, "except star")

    def visit_Global(self, node: ast.Global) -> Visited:
        """Check the declared names."""
        for name in node.names:
            self.check_variable(node, name)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> Visited:
        """Check the declared names."""
        for name in node.names:
            self.check_variable(node, name)
        return node

    def visit_TypeAlias(self, node: ast.AST) -> Visited:
        """``type X = …`` is evaluated late, by Python itself."""
        self.refuse(node, "type alias")
