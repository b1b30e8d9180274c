"""What one guest has made: its classes, and which types may be written to."""

from __future__ import annotations

from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from decimal import Context
from types import FunctionType, SimpleNamespace
from typing import Final
from xml.etree.ElementTree import Element

# Containers and records without any behaviour that outlives their owner.
PLAIN_CONTAINERS: Final = frozenset(
    {dict, list, bytearray, deque, defaultdict, OrderedDict, Counter, ChainMap, SimpleNamespace, Context, Element}
)


@dataclass(frozen=True, slots=True, eq=False)
class GuestState:
    """The classes that a guest made, the types whose instances it may write to, and its global names."""

    classes: set[type] = field(default_factory=set)
    writable: set[type] = field(default_factory=lambda: set(PLAIN_CONTAINERS))
    names: dict[str, object] = field(default_factory=dict)

    def adopt(self, made: type) -> None:
        """Take ``made`` for a class of the guest's own."""
        self.classes.add(made)
        self.writable.add(made)

    def owns_function(self, value: object) -> bool:
        """Whether ``value`` is a function of the guest's own source."""
        return type(value) is FunctionType and value.__globals__ is self.names

    def owns_class(self, value: object) -> bool:
        """Whether ``value`` is a class of the guest's own source."""
        return isinstance(value, type) and value in self.classes
