"""Who may do what: roles, policies, rules and their variables."""

from scopebox.store.access.access import Access, Accountability

__all__ = ["Access", "Accountability"]
