"""The nodes of a parsed text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node


def nodes(node: Node | None) -> Iterator[Node]:
    """Every node below one, and itself, in the order of the text; without recursion, as texts may be nested deeply."""
    if node is None:
        return
    cursor = node.walk()
    while True:
        found = cursor.node
        assert found is not None
        yield found
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
