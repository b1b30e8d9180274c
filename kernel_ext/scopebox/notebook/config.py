"""``%config Sandbox``: the limits of the cells that do not name their own. ``%config ScopeboxMagics``: their language, and what isolates them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traitlets import Float, Int, TraitError, Unicode, validate
from traitlets.config import Configurable

from scopebox.errors import IsolationError, SettingsError
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES, language_of
from scopebox.settings import ISOLATION, RANGES, Settings, check
from scopebox.vocabulary import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypedDict

    class Proposal(TypedDict):
        """What traitlets asks about."""

        value: float

    class NameProposal(TypedDict):
        """The same for a level of isolation, and for a language."""

        value: str


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


class ScopeboxMagics(Configurable):
    """What the cells of a notebook are written in unless they say so, and what isolates them."""

    lang = Unicode(
        DEFAULT_LANGUAGE.name, help=f"the language of %%sandbox cells without --lang: {', '.join(LANGUAGES)}"
    ).tag(config=True)
    isolation = Unicode(
        _DEFAULTS.isolation,
        help=f"the lowest level at which an extension is loaded, to be set before the first cell: {', '.join(LEVELS)}",
    ).tag(config=True)

    def __init__(self, accept: Callable[[str], None], **options: object) -> None:
        self._accept = accept
        super().__init__(**options)

    @validate("lang")
    def _check_lang(self, proposal: NameProposal) -> str:
        try:
            return language_of(proposal["value"]).name
        except ValueError as error:
            raise TraitError(str(error)) from None

    @validate("isolation")
    def _check_isolation(self, proposal: NameProposal) -> str:
        level = proposal["value"]
        try:
            check(ISOLATION, level)
            self._accept(level)
        except (SettingsError, IsolationError) as error:
            raise TraitError(str(error)) from None
        return level


def _checked(trait: str, limit: str, value: float) -> float:
    try:
        check(limit, value)
    except SettingsError as error:
        raise TraitError(f"Sandbox.{trait} {error.message.removeprefix(limit).strip()}") from None
    return value
