"""Least privilege: what a manifest asks for and the runs so far did not need. Suggested, never applied.

It rests on the trace, so it knows what happened and not what may happen: a suggestion always says on how many runs it rests.
"""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import ManifestError
from scopebox.grants.sentences import shown_url
from scopebox.journal.trace import MAX_ARGUMENTS_BYTES, first_text
from scopebox.text.difference import line_by_line
from scopebox.text.literals import record_text
from scopebox.text.visible import clean
from scopebox.urls.patterns import WildcardPattern, characters_at_once
from scopebox.urls.re2 import Re2
from scopebox.urls.url import parse_url
from scopebox.views.parts import counted
from scopebox.vocabulary import API_PREFIX, HANDLER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.extension.extension import Extension
    from scopebox.journal.records import CallRecord
    from scopebox.languages import Language
    from scopebox.manifest.manifest import Manifest
    from scopebox.manifest.permission import Permission
    from scopebox.urls.patterns import UrlPattern
    from scopebox.urls.url import ParsedUrl

MAX_HOSTS: Final = 5  # a wildcard that served more hosts than this is left as it is
MAX_REQUESTS: Final = 200  # different requests that are compared with the patterns; to read one takes up to 0.4 ms
MAX_LINE_CHARACTERS: Final = 300  # characters of a line of text
_METHOD: Final = re.compile(r'"method":"([A-Z]{1,10})"')
_CUT: Final = " … "
# Both stand for all that lies in a folder: a pattern that allows them allows the whole folder.
_ANY_PATH: Final = "any.thing/at-all"
_ANY_QUERY: Final = "what=ever"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as the trace kept it; ``method`` is empty where the trace cut it off."""

    url: ParsedUrl
    method: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could go from the manifest of an extension.

    ``runs`` and ``calls`` say on how much it rests; ``unused`` are entries that no call needed, ``narrower`` pairs of an entry
    and the narrower one that would have been enough, ``notes`` what may speak against it. ``manifest`` is the result;
    it is written for cells in ``language``.
    """

    extension: str
    runs: int
    calls: int
    unused: tuple[Permission, ...]
    narrower: tuple[tuple[Permission, Permission], ...]
    notes: tuple[str, ...]
    before: Manifest
    manifest: Manifest
    language: Language

    __repr__ = record_text

    @property
    def difference(self) -> str:
        """The change of the manifest, all lines of it: ``-`` goes, ``+`` comes. Empty if there is nothing to change."""
        old, new = (each.toml(self.language.name).splitlines() for each in (self.before, self.manifest))
        return "" if old == new else "\n".join(sign + line for sign, line in line_by_line(old, new))

    @property
    def basis(self) -> str:
        """On what it rests, in a sentence."""
        if not self.runs:
            return "Nothing is known yet: the trace has no call of it."
        runs = "1 run" if self.runs == 1 else f"{self.runs:,} runs"
        calls = "1 call" if self.calls == 1 else f"{self.calls:,} calls"
        return f"This rests on {runs} with {calls}; permissions that these runs did not use may still be needed."

    def text(self) -> str:
        """Return everything as plain text."""
        lines = [f"{self.extension}: {self.summary}", self.basis]
        lines += [f"  never used: {entry.permission}" for entry in self.unused]
        lines += [f"  {line}" for before, after in self.narrower for line in changes(before, after)]
        lines += [f"  note: {note}" for note in self.notes]
        if self.difference:
            lines += ["", self.difference]
        return "\n".join(clean(line, MAX_LINE_CHARACTERS) for line in "\n".join(lines).split("\n"))

    @property
    def summary(self) -> str:
        """What is suggested, in a sentence."""
        if not self.runs:
            return "run it first."
        if not self.unused and not self.narrower:
            return "it asks for what it uses, no more."
        total = counted(len(self.before.permissions), "permission")
        unused, narrower = len(self.unused), len(self.narrower)
        if not unused:
            return f"{narrower} of {total} could be narrower."
        words = f"{unused} of {total} {'was' if unused == 1 else 'were'} never used"
        return f"{words} and {narrower} could be narrower." if narrower else f"{words}."


def changes(before: Permission, after: Permission) -> list[str]:
    """Return in words how an entry could be narrower."""
    lines = []
    gone = [shown_url(url) for url in before.allowed_urls if url not in after.allowed_urls]
    new = [shown_url(url) for url in after.allowed_urls if url not in before.allowed_urls]
    if gone:
        lines.append(f"{', '.join(gone)} {'could be ' + ', '.join(new) if new else 'was never used'}")
    if before.methods != after.methods:
        lines.append(f"methods could be {', '.join(after.methods)}")
    return lines


def suggest(
    extension: Extension, records: Iterable[CallRecord], *, dropped: int = 0, requests: int = MAX_REQUESTS
) -> Suggestion:
    """Return what could go from the manifest of ``extension``, given the ``records`` of a trace.

    ``dropped`` is how many older records the trace no longer has, ``requests`` how many different ones are compared.
    """
    mine = [record for record in records if record.extension == extension.name]
    calls = [record for record in mine if not record.type.startswith(HANDLER_PREFIX)]
    worked = [record for record in calls if record.state != "refused"]
    used = {record.type.removeprefix(API_PREFIX) for record in calls}  # a call that was refused was wanted all the same
    before = extension.manifest
    if not calls:
        return Suggestion(extension.name, 0, 0, (), (), (), before, before, extension.language)
    unused = tuple(entry for entry in before.permissions if entry.permission not in used)
    sent, unread = _requests(worked, min(requests, _comparable(before, requests)))
    kept = [entry for entry in before.permissions if entry.permission in used]
    after = [narrowed(entry, sent) if entry.permission == "request" and not unread else entry for entry in kept]
    narrower = tuple((old, new) for old, new in zip(kept, after, strict=True) if old != new)
    notes = (*_refused(calls), *_unheard(extension), *_gaps(unread, dropped), *(_REDIRECTS if narrower else ()))
    manifest = msgspec.structs.replace(before, permissions=tuple(after), notes=())
    runs = len({record.chain for record in mine})
    return Suggestion(extension.name, runs, len(calls), unused, narrower, notes, before, manifest, extension.language)


_REDIRECTS: Final = ("Where a redirect leads is not in the trace; keep the URLs that answers redirect to.",)


def _refused(calls: Iterable[CallRecord]) -> list[str]:
    """Say which calls were refused: the manifest asks for too little rather than too much there."""
    found: dict[str, int] = {}
    for record in calls:
        if record.state == "refused":
            words = f"{record.type.removeprefix(API_PREFIX)} ({record.reason})"
            found[words] = found.get(words, 0) + 1
    return [f"Refused, and so perhaps still needed: {words}: {number:,}." for words, number in found.items()]


def _unheard(extension: Extension) -> list[str]:
    """Say which handlers never ran: what they would need is not known."""
    found = extension.services.registry.registrations_of(extension.name)
    usages = [entry.usage for entry in found.hooks]
    usages += [entry.usage for entry in found.endpoints]
    usages += [entry.usage for entry in found.operations]
    silent = sum(not usage.calls for usage in usages)
    return [f"{silent} of its {len(usages)} handlers never ran; they may need more."] if silent else []


def _gaps(unread: int, dropped: int) -> list[str]:
    notes = []
    if unread:
        notes.append(
            f"The URL of {unread} requests is too long for the trace, or one of more than are compared, so URLs and methods are left as they are."
        )
    if dropped:
        notes.append(f"The trace has forgotten its {dropped:,} oldest calls.")
    return notes


def _comparable(manifest: Manifest, requests: int) -> int:
    """Return how many requests regular expressions are compared with in a part of a piece of work: that of so many ``requests``."""
    steps = [pattern.steps for entry in manifest.permissions for pattern in entry.patterns if pattern.steps]
    return max(0, characters_at_once(sum(steps), len(steps)) * requests // MAX_REQUESTS // MAX_ARGUMENTS_BYTES)


def _requests(records: Iterable[CallRecord], most: int) -> tuple[list[Sent], int]:
    """Return the requests among some calls, each once, and how many could not be read from the trace.

    Only ``most`` different ones are read: the others count as not read.
    """
    sent: dict[str, Sent | None] = {}
    unread = 0
    for record in records:
        if record.type.removeprefix(API_PREFIX) == "request":
            if record.arguments not in sent and len(sent) < most:
                sent[record.arguments] = sent_in(record.arguments)
            unread += sent.get(record.arguments) is None
    return list(dict.fromkeys(filter(None, sent.values()))), unread


def sent_in(arguments: str) -> Sent | None:
    """Return the request that the shortened arguments of a call tell, None where its URL cannot be read."""
    first = first_text(arguments)
    if first is None:
        return None
    text, end = first
    try:
        url = parse_url(text)
    except ValueError:
        return None
    method = _METHOD.search(arguments, end)
    unknown = _CUT in arguments and method is None
    return Sent(url, "" if unknown else method[1] if method else "GET")


def narrowed(permission: Permission, sent: Sequence[Sent]) -> Permission:
    """Return the narrowest entry that would have allowed what was sent; ``permission`` itself where nothing is gained."""
    found: dict[str, UrlPattern] = {}
    left = [request.url for request in sent]
    with closing(Re2()) as re2:
        for pattern in permission.patterns:
            places = set(pattern.among(left, re2))
            served = [url for place, url in enumerate(left) if place in places]
            left = [url for place, url in enumerate(left) if place not in places]
            found.update({narrower.text: narrower for narrower in _narrower(pattern, served, re2)})
    if left or not found:  # a pattern that changed since: nothing is certain
        return permission
    used = {request.method for request in sent}
    methods = tuple(entry for entry in permission.methods if "" in used or entry in used)
    try:
        return permission.narrower(tuple(found.values()), methods)
    except ManifestError:  # a folder for each origin is more than an entry may have
        return permission


def _narrower(pattern: UrlPattern, served: Sequence[ParsedUrl], re2: Re2) -> list[UrlPattern]:
    """Return what could stand in place of one URL pattern: nothing, itself, or a folder for each origin that it served."""
    origins: dict[str, list[ParsedUrl]] = {}
    for url in served:
        origins.setdefault(url.origin, []).append(url)
    if len(origins) > MAX_HOSTS:
        return [pattern]
    folders = [(urls[0], _folder([url.path for url in urls])) for urls in origins.values()]
    anything = [replace(url, path=f"{folder}{_ANY_PATH}", query=_ANY_QUERY) for url, folder in folders]
    if len(pattern.among(anything, re2)) < len(anything):
        return [pattern]
    return [WildcardPattern.of_folder(url, folder) for url, folder in folders]


def _folder(paths: Sequence[str]) -> str:
    """Return the folder that all ``paths`` have in common, with its slash."""
    split = [path.split("/")[:-1] for path in paths]
    common = takewhile(lambda parts: len(set(parts)) == 1, zip(*split, strict=False))
    return "/".join(parts[0] for parts in common) + "/"
