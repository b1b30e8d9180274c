"""The account of a package or of a loaded extension, as data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from scopebox.grants.sentences import describe, shown_url
from scopebox.manifest.bounds import MAX_SOURCE_CHARACTERS
from scopebox.manifest.package_shape import APP_TYPES
from scopebox.packages.code import Facts, facts_of
from scopebox.urls.patterns import RegexPattern
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.manifest.manifest import Manifest
    from scopebox.manifest.permission import Permission
    from scopebox.packages.package import Half, Package

ACCOUNT_VERSION: Final = 1
_LOOKED_AT: Final = f"the first {MAX_SOURCE_CHARACTERS:,} characters"

Category = Literal["unsandboxed", "app-half", "wide", "unused"]
CATEGORIES: Final[tuple[Category, ...]] = ("unsandboxed", "wide", "app-half", "unused")


class Finding(msgspec.Struct, frozen=True):
    """One thing that somebody should know before they install it."""

    category: Category
    words: str


class Asked(msgspec.Struct, frozen=True):
    """One permission that is asked for: ``sentence`` says what it lets the extension do."""

    permission: str
    sentence: str
    optional: bool = False
    reason: str = ""
    urls: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


class Asking(msgspec.Struct, frozen=True):
    """Requests to one host in the runs so far: how often with which method, and how many of them were refused or failed."""

    host: str
    methods: dict[str, int]
    refused: int = 0
    failed: int = 0


class Runs(msgspec.Struct, frozen=True):
    """What the extension did in the runs so far.

    ``tried`` says what became of each thing that was tried, ``others`` counts the calls that are no requests by what they say,
    ``refused`` those that were refused.
    """

    runs: int
    calls: int
    requests: tuple[Asking, ...] = ()
    others: dict[str, int] = {}
    refused: dict[str, int] = {}
    logs: tuple[str, ...] = ()
    logged: int = 0
    tried: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to know of a package or an extension before somebody installs it.

    ``outside`` is what no scope holds, ``refused`` why nothing of it is run here, ``imports`` are what its code wants besides
    ``directus:api``, which a sandbox refuses.
    """

    scopebox: int = ACCOUNT_VERSION
    where: str
    name: str
    version: str = ""
    licence: str = ""
    description: str = ""
    type: str = ""
    files: int = 0
    bytes: int = 0
    outside: tuple[Finding, ...] = ()
    refused: str = ""
    asks: tuple[Asked, ...] = ()
    wide: tuple[Finding, ...] = ()
    unused: tuple[Finding, ...] = ()
    imports: tuple[str, ...] = ()
    runs: Runs | None = None
    notes: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, the gravest first."""
        return (*self.outside, *self.wide, *self.unused)

    def json(self) -> str:
        """Return all of it as JSON text, in ASCII: it is printed on terminals, and a path may be no Unicode text."""
        return json.dumps(msgspec.to_builtins(self), indent=2)


def account_of_package(package: Package) -> Account:
    """Return the account of a package of which nothing was run."""
    code = None if package.api is None else facts_of(package.api.text)
    manifest = package.manifest
    return Account(
        where=package.where,
        name=package.name,
        version=package.version,
        licence=package.licence,
        description=package.description,
        type=package.kind,
        files=len(package.sizes),
        bytes=package.size,
        outside=tuple(_outside(package)),
        refused="" if package.refused is None else str(package.refused),
        asks=() if manifest is None else tuple(map(asked, manifest.permissions)),
        wide=() if manifest is None else wide(manifest),
        unused=() if manifest is None or code is None else _not_taken(manifest, code),
        imports=() if code is None else code.refused,
        notes=tuple(_notes(package, code)),
    )


def asked(permission: Permission) -> Asked:
    """Return a permission as it stands in an account."""
    urls = permission.allowed_urls if permission.permission == "request" else ()
    methods = permission.methods if permission.permission == "request" else ()
    return Asked(permission.permission, describe(permission), permission.optional, permission.reason, urls, methods)


def wide(manifest: Manifest) -> tuple[Finding, ...]:
    """Return where the hosts of requests are not written out."""
    return tuple(
        Finding("wide", words)
        for permission in manifest.permissions
        if permission.permission == "request"
        for words in _wide(permission)
    )


def _wide(permission: Permission) -> Iterator[str]:
    for pattern in permission.patterns:
        if not pattern.names_host():
            what = "a regular expression" if isinstance(pattern, RegexPattern) else "more than one host"
            yield f"{shown_url(pattern.text)} covers {what}: where the requests go is decided by the code."
    if any(url.startswith("http:") for url in permission.allowed_urls):
        yield "Requests may go over http, so everybody on the way can read and change them."
    if len(permission.methods) == len(METHODS):
        yield "Requests may have every method."


def _outside(package: Package) -> Iterator[Finding]:
    if package.kind == "bundle":
        yield Finding(
            "unsandboxed",
            "It is a bundle: a Directus runs all of it with full rights, on the server and in the browser, whatever its package.json "
            f"says about a sandbox. It has {_counted(package)}",
        )
    elif package.kind in APP_TYPES:
        yield Finding(
            "unsandboxed", f"It is of type {package.kind}: all of it runs in the browser, and no sandbox holds it."
        )
    elif not package.sandboxed:
        yield Finding(
            "unsandboxed",
            "It is not sandboxed: a Directus runs this with full rights, as it runs its own code. It reaches the database, all files and "
            "secrets of the server, and the network.",
        )
    if package.app is not None:
        yield Finding("app-half", _app_half(package.app))
    if package.scripts:
        yield Finding(
            "unsandboxed",
            f"npm runs a script of it when it is installed ({', '.join(package.scripts)}), with the rights of whoever installs it, unless that is "
            "done with --ignore-scripts.",
        )


def _counted(package: Package) -> str:
    entries = [f"{entry.name} ({entry.kind})" for entry in package.entries]
    return f"{len(entries):,} extensions: {', '.join(entries)}." if entries else "no list of its extensions."


def _app_half(half: Half) -> str:
    found = facts_of(half.text)
    where = "it runs in the browser of every user of the Data Studio, with their session, and no scope holds it"
    said = [f"It has an app half, {half.path} ({half.size:,} bytes): {where}"]
    for what, names in (
        ("addresses", found.hosts),
        ("names of storage", found.storage),
        ("names of network", found.network),
        ("what makes code or HTML", found.makes_code),
    ):
        if names:
            said.append(f"{what} in it: {', '.join(names)}")
    if len(said) == 1:
        said.append(
            "no address and no name of storage or network was seen in it, though code can make them while it runs"
        )
    if not half.whole:
        said.append(f"only {_LOOKED_AT} were looked at")
    return "; ".join(said) + "."


def _not_taken(manifest: Manifest, code: Facts) -> tuple[Finding, ...]:
    """Return the scopes whose function the code never imports."""
    if code.taken is None:
        return ()
    taken = code.taken
    return tuple(
        Finding("unused", f"It asks for {entry.permission}, and its code never imports that from directus:api.")
        for entry in manifest.permissions
        if entry.permission not in taken
    )


def _notes(package: Package, code: Facts | None) -> Iterator[str]:
    yield from package.notes
    if package.api is not None and not package.api.whole:
        yield f"Of the code for the server, only {_LOOKED_AT} were looked at."
    if not package.licence:
        yield "It names no licence."
    if code is not None and code.makes_code:
        yield f"The code for the server holds {', '.join(code.makes_code)}, which makes code while it runs; an isolate holds that as well."
