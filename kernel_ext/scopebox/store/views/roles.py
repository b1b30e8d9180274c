"""Who may do what: each role with what its policies add up to, and the users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.access.access import role_names
from scopebox.store.access.records import ACTIONS, ADMIN, PUBLIC
from scopebox.store.views.rules import rule_words, value_words
from scopebox.text.messages import listed
from scopebox.text.visible import clean
from scopebox.views.parts import Line, Part, Table, View, counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.store.access.access import Access
    from scopebox.store.access.records import AccessRule, Policy, Role, User

MAX_ROLES: Final = 50  # that are shown
MAX_ROWS: Final = 200  # of one role
MAX_USERS: Final = 200
MAX_FIELDS: Final = 50  # names of fields in a row
MAX_PRESETS: Final = 20  # in a row
_NAME: Final = 80  # characters of a name
_COLUMNS: Final = ("collection", "may", "fields", "items", "new values", "presets")
_CODE: Final = (3, 4, 5)
_LONG: Final = (2, 3, 4, 5)
_RARE: Final = (4, 5)  # columns that are left out where they are empty
_ALL: Final = "all"
_LABELS: Final = {"$t:public_label": "Public", "$t:admin_policy_label": "Administrator"}
ONE: Final = "%sandbox roles ROLE shows one of them."


def roles_view(access: Access, name: str | None = None) -> View:
    """Return what each role may do, or the role ``name`` alone, and which users there are. UnknownNameError for no role."""
    if name is not None:
        return View((*_role(access, name), *_users(access, name)), access)
    names = role_names(access)
    parts = [part for entry in names[:MAX_ROLES] for part in _role(access, entry)]
    if len(names) > MAX_ROLES:
        parts.append(Line(f"{counted(len(names) - MAX_ROLES, 'more role')}: {ONE}", "muted"))
    return View((*parts, *_users(access), *(Line(note, "warning") for note in access.notes)), access)


def _role(access: Access, name: str) -> tuple[Part, ...]:
    """Return what one role may do."""
    accountability = access.for_role(name)
    role = _found(access, name)
    above = access.line(role)[:-1]
    policies = access.policies_of(accountability)
    words = [
        clean(name if role is None else role.name, _NAME),
        f"below {listed([entry.name for entry in above])}" if above else "",
        f"by {listed([_label(policy.name) for policy in policies])}" if policies else "",
    ]
    caption = ", ".join(filter(None, words))
    if accountability.admin:
        return (Line(f"{caption}: everything"),)
    rows = _rows(policies)
    kept = [at for at in range(len(_COLUMNS)) if at not in _RARE or any(row[at] for row in rows)]
    shown = [[row[at] for at in kept] for row in rows[:MAX_ROWS]]
    columns = [_COLUMNS[at] for at in kept]
    return (Table(caption, columns, shown, len(rows) - len(shown), empty="nothing", code=_CODE, wrapped=_LONG),)


def _found(access: Access, name: str) -> Role | None:
    """Return the role of that key, id or name; None for one that is only built in."""
    named = (role for role in access.roles.values() if name in (role.id, role.name))
    return access.roles.get(name) or next(named, None)


def _label(name: str) -> str:
    """Return the name of a policy in words, where a Directus has a key of its translations."""
    return _LABELS.get(name, name)


def _rows(policies: list[Policy]) -> list[tuple[str, ...]]:
    """Return a row for all actions on a collection that come with the same conditions."""
    actions: dict[tuple[str, ...], set[str]] = {}
    for policy in policies:
        for rule in policy.permissions:
            actions.setdefault(_conditions(rule), set()).add(rule.action)
    order = [*ACTIONS, *sorted({action for found in actions.values() for action in found} - set(ACTIONS))]
    return [
        (collection, ", ".join(action for action in order if action in found), *conditions)
        for (collection, *conditions), found in actions.items()
    ]


def _conditions(rule: AccessRule) -> tuple[str, ...]:
    whole = rule.action == "delete" or "*" in rule.fields
    fields = _ALL if whole else _names(rule.fields) or "none"
    return (
        rule.collection,
        fields,
        rule_words(rule.permissions) or _ALL,
        rule_words(rule.validation),
        _presets(rule.presets),
    )


def _names(fields: Sequence[str]) -> str:
    more = f"{len(fields) - MAX_FIELDS:,} more" if len(fields) > MAX_FIELDS else ""
    return ", ".join(filter(None, [*(clean(name, _NAME) for name in fields[:MAX_FIELDS]), more]))


def _presets(presets: Mapping[str, object]) -> str:
    shown = [f"{clean(name, _NAME)} = {value_words(value)}" for name, value in list(presets.items())[:MAX_PRESETS]]
    return ", ".join([*shown, *(["…"] if len(presets) > MAX_PRESETS else [])])


def _users(access: Access, name: str | None = None) -> tuple[Part, ...]:
    """Return the users, those of one role alone if there is one; never their tokens."""
    role = None if name is None else _found(access, name)
    named = role.name if role is not None else name
    rows = [_user(access, user) for user in access.users.values()]
    found = [row for row in rows if named is None or row[1] == named]
    return (Table("Users", ("user", "role", "", "token"), found[:MAX_USERS], max(0, len(found) - MAX_USERS)),)


def _user(access: Access, user: User) -> tuple[str, ...]:
    role = access.roles.get(user.role or "")
    name = role.name if role is not None else ADMIN if user.admin or user.role == ADMIN else PUBLIC
    status = user.data.get("status")
    about = [
        "may do everything" if user.admin and role is not None else "",
        f"by {listed([_label(access.policies[key].name) for key in user.policies])}" if user.policies else "",
        status if isinstance(status, str) and status != "active" else "",
    ]
    return user.name, name, ", ".join(filter(None, about)), "has one" if user.token else "none"
