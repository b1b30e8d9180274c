"""What came of something tried, as HTML: a response, or what each step of a rehearsal made of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.text.literals import json_text
from scopebox.text.visible import head_and_tail
from scopebox.views.data import items_of
from scopebox.views.html import Markup, badge, block, code, element, join, table, text
from scopebox.views.items import items_table
from scopebox.views.parts import took
from scopebox.workbench.response_bodies import json_of, says_json, text_of

from scopebox_widgets.view import failure

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from scopebox.workbench.tryout import Rehearsal, Step

MAX_BODY_CHARACTERS: Final = 8_000  # characters of a body that are shown
MAX_STEPS: Final = 50  # steps that are shown
MAX_DIFFERENCE_LINES: Final = 200  # lines of a difference that are shown
FIRST_ERROR_STATUS: Final = 400


def answer(response: httpx.Response, seconds: float) -> Markup:
    """Return a response as HTML: status, time, headers, body."""
    status = badge(
        f"{response.status_code} {response.reason_phrase}".strip(),
        "ok" if response.status_code < FIRST_ERROR_STATUS else "bad",
    )
    head = element("p", status, " ", took(seconds), ", ", f"{len(response.content):,} bytes")
    rows = [(code(name, 100), text(value, 300)) for name, value in response.headers.items()]
    headers = element(
        "details", element("summary", f"{len(rows)} headers"), table("Headers", ("Name", "Value"), rows, empty="")
    )
    return join([head, headers, _body(response) if response.content else element("p", "No body.")])


def _body(response: httpx.Response) -> Markup:
    """Return items as a table, other JSON with line feeds and indentation, other text as it is, and why, where it is said to be JSON."""
    try:
        body = json_of(response)
    except ValueError as error:
        shown = block(text_of(response, MAX_BODY_CHARACTERS), MAX_BODY_CHARACTERS)
        return join([shown, element("p", str(error), class_="sbx-muted")]) if says_json(response) else shown
    items = items_of(body)
    return block(_data(body), MAX_BODY_CHARACTERS) if items is None else items_table(items)


def filtered(done: Rehearsal) -> Markup:
    """Return what each filter made of the payload, and what came out."""
    if not done.steps:
        return element("p", "No filter listens to this event; the payload stays as it is.")
    return join([_steps(done, _changes), _end(done, "Result")])


def called(done: Rehearsal) -> Markup:
    """Return which actions were called."""
    if not done.steps:
        return element("p", "No action listens to this event.")
    return _steps(done, lambda step: failure(step.error) if step.error else element("p", "Called."))


def ran(done: Rehearsal) -> Markup:
    """Return what each operation was given and what it made."""
    drawn = _steps(
        done, lambda step: join([element("p", "Given"), block(_data(step.given), MAX_BODY_CHARACTERS), _made(step)])
    )
    return join([drawn, _end(done, "The last step made")])


def _made(step: Step) -> Markup:
    if step.error is not None:
        return failure(step.error)
    return join([element("p", "Made"), block(_data(step.made), MAX_BODY_CHARACTERS)])


def _steps(done: Rehearsal, shown: Callable[[Step], Markup]) -> Markup:
    drawn = [
        element(
            "li",
            element("p", code(step.label, 120), " of ", code(step.extension), ", ", took(step.seconds)),
            shown(step),
        )
        for step in done.steps[:MAX_STEPS]
    ]
    rest = [element("li", f"{len(done.steps) - MAX_STEPS:,} more steps")] if len(done.steps) > MAX_STEPS else []
    return element("ol", *drawn, *rest, class_="sbx-steps")


def _changes(step: Step) -> Markup:
    if step.error is not None:
        return failure(step.error)
    lines = step.difference()
    return changed(lines) if lines else element("p", badge("unchanged", "muted"))


def changed(lines: str) -> Markup:
    """Return a difference as HTML: what went and what came is marked by its sign and by colour."""
    kinds = {"-": "sbx-removed", "+": "sbx-added"}
    head, tail, between = head_and_tail(lines, MAX_DIFFERENCE_LINES)
    cut = [*head.split("\n"), *([f"  … {between:,} more lines", *tail.split("\n")] if between else [])]
    drawn = [element("span", text(line, 300), class_=kinds.get(line[:1], "sbx-same")) for line in cut]
    return element("pre", *drawn, tabindex="0", class_="sbx-block")


def _end(done: Rehearsal, words: str) -> Markup:
    if done.error is not None:
        return element("p", badge("ended by an error", "bad"))
    return join([element("p", words), block(_data(done.result), MAX_BODY_CHARACTERS)])


def _data(data: object) -> str:
    return json_text(data, MAX_BODY_CHARACTERS)
