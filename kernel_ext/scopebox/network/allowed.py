"""What a permission lets a request do: its URLs and its methods, checked again at each redirect."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from scopebox.chains.meter import charged
from scopebox.grants.refusal import RefusalError
from scopebox.network.outgoing import refused_url
from scopebox.text.messages import quote
from scopebox.urls.patterns import RegexPattern, WildcardPattern, any_matches, in_groups
from scopebox.urls.re2 import Re2
from scopebox.vocabulary import METHODS

if TYPE_CHECKING:
    import asyncio

    from scopebox.manifest.permission import Permission
    from scopebox.network.outgoing import Outgoing
    from scopebox.urls.url import ParsedUrl
    from scopebox.vocabulary import Style

MAX_KEPT_ANSWERS: Final = 100  # of expressions about URLs, for all requests of a sandbox


class Allowed:
    """What permissions let the requests of a sandbox do; it runs their regular expressions."""

    def __init__(self) -> None:
        self._answers: dict[tuple[tuple[str, ...], ParsedUrl], bool] = {}  # of expressions, oldest first
        self._re2 = Re2()

    async def check(
        self,
        permission: Permission,
        outgoing: Outgoing,
        url: str,
        *,
        style: Style,
        matching: asyncio.Lock,
        redirect: bool = False,
    ) -> None:
        """Raise RefusalError unless ``permission`` covers URL and method; ``url`` is the text for the message.

        While an extension's regular expressions are matched, ``matching`` is held: one piece of that work at a time.
        """
        if not await self._covers(permission, outgoing.url, matching):
            key = "urls" if style == "api" else "allowedUrls"
            wanted = f"{outgoing.url.origin}/*"
            advice = f'Add to {key} of the manifest: "{wanted}"'
            hint = f"The request was redirected there. {advice}" if redirect else advice
            raise RefusalError(refused_url(url), "url", hint=hint, wanted="" if redirect else wanted)
        if outgoing.method not in permission.methods:
            raise _refused_method(outgoing.method, permission, redirect=redirect)

    def names_exactly(self, permission: Permission, url: ParsedUrl) -> bool:
        """Whether a pattern that covers ``url`` writes host and port out, as private addresses and secrets need."""
        return any(entry.names_host() and entry.matches(url, self._re2) for entry in permission.patterns)

    def close(self) -> None:
        """Free what matching took."""
        self._re2.close()

    async def _covers(self, permission: Permission, url: ParsedUrl, matching: asyncio.Lock) -> bool:
        """Whether a pattern of the permission matches ``url``: wildcards first, regular expressions off the loop."""
        if any(pattern.covers(url) for pattern in permission.patterns if isinstance(pattern, WildcardPattern)):
            return True
        expressions = [pattern for pattern in permission.patterns if isinstance(pattern, RegexPattern)]
        if not expressions:
            return False
        asked = permission.allowed_urls, url
        async with matching:  # those that waited for the same answer find it
            if asked not in self._answers:
                self._note(asked, await self._match(expressions, url))
            return self._answers[asked]

    async def _match(self, expressions: list[RegexPattern], url: ParsedUrl) -> bool:
        for group in in_groups(expressions, url):
            if await charged(partial(any_matches, group, url, self._re2)):
                return True
        return False

    def _note(self, asked: tuple[tuple[str, ...], ParsedUrl], answer: bool) -> None:  # noqa: FBT001 - the answer
        """Keep what the expressions said of a URL: the next request to it, and whoever waits to ask, has the answer."""
        while len(self._answers) >= MAX_KEPT_ANSWERS:
            del self._answers[next(iter(self._answers))]
        self._answers[asked] = answer


def _refused_method(method: str, permission: Permission, *, redirect: bool) -> RefusalError:
    wanted = ""
    if redirect:
        hint = f"A redirect made it a {method} request. The manifest allows {', '.join(permission.methods) or 'none'}."
    elif method.strip().upper() in permission.methods:
        hint = f'Write "{method.strip().upper()}".'
    elif method in METHODS:
        hint, wanted = f'Add "{method}" to methods of the manifest.', method
    else:
        hint = f"The methods are {', '.join(METHODS)}."
    return RefusalError(f"No permission to use request method {quote(method)}", "method", hint=hint, wanted=wanted)
