"""Values that the store writes by itself, as the special flags of fields say: keys, moments, who it was."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol

from scopebox.store.errors import internal_error
from scopebox.store.javascript import truthy
from scopebox.store.values.types import TIMES

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Field


class Author(Protocol):
    """In whose name a value is written, as far as values tell it."""

    @property
    def user(self) -> str | None:
        """The id of the user."""

    @property
    def role(self) -> str | None:
        """The id of the role."""


Made = Callable[[Author | None], object]
NOW: Final = "$NOW"
"""The default of a column that is the moment of the insert."""

GENERATORS: Final = {
    "uuid": "create", "date-created": "create", "user-created": "create", "role-created": "create",
    "date-updated": "update", "user-updated": "update", "role-updated": "update",
}  # fmt: skip
"""The special flags that write values, and when they do. All but ``uuid`` replace what a payload says."""
CREATED: Final = frozenset(flag for flag, action in GENERATORS.items() if action == "create")


def made(field: Field, action: Literal["create", "update"]) -> Made | None:
    """Return what makes the value of ``field`` in every ``action``; None if nothing does."""
    flag = next((flag for flag in field.special if GENERATORS.get(flag) == action), None)
    if flag is None or flag == "uuid":
        return None
    what = flag.partition("-")[0]
    if what == "date":
        return lambda _: moment(field)
    return lambda who: None if who is None else who.user if what == "user" else who.role


def filled(field: Field, given: dict[str, object]) -> object:
    """Return the value of ``field`` in a create that says ``given``: a random key or the default moment, if that is missing."""
    value = given.get(field.name)
    if "uuid" in field.special and not truthy(value):
        return str(uuid.uuid4())
    return moment(field) if stamped(field) and field.name not in given else value


def stamped(field: Field) -> bool:
    """Return whether the default of ``field`` is the moment of the insert."""
    return field.default == NOW and field.type in TIMES


def check_written(computed: Collection[str], payload: Collection[str], *, update: bool) -> None:
    """Raise the DirectusError 500 of a database for a value of one of the columns that it computes."""
    name = next((name for name in payload if name in computed), None)
    if name is not None:
        updated = f'column "{name}" can only be updated to DEFAULT'
        raise internal_error(updated if update else f'cannot insert a non-DEFAULT value into column "{name}"')


def moment(field: Field) -> str:
    """Return the present moment as a value of ``field``."""
    text = now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text[11:19] if field.type == "time" else text


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)
