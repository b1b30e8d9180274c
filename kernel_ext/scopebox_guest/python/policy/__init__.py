"""The policy: which Python an extension may write, and how it is rewritten.

RestrictedPython walks the tree and refuses every node that no rule knows. The rules here differ from its own in one idea:
there is no guard for each attribute, item and iteration. Names are checked when the source is compiled, everything is loaded
plainly, and the guest holds nothing but data, its own objects and façades, of which every public name is safe to have.
"""

from __future__ import annotations

from scopebox_guest.python.policy.definitions import Definitions
from scopebox_guest.python.policy.expressions import Expressions
from scopebox_guest.python.policy.imports import Imports
from scopebox_guest.python.policy.patterns import Patterns
from scopebox_guest.python.policy.statements import Statements


class Policy(Expressions, Statements, Definitions, Patterns, Imports):
    """All rules together."""


__all__ = ["Policy"]
