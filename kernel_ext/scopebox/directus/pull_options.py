"""The arguments of a pull, for the command line and the notebook alike; the token is none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox.errors import PullError

if TYPE_CHECKING:
    from argparse import Namespace

    from scopebox.store.sources.pulled import Options

Argument = tuple[tuple[str, ...], dict[str, object]]

TOKEN: Final = "DIRECTUS_TOKEN"  # noqa: S105 - the name of a variable
ITEMS: Final = 200
SECONDS: Final = 20.0  # that one request may take
LONGEST: Final = 300.0  # seconds that a request may take

ARGUMENTS: Final[tuple[Argument, ...]] = (
    (
        ("url",),
        {"metavar": "URL", "help": f"the address of a Directus; {TOKEN} holds a token for it, else it is asked for"},
    ),
    (("--to",), {"type": Path, "required": True, "metavar": "DIR", "help": "a new folder, or one of the same pull"}),
    (
        ("--items",),
        {"type": int, "default": ITEMS, "metavar": "N", "help": f"sampled of each collection (default: {ITEMS})"},
    ),
    (
        ("--collections",),
        {
            "action": "append",
            "default": [],
            "metavar": "A,B",
            "help": "sample these alone; what they refer to comes along",
        },
    ),
    (("--no-items",), {"action": "store_true", "help": "schema and access alone"}),
    (
        ("--exclude",),
        {"action": "append", "default": [], "metavar": "COLLECTION[.FIELD]", "help": "never take these (repeatable)"},
    ),
    (("--with-users",), {"action": "store_true", "help": "take names, e-mails and other personal fields of users"}),
    (
        ("--timeout",),
        {
            "type": float,
            "default": SECONDS,
            "metavar": "SECONDS",
            "help": f"that one request may take (default: {SECONDS:g})",
        },
    ),
)


def options_of(given: Namespace) -> Options:
    """Return the options of a pull; PullError for a wrong one."""
    from scopebox.store.sources.pulled import Options  # noqa: PLC0415 - loading the magics must be quick

    if not 1 <= given.timeout <= LONGEST:
        raise PullError(f"--timeout has to lie between 1 and {LONGEST:g} seconds, not {given.timeout:g}")
    return Options(
        items=0 if given.no_items else given.items,
        collections=_names(given.collections),
        exclude=_names(given.exclude),
        with_users=given.with_users,
    )


def token_of(environment: Mapping[str, str], ask: Callable[[str], str], url: str) -> str:
    """Return the token: that of the environment, where it may be empty for what everybody may read, or what the user types.

    PullError where nobody can be asked.
    """
    if TOKEN in environment:
        return environment[TOKEN]
    try:
        return ask(f"Token for {url[:200]} (nothing is shown; empty for what everybody may read): ")
    except (EOFError, NotImplementedError, OSError):
        raise PullError(
            "Nobody can be asked for the token here",
            hint=f"Set {TOKEN} in the environment before this process starts. It is never an argument: others can see those.",
        ) from None


def _names(given: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for text in given for name in text.split(",") if name.strip()))
