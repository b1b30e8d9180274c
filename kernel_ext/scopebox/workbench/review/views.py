"""An account on the page: what is outside every scope first, then what is asked for, how wide, what was done, what was not used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.views.parts import Block, Line, Part, Table, View, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.workbench.review.account import Account, Asking, Runs

NOT_A_VERDICT: Final = "This is an account, not a verdict: it says what is there and what was seen. Nothing in it says that the package does no harm."
NOTHING_OUTSIDE: Final = (
    "No app half, no bundle, nothing that npm runs: what is asked for below is all that a Directus lets it do."
)


def account_view(account: Account) -> View:
    """Return the whole account; its ``value`` is the account as data."""
    return View((*_head(account), *_asked(account), *_done(account), *_rest(account)), account)


def _head(account: Account) -> Iterator[Part]:
    named = f"{account.name} {account.version}".strip()
    yield Line(f"{named}: what no scope holds")
    for finding in account.outside:
        yield Line(finding.words, "warning")
    if not account.outside:
        yield Line(
            NOTHING_OUTSIDE if account.version else "Nothing: a cell has neither an app half nor a package.", "plain"
        )
    if account.refused:
        yield Line(f"Nothing of it is run here. {account.refused}", "refused")


def _asked(account: Account) -> Iterator[Part]:
    rows = [
        (asked.permission, asked.sentence, "optional" if asked.optional else "", asked.reason) for asked in account.asks
    ]
    if not account.refused:
        columns = ("permission", "it may", "", "reason, by the author")
        used = [at for at in range(len(columns)) if at < 2 or any(row[at] for row in rows)]  # noqa: PLR2004 - the first two
        yield Table(
            "What it asks for",
            [columns[at] for at in used],
            [[row[at] for at in used] for row in rows],
            empty="nothing",
            code=(0,),
            wide=(1,),
            wrapped=(1,),
        )
    for finding in account.wide:
        yield Line(f"Wide: {finding.words}", "warning")


def _done(account: Account) -> Iterator[Part]:
    runs = account.runs
    if runs is None:
        if not account.refused:
            yield Line("Nothing of it was run: what it does is not known. With --run it is tried on mocks.", "muted")
    elif not runs.runs:
        yield Line("It was loaded, and nothing of it was called: what it does is not known.", "muted")
    else:
        yield Line(
            f"What it did in {counted(runs.runs, 'run')} with {counted(runs.calls, 'call')}; other runs may do more."
        )
        yield Table(
            "Requests",
            ("host", "requests", "refused", "failed"),
            [_request(asking) for asking in runs.requests],
            code=(0,),
        )
        if runs.others:
            yield Table("Other calls", ("call", "times"), list(runs.others.items()), code=(0,))
        if runs.refused:
            yield Table("Refused calls", ("call (reason)", "times"), list(runs.refused.items()), code=(0,))
    if runs is not None:
        yield from _said(runs)
    for finding in account.unused:
        yield Line(f"Not used: {finding.words}", "warning")


def _said(runs: Runs) -> Iterator[Part]:
    if runs.tried:
        yield Block("\n".join(runs.tried), "tried")
    if runs.logs:
        more = f"\n… {runs.logged - len(runs.logs):,} more" if runs.logged > len(runs.logs) else ""
        yield Block("\n".join(runs.logs) + more, "log")
    for note in runs.notes:
        yield Line(note, "muted")


def _request(asking: Asking) -> tuple[object, ...]:
    methods = ", ".join(f"{count:,} {method}" for method, count in asking.methods.items())
    return asking.host, methods, asking.refused, asking.failed


def _rest(account: Account) -> Iterator[Part]:
    if account.imports:
        yield Line(f"Its code imports {', '.join(account.imports)}, which a sandbox refuses.", "warning")
    facts = [
        account.where,
        f"type {account.type}" if account.type else "",
        counted(account.files, "file"),
        f"{account.bytes:,} bytes",
        f"licence {account.licence}" if account.licence else "",
    ]
    yield Line(" · ".join(filter(None, facts)), "muted")
    if account.description:
        yield Line(f"By its author: {account.description}", "muted")
    for note in account.notes:
        yield Line(note, "warning")
    yield Line(NOT_A_VERDICT, "muted")
