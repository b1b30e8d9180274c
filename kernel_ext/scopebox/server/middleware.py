"""What happens to every request before a route sees it, in the order of a Directus: its body, its token, its query string."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scopebox.server.application import ADMIN
from scopebox.server.authentication import accountability_of
from scopebox.server.query_string import parse_query, query_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from scopebox.store.access import Accountability
    from scopebox.store.store import Store


@dataclass(frozen=True, slots=True)
class Admission:
    """In whose name something is asked, and by what query; it was checked, and asks for all fields if it says nothing of them."""

    who: Accountability
    query: dict[str, object]


def admit(store: Store, request: Request) -> Admission:
    """Return who asks for what; DirectusError for a token that nobody has, or a query string that is none, whatever the route is."""
    query = parse_query(query_of(request))
    who = accountability_of(store, request, query)
    request.scope[ADMIN] = who.admin
    if query:
        query = query if query.get("fields") else {"fields": "*", **query}
        store.reader.check(query, who)
    return Admission(who, query)
