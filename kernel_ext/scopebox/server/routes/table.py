"""The table of these routes, and finding the one for a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.server.routes import empty, facts, permissions, schema, sessions, utilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.server.routes.route import Answer

OWNER: Final = "items"  # whose limits requests for most of these routes count against
ANY: Final = "*"
_ROUTES: Final[Mapping[str, Answer]] = {
    "POST auth/login": sessions.login,
    "POST auth/refresh": sessions.refresh,
    "POST auth/logout": sessions.logout,
    "POST auth/password/request": sessions.request_reset,
    "GET auth": sessions.providers,
    "GET collections": schema.collections,
    "SEARCH collections": schema.collections,
    "GET collections/*": schema.collection,
    "GET fields": schema.fields,
    "GET fields/*": schema.fields_of,
    "GET fields/*/*": schema.field,
    "GET relations": schema.relations,
    "GET relations/*": schema.relations_of,
    "GET relations/*/*": schema.relation,
    "GET schema/snapshot": schema.snapshot,
    "GET server/info": facts.info,
    "GET server/health": facts.health,
    "GET permissions/me": permissions.mine,
    "GET policies/me/globals": permissions.globals_,
    "POST utils/cache/clear": utilities.clear_cache,
    "POST utils/sort/*": utilities.sort,
    "GET utils/random/string": utilities.random_string,
    "GET mcp": facts.mcp,
    "POST mcp": facts.mcp,
    "GET assets/*": empty.asset,
    **{f"GET {name}": empty.absent for name in empty.ABSENT},
    **{f"GET {name}": empty.nothing for name in empty.NAMES},
    **{f"GET {name}/*": empty.not_there for name in empty.NAMES},
}


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a request, whose limits it counts against, and what its path has in the places of ``*``."""

    answer: Answer
    owner: str
    names: tuple[str, ...]


def find(method: str, segments: Sequence[str]) -> Found | None:
    """Return what answers ``method`` at the path of ``segments``, which are decoded; None where nothing does."""
    for pattern, answer in _PATTERNS.get((method, segments[0].lower(), len(segments)), ()) if segments else ():
        if all(map(_fits, pattern, segments)):
            names = tuple(segment for part, segment in zip(pattern, segments, strict=True) if part == ANY)
            return Found(answer, sessions.OWNER if answer in _OF_SESSIONS else OWNER, names)
    return None


def _fits(part: str, segment: str) -> bool:
    return part == ANY or part == segment.lower()


_OF_SESSIONS: Final = (sessions.login, sessions.refresh, sessions.logout)
# By the method, the first part, which no route leaves open, and the number of parts; the first that fits answers.
_PATTERNS: Final[dict[tuple[str, str, int], list[tuple[list[str], Answer]]]] = {}
for _route, _answer in _ROUTES.items():
    _method, _path = _route.split()
    _parts = _path.split("/")
    _PATTERNS.setdefault((_method, _parts[0], len(_parts)), []).append((_parts, _answer))
