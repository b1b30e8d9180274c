"""The rules of names, shared by the compile-time policy and the run-time guards.

Attributes are loaded plainly, without a guard for every access, so these rules carry the weight: no name that leads out of the
data a guest holds may ever be written in its source or handed to its ``getattr``.
"""

from __future__ import annotations

from typing import Final

# Attributes of generators, coroutines, asynchronous generators, frames, tracebacks and code objects.
INTROSPECTION_PREFIXES: Final = ("gi_", "cr_", "ag_", "f_", "tb_", "co_")

# Public names that open a class or a property from the inside.
OPENING_NAMES: Final = frozenset({"mro", "fget", "fset", "fdel"})

# Public names that are harmless on most objects; where they are not is decided at run time, by guards.Guards.attribute.
GUARDED_NAMES: Final = frozenset(
    {"format", "format_map", "send", "throw", "close", "asend", "athrow", "aclose", "obj", "register", "getbuffer"}
)

# Methods that a class may define and that super() gives back. Left out: everything by which an object can pose as another
# (__class__, __getattribute__, __instancecheck__, …), by which it hooks into the making of classes (__new__, __init_subclass__,
# __set_name__, __class_getitem__, __prepare__, …), by which it is copied or ended (__reduce__, __del__), and __await__, which
# would hand values of the guest's choice to whoever drives its coroutines.
COMMON_METHODS: Final = (
    "__init__ __post_init__ __call__ __enter__ __exit__ __iter__ __next__ __reversed__ "
    "__len__ __bool__ __contains__ __getitem__ __setitem__ __delitem__ __missing__ __hash__ __eq__ __ne__ __lt__ __le__ __gt__ "
    "__ge__ __str__ __repr__ __format__ __bytes__ __int__ __float__ __complex__ __index__ __round__ __trunc__ __floor__ "
    "__ceil__ __neg__ __pos__ __abs__ __invert__ __aiter__"
)
OPERATORS: Final = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or"
METHODS: Final = frozenset(
    [
        *COMMON_METHODS.split(),
        *(f"__{prefix}{operator}__" for operator in OPERATORS.split() for prefix in ("", "r", "i")),
    ]
) - {"__idivmod__"}
ASYNC_METHODS: Final = frozenset({"__aenter__", "__aexit__", "__anext__", "__call__"})
SUPER_METHODS: Final = METHODS | ASYNC_METHODS

# The one attribute with underscores that may be read: the name of a class or a function, as in type(error).__name__.
NAME_ATTRIBUTE: Final = "__name__"


def is_refused_attribute(name: str) -> bool:
    """Whether no object gives its attribute ``name`` to a guest."""
    return name.startswith(("_", *INTROSPECTION_PREFIXES)) or name in OPENING_NAMES


def is_refused_variable(name: str) -> bool:
    """Whether a guest may neither read nor bind a variable of this name; the guards and Python's own names live there."""
    return name.startswith("_") and name != "_"
