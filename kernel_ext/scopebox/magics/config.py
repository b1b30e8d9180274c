"""``%config Sandbox``: the limits of the cells that do not name their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traitlets import Float, Int, TraitError, validate
from traitlets.config import Configurable

from scopebox.errors import SettingsError
from scopebox.settings import RANGES, Settings, check

if TYPE_CHECKING:
    from typing import TypedDict

    class Proposal(TypedDict):
        """What traitlets asks about."""

        value: float


_DEFAULTS: Final = Settings()


def _help(limit: str) -> str:
    allowed = RANGES[limit]
    return f"{allowed.meaning}; {allowed.smallest:g} to {allowed.largest:g}"


class Sandbox(Configurable):
    """Limits of %%sandbox cells; the options of a cell win."""

    timeout = Float(_DEFAULTS.busy, help=_help("busy")).tag(config=True)
    wall = Float(_DEFAULTS.wall, help=_help("wall")).tag(config=True)
    memory = Int(_DEFAULTS.memory, help=_help("memory")).tag(config=True)

    @validate("timeout")
    def _check_timeout(self, proposal: Proposal) -> float:
        return _checked("timeout", "busy", proposal["value"])

    @validate("wall")
    def _check_wall(self, proposal: Proposal) -> float:
        return _checked("wall", "wall", proposal["value"])

    @validate("memory")
    def _check_memory(self, proposal: Proposal) -> float:
        return _checked("memory", "memory", proposal["value"])


def _checked(trait: str, limit: str, value: float) -> float:
    try:
        check(limit, value)
    except SettingsError as error:
        raise TraitError(f"Sandbox.{trait} {error.message.removeprefix(limit).strip()}") from None
    return value
