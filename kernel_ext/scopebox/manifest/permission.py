"""Permissions: one entry of a manifest, checked strictly.

The keys are those of "execution-types" (``permission``, ``optional``, ``role``, ``allowedUrls``) and of "sandbox" (``methods``
and ``urls`` of the request scope), plus ``methods`` in the former and ``reason``, the author's words to the user. Nothing is
coerced, nothing unknown is ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Final

import msgspec

from scopebox.errors import ManifestError
from scopebox.text.messages import MAX_QUOTED_CHARACTERS, hint, quote
from scopebox.urls.patterns import MAX_STEPS, RegexPattern, UrlPattern, check_expressions
from scopebox.urls.re2 import Re2
from scopebox.vocabulary import EXECUTION_TYPES, METHODS, PERMISSIONS

MAX_URLS: Final = 100  # in one entry
MAX_URLS_BYTES: Final = (
    20_000  # of all of them; a character of an international host takes as long as its bytes are many
)
MAX_TEXT_CHARACTERS: Final = 300  # characters of a role or a reason
_URLS: Final = "allowedUrls"


class Permission(
    msgspec.Struct,
    frozen=True,
    dict=True,  # for the patterns
    omit_defaults=True,
    repr_omit_defaults=True,
    rename={"allowed_urls": "allowedUrls"},
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
        row = EXECUTION_TYPES[self.permission]
        if "role" in row.entry_keys:
            _check_role(self.role, self.permission)
        elif self.role is not None:
            raise ManifestError("only items permissions run under a role", place="role", hint="Remove the key.")
        if row.built_in and self.optional:
            raise ManifestError(
                f"{self.permission} is built in and cannot be optional", place="optional", hint="Remove the key."
            )
        if "allowedUrls" not in row.entry_keys and (self.allowed_urls or self.methods != METHODS):
            place = "allowedUrls" if self.allowed_urls else "methods"
            raise ManifestError(f"{self.permission} sends no requests", place=place, hint="Remove the key.")
        _check_expressions(self.patterns)
        check_methods(self.methods, "methods")

    @cached_property
    def patterns(self) -> tuple[UrlPattern, ...]:
        """What the URL patterns are, in their order: they are read here, and by nobody else."""
        _check_sizes(self.allowed_urls)
        steps = 0
        patterns = []
        for index, text in enumerate(self.allowed_urls):
            here = f"{_URLS}[{index}]"
            if text in self.allowed_urls[:index]:
                raise ManifestError(f"{quote(text)} is there twice", place=here, hint="Remove one of them.")
            with _placed(here):
                pattern = UrlPattern.parse(text)
            steps += pattern.steps
            if steps > MAX_STEPS:
                raise ManifestError(
                    f"the regular expressions up to here are too large ({steps:,} steps, {MAX_STEPS:,} are the limit)",
                    place=here,
                    hint="Repeat less in them, or use wildcards.",
                )
            patterns.append(pattern)
        return tuple(patterns)

    def narrower(self, patterns: Sequence[UrlPattern], methods: tuple[str, ...]) -> Permission:
        """Return the entry with other ``patterns``, each of which was checked before; ManifestError if they are too many or too long."""
        urls = tuple(pattern.text for pattern in patterns)
        _check_sizes(urls)
        entry = msgspec.structs.replace(self, allowed_urls=(), methods=methods)
        msgspec.structs.force_setattr(entry, "allowed_urls", urls)  # what is known to compile is not compiled again
        entry.__dict__["patterns"] = tuple(patterns)
        return entry


def _check_name(name: str) -> None:
    if name in EXECUTION_TYPES:
        return
    raise ManifestError(
        f"there is no permission {quote(name)}",
        place="permission",
        hint=hint(name, EXECUTION_TYPES, f"The permissions are {', '.join(PERMISSIONS)}."),
    )


def _check_role(role: str | None, permission: str) -> None:
    if role is None:
        raise ManifestError(
            f"{permission} needs the role it runs under",
            place="role",
            hint='Add role = "…", the name of a role: %sandbox roles shows which there are.',
        )
    _check_text(role, "role", empty=False)


def _check_text(text: str, place: str, *, empty: bool) -> None:
    if not empty and not text:
        raise ManifestError("is empty", place=place, hint=f"Write the {place}, or remove the entry.")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise ManifestError(
            f"has {len(text)} characters, {MAX_TEXT_CHARACTERS} are the limit", place=place, hint="Shorten it."
        )
    if text != text.strip() or not text.isprintable():
        raise ManifestError(
            f"{quote(text)} has spaces at its ends or characters that cannot be seen",
            place=place,
            hint="Write it in plain characters on one line.",
        )


def _check_sizes(urls: tuple[str, ...]) -> None:
    """Raise :class:`ManifestError` if there are too many URL patterns, or too long ones."""
    if len(urls) > MAX_URLS:
        raise ManifestError(
            f"{len(urls)} URL patterns, {MAX_URLS} are the limit",
            place=_URLS,
            hint="Use wildcards: https://api.example.com/*",
        )
    size = sum(len(url.encode("utf-8", "replace")) for url in urls)
    if size > MAX_URLS_BYTES:
        raise ManifestError(
            f"the URL patterns have {size:,} bytes, {MAX_URLS_BYTES:,} are the limit",
            place=_URLS,
            hint="Use wildcards: https://api.example.com/*",
        )


def _check_expressions(patterns: Sequence[UrlPattern]) -> None:
    """Raise :class:`ManifestError`, which names the place, unless all regular expressions compile."""
    expressions = {place: pattern for place, pattern in enumerate(patterns) if isinstance(pattern, RegexPattern)}
    with closing(Re2()) as re2:
        try:
            check_expressions(expressions.values(), re2)
        except ManifestError:
            for place, pattern in expressions.items():
                with _placed(f"{_URLS}[{place}]"):
                    check_expressions([pattern], re2)
            raise


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Have an error name the ``place``."""
    try:
        yield
    except ManifestError as error:
        raise ManifestError(error.message, place=place, hint=error.hint) from None


def check_methods(methods: tuple[str, ...], place: str) -> None:
    """Raise :class:`ManifestError` unless all ``methods`` are request methods, each there once."""
    for index, method in enumerate(methods):
        here = f"{place}[{index}]"
        if method not in METHODS:
            upper = method[:MAX_QUOTED_CHARACTERS].upper()
            advice = f'Write "{upper}".' if upper in METHODS else f"The methods are {', '.join(METHODS)}."
            raise ManifestError(f"{quote(method)} is not a request method", place=here, hint=advice)
        if method in methods[:index]:
            raise ManifestError(f"{quote(method)} is there twice", place=here, hint="Remove one of them.")
