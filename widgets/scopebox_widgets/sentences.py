"""Plain sentences: what an extension can do now, and what exactly a permission covers. Text, not HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox.grants.sentences import describe, shown_url
from scopebox.text.visible import clean
from scopebox.vocabulary import ITEMS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.extension.extension import Extension
    from scopebox.grants.grants import Grant
    from scopebox.manifest.permission import Permission
    from scopebox.store.access import Access
    from scopebox.store.access.records import AccessRule as Rule

MAX_RULE_CHARACTERS: Final = 120  # characters of a rule for items
MAX_NAME_CHARACTERS: Final = 60
MAX_NAMED: Final = 6  # fields or collections that are named before the rest is counted


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Return words as a list in prose."""
    if not words:
        return "nothing"
    *front, last = words
    return f"{', '.join(front)} {joint} {last}" if front else last


def ability(extension: Extension) -> str:
    """Return in one sentence what an extension can do now."""
    if not extension.alive:
        reason = extension.ended.message if extension.ended is not None else "its isolate does not run"
        return f"Can do nothing: it has ended ({clean(reason, 120)}). Run its cell again."
    granted = [entry.permission for entry in extension.grants.values() if entry.state in ("required", "granted")]
    undecided = waiting(extension)
    rest = f" Waiting for a decision: {', '.join(undecided)}." if undecided else ""
    if not granted:
        return f"Can do nothing yet but what is built in.{rest}"
    return f"Can {listed([clean(words, 160) for words in _abilities(granted)])}.{rest}"


def waiting(extension: Extension) -> list[str]:
    """Return the permissions that an extension asks for and nobody has decided about."""
    return [name for name, entry in extension.grants.items() if entry.waits]


def short_name(extension: str) -> str:
    """Return the name of an extension without what all names begin with, for where the whole one is at hand."""
    return clean(extension.removeprefix("directus-extension-") or extension, MAX_NAME_CHARACTERS)


def _abilities(granted: Sequence[Permission]) -> list[str]:
    """Return what permissions allow; those for items are joined where they are for the same role."""
    verbs: dict[str, list[str]] = {}
    for permission in granted:
        said = describe(permission)
        said = said[:1].lower() + said[1:]
        if permission.permission in ITEMS:
            verbs.setdefault(f"items as {permission.role}", []).append(said.partition(" ")[0])
        else:
            verbs[said] = []
    return [f"{listed(words)} {said}" if words else said for said, words in verbs.items()]


def wildcards(permission: Permission) -> list[str]:
    """Return the URLs of a permission that reach further than one host, the widest first."""
    return sorted(
        (url for url in permission.allowed_urls if _wide(url)), key=lambda url: (_host(url).strip("*") != "", url)
    )


def _host(url: str) -> str:
    return url.partition("://")[2].split("/", 1)[0]


def _wide(url: str) -> bool:
    return url.startswith("/") or "*" in _host(url)


def ordered_urls(permission: Permission) -> list[str]:
    """Return the URLs of a permission, those with wildcards first: a long list must not hide them."""
    wide = wildcards(permission)
    return [*wide, *(url for url in permission.allowed_urls if url not in wide)]


def warning(access: Access, permission: Permission) -> str:
    """Return a warning about wildcards that reach many hosts, and about roles that may everything; empty where there is no reason."""
    if permission.permission in ITEMS:
        return "Wide: every item" if _may_everything(access, permission) else ""
    wide = wildcards(permission)
    if not wide:
        return ""
    what = [
        "every public host" if not _host(url).strip("*") and not url.startswith("/") else _matching(url)
        for url in wide[:3]
    ]
    return f"Wide: {listed(what)}{f' and {len(wide) - 3} more' if len(wide) > 3 else ''}"  # noqa: PLR2004


def _may_everything(access: Access, permission: Permission) -> bool:
    try:
        return permission.role is not None and access.for_role(permission.role).admin
    except LookupError:
        return False


def _matching(url: str) -> str:
    return (
        f"every URL that matches {shown_url(url)}"
        if url.startswith("/")
        else f"every host that matches {_host(shown_url(url))}"
    )


def methods(permission: Permission) -> str:
    """Return the request methods of a permission, empty for others."""
    if permission.permission != "request":
        return ""
    return "any method" if set(permission.methods) == set(METHODS) else " ".join(permission.methods)


def reach(access: Access, permission: Permission) -> str:
    """Return what the role behind an items permission may do, empty for other permissions."""
    if permission.permission not in ITEMS or permission.role is None:
        return ""
    action = permission.permission.partition("-")[0]
    try:
        accountability = access.for_role(permission.role)
    except LookupError:
        return "There is no such role any more."
    if accountability.admin:
        return f"May {action} every item of every collection."
    rules = [
        rule for policy in access.policies_of(accountability) for rule in policy.permissions if rule.action == action
    ]
    if not rules:
        return f"May {action} nothing."
    return f"May {action} {_some([_rule(rule) for rule in rules])}."


def _rule(rule: Rule) -> str:
    every = "*" in rule.fields
    fields = "" if every else f" ({_some(list(rule.fields))})"
    where = (
        f" where {clean(msgspec.json.encode(rule.permissions).decode(), MAX_RULE_CHARACTERS)}"
        if rule.permissions
        else ""
    )
    return f"{rule.collection}{fields}{where}"


def _some(words: list[str]) -> str:
    if len(words) <= MAX_NAMED:
        return listed(words)
    return f"{', '.join(words[:MAX_NAMED])} and {len(words) - MAX_NAMED} more"


def meaning(grant: Grant) -> str:
    """Return the plain sentence for a permission."""
    return clean(describe(grant.permission), 400)


def totals(extensions: Iterable[Extension]) -> tuple[int, int]:
    """Return how many extensions there are, and how many of them run."""
    every = list(extensions)
    return len(every), sum(extension.alive for extension in every)
