"""The patterns of ``match``: their names are plain text in the tree, and are checked here."""

# ruff: noqa: N802 - rules are named after the nodes of the tree
from __future__ import annotations

import ast

from scopebox_guest.python.names import GUARDED_NAMES, NAME_ATTRIBUTE
from scopebox_guest.python.policy.base import Checks, Visited


class Patterns(Checks):
    """Everything but patterns inside a class pattern, which read attributes without any check."""

    def visit_Match(self, node: ast.Match) -> Visited:
        """``match``."""
        return self.node_contents_visit(node)

    def visit_match_case(self, node: ast.match_case) -> Visited:
        """``case``."""
        return self.node_contents_visit(node)

    def visit_MatchValue(self, node: ast.MatchValue) -> Visited:
        """A literal or a dotted name."""
        self._check_plain(node.value)
        return self.node_contents_visit(node)

    def visit_MatchSingleton(self, node: ast.MatchSingleton) -> Visited:
        """``None``, ``True``, ``False``."""
        return node

    def visit_MatchSequence(self, node: ast.MatchSequence) -> Visited:
        """``[a, b]``."""
        return self.node_contents_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> Visited:
        """``{"key": value, **rest}``."""
        self.check_variable(node, node.rest)
        for key in node.keys:
            self._check_plain(key)
        return self.node_contents_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> Visited:
        """``*rest``."""
        self.check_variable(node, node.name)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> Visited:
        """``name``, ``pattern as name``, ``_``."""
        self.check_variable(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchOr(self, node: ast.MatchOr) -> Visited:
        """``a | b``."""
        return self.node_contents_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> Visited:
        """``str()`` is ``isinstance``; anything inside the parentheses would read attributes by names of the guest's choice."""
        if node.patterns or node.kwd_patterns:
            self.refuse(node, "class pattern")
        self._check_plain(node.cls)
        return self.node_contents_visit(node)

    def _check_plain(self, node: ast.expr) -> None:
        """Refuse a dotted name that would need a guard: a pattern cannot hold its call."""
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and (part.attr in GUARDED_NAMES or part.attr == NAME_ATTRIBUTE):
                self.refuse(part, "guarded pattern", part.attr)
