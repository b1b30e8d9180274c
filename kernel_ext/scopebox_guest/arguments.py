"""Which of the arguments that the host sends a handler takes (execution-types, "Hooks"; conformance FINDINGS 68, 69)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox_guest.engine import Handler

HOOKS: Final = frozenset({"register-filter", "register-action"})
HOOK_ARGUMENTS: Final = 3  # of a hook that exec registers
WITH_CONTEXT: Final = 2  # parameters of a hook whose second is meta and context in one


def most_arguments(kind: str, *, single: bool) -> int:
    """Return how many arguments a handler of this kind of registration gets at most."""
    return HOOK_ARGUMENTS if kind in HOOKS and not single else 1


def arguments_for(handler: Handler, args: Sequence[object], takes: int, *, star: bool) -> Sequence[object]:
    """Return the arguments of a handler that takes ``takes`` of them, and any number more if it has ``*args``."""
    if handler._kind in HOOKS:
        return _hook_arguments(handler, args, len(args) if star else takes)
    return args if star else args[:takes]


def _hook_arguments(handler: Handler, args: Sequence[object], takes: int) -> Sequence[object]:
    payload, meta, context = args
    if handler._single:
        return [meta if handler._kind == "register-action" else payload][:takes]
    if takes == WITH_CONTEXT:
        assert isinstance(meta, dict)
        assert isinstance(context, dict)
        return [payload, {**meta, **context}]
    return args[:takes]
