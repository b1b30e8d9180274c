"""Entries of a manifest: one permission or scope, read and checked key by key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NoReturn

from scopebox.errors import ManifestError
from scopebox.manifest.permission import MAX_URLS, Permission, check_methods
from scopebox.text.messages import hint, quote
from scopebox.vocabulary import (
    BUILT_IN,
    EXECUTION_TYPES,
    ITEMS,
    METHODS,
    PERMISSION_KEYS,
    PERMISSIONS,
    REGISTRATIONS,
    SCOPES,
)

_SCOPE = 'request = { methods = ["GET"], urls = ["https://api.example.com/*"] }, or in JSON: "request": {"methods": ["GET"], "urls": ["https://api.example.com/*"]}'


def read_permissions(value: object, place: str) -> tuple[Permission, ...]:
    """Return the entries of a ``permissions`` array. ManifestError names the place of what is wrong."""
    if not isinstance(value, list | tuple):
        _wrong_type(
            value,
            "a list of objects",
            place,
            'For example: permissions = [{ permission = "log" }]',
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
    named = data.get("permission") if isinstance(data, Mapping) else None
    if (
        isinstance(data, Mapping)
        and named in (*BUILT_IN, *REGISTRATIONS)
        and any(key not in PERMISSION_KEYS for key in data)
    ):
        raise ManifestError(
            f"{named} is built in and takes nothing here", place=place, hint="Remove the entry: every extension has it."
        )
    if isinstance(data, str):
        _wrong_type(
            data,
            "an object",
            place,
            f'Write {{ permission = {quote(data)}, … }}, in JSON {{"permission": {quote(data)}, …}}.',
        )
    entry = read_object(data, place, PERMISSION_KEYS, hints={"urls": "In permissions the key is allowedUrls."})
    if "permission" not in entry:
        raise ManifestError(
            "the entry does not say what it asks for",
            place=place,
            hint=f"Add permission: one of {', '.join(PERMISSIONS)}.",
        )
    name = read_text(entry["permission"], f"{place}.permission")
    row = EXECUTION_TYPES.get(name)
    if row is not None and "allowedUrls" in row.entry_keys and "allowedUrls" not in entry:
        raise ManifestError(
            f"{name} needs the URLs that it may reach",
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
        raise _below(error, place, {}) from None


def _below(error: ManifestError, place: str, names: Mapping[str, str]) -> ManifestError:
    """Return an error of an entry as one of what was written at ``place``, where its keys have other ``names``."""
    key, bracket, index = error.place.partition("[")
    message = error.message.removeprefix(f"{error.place}: ")
    return ManifestError(message, place=f"{place}.{names.get(key, key)}{bracket}{index}", hint=error.hint)


def read_scopes(value: object, place: str) -> tuple[Permission, ...]:
    """Return what a ``requestedScopes`` object asks for ("sandbox"). ManifestError names the place of what is wrong."""
    hints = dict.fromkeys(
        ITEMS, "Scopes give no access to items: ask for it in a permissions array, which exec reads."
    ) | dict.fromkeys(("methods", "urls"), "It belongs in requestedScopes.request.")
    if not isinstance(value, Mapping):
        _wrong_type(value, "an object", place, f"Write log = {{}} for one that takes nothing; {_SCOPE}")
    scopes = read_object(value, place, SCOPES, hints=hints)
    permissions = []
    for name in scopes:
        here = f"{place}.{name}"
        keys = EXECUTION_TYPES[name].scope_keys or ()
        if not isinstance(scopes[name], Mapping):
            right = (
                f"Write, with the methods and URLs of your own, {_SCOPE}" if keys else "It has no options: write {}."
            )
            _wrong_type(scopes[name], "an object", here, right)
        scope = read_object(
            scopes[name], here, keys, hints={"allowedUrls": "In requestedScopes the key is urls."} if keys else {}
        )
        if not keys:
            permissions.append(Permission(name))
            continue
        for key, example in (("methods", '["GET"]'), ("urls", '["https://api.example.com/*"]')):
            if key not in scope:
                raise ManifestError(
                    f"the {name} scope needs its {key}",
                    place=f"{here}.{key}",
                    hint=f"Write {_SCOPE if not scope else _pair(key, example)}",
                )
        methods = _read_texts(scope["methods"], f"{here}.methods")
        urls = _read_texts(scope["urls"], f"{here}.urls")
        check_methods(methods, f"{here}.methods")
        try:
            permissions.append(Permission(name, methods=methods, allowed_urls=urls))
        except ManifestError as error:
            raise _below(error, here, {"allowedUrls": "urls"}) from None
    return tuple(permissions)


def read_object(value: object, place: str, keys: Collection[str], *, hints: Mapping[str, str]) -> Mapping[str, object]:
    """Return ``value`` if it is an object with no other keys than ``keys``; ``hints`` are remedies for keys often mistaken."""
    if not isinstance(value, Mapping):
        _wrong_type(value, "an object", place)
    for key in value:
        if not isinstance(key, str):
            _wrong_type(key, "an object with text for keys", place)
        if key not in keys:
            nothing = "" if keys else "It has no options: write {}."
            raise ManifestError(
                f"the key {quote(key)} is not known here", place=place, hint=hints.get(key) or hint(key, keys, nothing)
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
        _wrong_type(value, "a list of texts", place, f"Write [{quote(value)}]." if isinstance(value, str) else "")
    if len(value) > MAX_URLS:
        raise ManifestError(f"{len(value)} entries, {MAX_URLS} are the limit", place=place, hint="Use wildcards.")
    return tuple(read_text(entry, f"{place}[{index}]") for index, entry in enumerate(value))


def _wrong_type(value: object, wanted: str, place: str, hint: str = "") -> NoReturn:
    raise ManifestError(f"has to be {wanted}, not {quote(value)}", place=place, hint=hint)


def _pair(key: str, value: str) -> str:
    return f'{key} = {value} in it, or in JSON: "{key}": {value}'
