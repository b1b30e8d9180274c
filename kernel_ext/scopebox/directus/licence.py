"""Whether a live Directus applies what its permissions say: one of version 12 without a licence ignores a part of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from scopebox.directus.failures import RefusedError

if TYPE_CHECKING:
    from scopebox.directus.client import Client

RULES: Final = "custom_permission_rules_enabled"  # what a licence gives, in the words of a Directus 12
IGNORED: Final = (
    "this Directus 12 has no licence: it ignores permissions with a list of fields, a rule, validation or presets, and does not show "
    "them to pull; here every permission that is written holds as it is written"
)


def ignores_rules(client: Client, info: Mapping[str, object]) -> bool:
    """Whether the server, which says ``info`` of itself, ignores permissions with rules. A Directus 11 never does.

    Administrators may read what the licence gives; for others no licence means none of it.
    """
    licence = info.get("license")
    if not isinstance(licence, dict):
        return False
    try:
        found = client.record("/license")
    except RefusedError:
        return licence.get("source") is None
    gives = found.get("entitlements") if isinstance(found, dict) else None
    rules = gives.get(RULES) if isinstance(gives, dict) else None
    if not isinstance(rules, dict):
        return licence.get("source") is None
    override = rules.get("override")
    return not (rules.get("default") if override is None else override)
