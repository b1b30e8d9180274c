"""The builtins of a guest: the guards, and the ordinary names that need none."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.facades.contexts import next_of
from scopebox_guest.python.policy import base
from scopebox_guest.python.stand_ins import Class, Function
from scopebox_guest.python.types_of_values import SafeType

if TYPE_CHECKING:
    from scopebox_guest.python.facades.registry import Imports
    from scopebox_guest.python.guards import Guards
    from scopebox_guest.python.guest_state import GuestState

TYPES: Final = (
    "bool bytearray bytes classmethod complex dict enumerate filter float frozenset int list map object property range reversed "
    "set slice staticmethod str tuple zip"
)
FUNCTIONS: Final = (
    "abs aiter all any ascii bin callable chr divmod format hash hex id isinstance issubclass iter len max min next oct ord "
    "pow repr round sorted sum"
)
CONSTANTS: Final = "Ellipsis NotImplemented"


def _exceptions() -> dict[str, object]:
    return {
        name: value
        for name, value in vars(builtins).items()
        if isinstance(value, type) and issubclass(value, BaseException) and not name.startswith("_")
    }


def _import_for_c(*_: object) -> None:
    """Python's own C code, such as ``datetime.strptime``, imports by this name and takes what it needs from ``sys.modules``."""


def build_builtins(state: GuestState, guards: Guards, imports: Imports) -> dict[str, object]:
    """The builtins of one guest."""
    names = {name: getattr(builtins, name) for name in f"{TYPES} {FUNCTIONS} {CONSTANTS}".split()}
    types = [getattr(builtins, name) for name in TYPES.split()]
    public: dict[type, object] = {kind: kind for kind in types}
    for module in imports.modules.values():
        for value in vars(module).values():
            if isinstance(value, Class):
                public[value._kind] = value
            elif type(value) is type:
                public[value] = value
    return {
        **names,
        **_exceptions(),
        "anext": Function("anext", next_of),
        "delattr": Function("delattr", guards.delattr),
        "getattr": Function("getattr", guards.getattr),
        "hasattr": Function("hasattr", guards.hasattr),
        "setattr": Function("setattr", guards.setattr),
        "super": Function("super", guards.super),
        "type": SafeType(state, public),
        "__build_class__": guards.build_class,
        "__import__": _import_for_c,
        base.ATTRIBUTE_GUARD: guards.attribute,
        base.NAME_GUARD: guards.name_of,
        base.SUPER_GUARD: guards.super,
        base.SUPER_METHOD_GUARD: guards.super_method,
        base.WRITE_GUARD: guards.write,
        base.IMPORT: imports.module,
        base.IMPORT_ROOT: imports.root,
        base.IMPORT_FROM: imports.member,
    }
