"""Permissions: one entry of a manifest, and the strict reading of entries and scopes.

The keys are those of "execution-types" (``permission``, ``optional``, ``role``, ``allowedUrls``) and of "sandbox" (``methods``
and ``urls`` of the request scope), plus ``methods`` in the former and ``reason``, the author's words to the user. Nothing is
coerced, nothing unknown is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Final, NoReturn

import msgspec

from scopebox.errors import ManifestError
from scopebox.names import SHOWN, closest, shown
from scopebox.regex import Re2
from scopebox.url_patterns import MAX_STEPS, UrlPattern

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
ITEMS: Final = ("create-items", "read-items", "update-items", "delete-items")
REGISTRATIONS: Final = ("register-filter", "register-action", "register-endpoint", "register-operation")
BUILT_IN: Final = (
    "log",
    "sleep",
    *REGISTRATIONS,
)  # in a manifest of permissions; scopes have only REGISTRATIONS built in
PERMISSIONS: Final = ("request", *ITEMS)
EXECUTION_TYPES: Final = (*BUILT_IN, *PERMISSIONS)
SCOPES: Final = ("log", "sleep", "request")

MAX_URLS: Final = 100  # in one entry
MAX_TEXT: Final = 300  # characters of a role or a reason

_KEYS: Final = ("permission", "optional", "role", "allowedUrls", "methods", "reason")


class Permission(
    msgspec.Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True, rename={"allowed_urls": "allowedUrls"}
):
    """One thing that an extension asks for. ``methods`` and ``allowed_urls`` belong to ``request``, ``role`` to items.

    ``permission`` is an execution type. Making one that is not valid raises :class:`ManifestError`.
    """

    permission: str
    optional: bool = False
    role: str | None = None
    allowed_urls: tuple[str, ...] = ()
    methods: tuple[str, ...] = METHODS
    reason: str = ""

    def __post_init__(self) -> None:
        _check_name(self.permission)
        _check_text(self.reason, "reason", empty=True)
        if self.permission in ITEMS:
            _check_role(self.role, self.permission)
        elif self.role is not None:
            raise ManifestError("only items permissions run under a role", place="role", hint="Remove the key.")
        if self.permission in BUILT_IN and self.optional:
            raise ManifestError(
                f"{self.permission} is built in and cannot be optional", place="optional", hint="Remove the key."
            )
        if self.permission != "request" and (self.allowed_urls or self.methods != METHODS):
            place = "allowedUrls" if self.allowed_urls else "methods"
            raise ManifestError(f"{self.permission} sends no requests", place=place, hint="Remove the key.")
        check_urls(self.allowed_urls, "allowedUrls")
        check_methods(self.methods, "methods")


def _check_name(name: str) -> None:
    if name in EXECUTION_TYPES:
        return
    match = closest(name, EXECUTION_TYPES)
    known = ", ".join(PERMISSIONS)
    raise ManifestError(
        f"there is no permission {shown(name)}",
        place="permission",
        hint=f'Did you mean "{match}"?' if match else f"The permissions are {known}.",
    )


def _check_role(role: str | None, permission: str) -> None:
    if role is None:
        raise ManifestError(
            f"{permission} needs the role it runs under",
            place="role",
            hint='Add the id or the name of a role, such as role = "editor".',
        )
    _check_text(role, "role", empty=False)


def _check_text(text: str, place: str, *, empty: bool) -> None:
    if not empty and not text:
        raise ManifestError("is empty", place=place, hint=f"Write the {place}, or remove the entry.")
    if len(text) > MAX_TEXT:
        raise ManifestError(f"has {len(text)} characters, {MAX_TEXT} are the limit", place=place, hint="Shorten it.")
    if text != text.strip() or not text.isprintable():
        raise ManifestError(
            f"{shown(text)} has spaces at its ends or characters that cannot be seen",
            place=place,
            hint="Write it in plain characters on one line.",
        )


def check_urls(urls: tuple[str, ...], place: str) -> None:
    """Raise :class:`ManifestError` unless all ``urls`` are URL patterns, each there once, and not too many."""
    if len(urls) > MAX_URLS:
        raise ManifestError(
            f"{len(urls)} URL patterns, {MAX_URLS} are the limit",
            place=place,
            hint="Use wildcards: https://api.example.com/*",
        )
    steps = 0
    with closing(Re2()) as re2:
        for index, text in enumerate(urls):
            if text in urls[:index]:
                raise ManifestError(
                    f"{shown(text)} is there twice", place=f"{place}[{index}]", hint="Remove one of them."
                )
            try:
                steps += UrlPattern.parse(text, re2).steps
            except ManifestError as error:
                raise ManifestError(error.message, place=f"{place}[{index}]", hint=error.hint) from None
            if steps > MAX_STEPS:
                raise ManifestError(
                    f"the regular expressions up to here are too large ({steps:,} steps, {MAX_STEPS:,} are the limit)",
                    place=f"{place}[{index}]",
                    hint="Repeat less in them, or use wildcards.",
                )


def check_methods(methods: tuple[str, ...], place: str) -> None:
    """Raise :class:`ManifestError` unless all ``methods`` are request methods, each there once."""
    for index, method in enumerate(methods):
        here = f"{place}[{index}]"
        if method not in METHODS:
            upper = method[:SHOWN].upper()
            hint = f'Write "{upper}".' if upper in METHODS else f"The methods are {', '.join(METHODS)}."
            raise ManifestError(f"{shown(method)} is no request method", place=here, hint=hint)
        if method in methods[:index]:
            raise ManifestError(f"{shown(method)} is there twice", place=here, hint="Remove one of them.")


def read_permissions(value: object, place: str) -> tuple[Permission, ...]:
    """Return the entries of a ``permissions`` array. ManifestError names the place of what is wrong."""
    if not isinstance(value, list | tuple):
        _wrong_type(
            value,
            "a list of objects",
            place,
            'For example: permissions = [{ permission = "read-items", role = "editor" }]',
        )
    found: dict[str, int] = {}
    permissions = []
    for index, data in enumerate(value):
        here = f"{place}[{index}]"
        permission = _read_entry(data, here)
        if permission.permission in found:
            raise ManifestError(
                f"{permission.permission} is asked for twice, first in {place}[{found[permission.permission]}]",
                place=here,
                hint="Make it one entry: what it allows must be readable in one place.",
            )
        found[permission.permission] = index
        permissions.append(permission)
    return tuple(permissions)


def _read_entry(data: object, place: str) -> Permission:
    entry = read_object(data, place, _KEYS, hints={"urls": "In permissions the key is allowedUrls."})
    if "permission" not in entry:
        raise ManifestError(
            "the entry does not say what it asks for",
            place=place,
            hint=f"Add permission: one of {', '.join(PERMISSIONS)}.",
        )
    name = read_text(entry["permission"], f"{place}.permission")
    if name == "request" and "allowedUrls" not in entry:
        raise ManifestError(
            "request needs the URLs that it may reach",
            place=f"{place}.allowedUrls",
            hint='Add allowedUrls, such as ["https://api.example.com/*"].',
        )
    flag = _read_flag(entry.get("optional", False), f"{place}.optional")
    role = read_text(entry["role"], f"{place}.role") if "role" in entry else None
    urls = _read_texts(entry.get("allowedUrls", ()), f"{place}.allowedUrls")
    methods = _read_texts(entry.get("methods", METHODS), f"{place}.methods")
    reason = read_text(entry.get("reason", ""), f"{place}.reason")
    try:
        return Permission(name, flag, role, urls, methods, reason)
    except ManifestError as error:
        message = error.message.removeprefix(f"{error.place}: ")
        raise ManifestError(message, place=f"{place}.{error.place}", hint=error.hint) from None


def read_scopes(value: object, place: str) -> tuple[Permission, ...]:
    """Return what a ``requestedScopes`` object asks for ("sandbox"). ManifestError names the place of what is wrong."""
    hints = dict.fromkeys(
        ITEMS, "Scopes give no access to items: ask for it in a permissions array, which exec reads."
    ) | dict.fromkeys(("methods", "urls"), "It belongs into requestedScopes.request.")
    scopes = read_object(value, place, SCOPES, hints=hints)
    permissions = []
    for name in scopes:
        here = f"{place}.{name}"
        if name != "request":
            read_object(scopes[name], here, (), hints={})
            permissions.append(Permission(name))
            continue
        scope = read_object(
            scopes[name], here, ("methods", "urls"), hints={"allowedUrls": "In requestedScopes the key is urls."}
        )
        for key, example in (("methods", '["GET"]'), ("urls", '["https://api.example.com/*"]')):
            if key not in scope:
                raise ManifestError(
                    f"the request scope needs its {key}", place=f"{here}.{key}", hint=f"Add {key}: {example}."
                )
        methods = _read_texts(scope["methods"], f"{here}.methods")
        urls = _read_texts(scope["urls"], f"{here}.urls")
        check_methods(methods, f"{here}.methods")
        check_urls(urls, f"{here}.urls")
        permissions.append(Permission(name, methods=methods, allowed_urls=urls))
    return tuple(permissions)


def read_object(value: object, place: str, keys: tuple[str, ...], *, hints: Mapping[str, str]) -> Mapping[str, object]:
    """Return ``value`` if it is an object with no other keys than ``keys``; ``hints`` are remedies for keys often mistaken."""
    if not isinstance(value, Mapping):
        _wrong_type(value, "an object", place)
    for key in value:
        if not isinstance(key, str):
            _wrong_type(key, "an object with text for keys", place)
        if key not in keys:
            match = closest(key, keys)
            known = f"The keys are {', '.join(keys)}." if keys else "It has no options: write {}."
            raise ManifestError(
                f"the key {shown(key)} is not known here",
                place=place,
                hint=hints.get(key) or (f"Did you mean {match}?" if match else known),
            )
    return value


def read_text(value: object, place: str) -> str:
    """Return ``value`` if it is text."""
    if not isinstance(value, str):
        _wrong_type(value, "text", place)
    return value


def _read_flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        _wrong_type(value, "true or false", place)
    return value


def _read_texts(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        _wrong_type(value, "a list of texts", place)
    if len(value) > MAX_URLS:
        raise ManifestError(f"{len(value)} entries, {MAX_URLS} are the limit", place=place, hint="Use wildcards.")
    return tuple(read_text(entry, f"{place}[{index}]") for index, entry in enumerate(value))


def _wrong_type(value: object, wanted: str, place: str, hint: str = "") -> NoReturn:
    raise ManifestError(f"has to be {wanted}, not {shown(value)}", place=place, hint=hint)
