"""Who may do what: roles, policies, rules and their variables."""

from scopebox.store.access.access import Access
from scopebox.store.access.records import Accountability

__all__ = ["Access", "Accountability"]
