"""A package tried on mocks, in a sandbox of its own that has no items and no network: what is tried, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import ScopeboxError
from scopebox.network.mocks import MockOptions
from scopebox.sandbox.sandbox import Sandbox
from scopebox.text.visible import shorten
from scopebox.workbench.review.account import Account, Runs, account_of_package
from scopebox.workbench.review.seen import account_of_extension

if TYPE_CHECKING:
    from scopebox.isolate.pool import IsolatePool
    from scopebox.packages.package import Package
    from scopebox.workbench.review.plan import MockOf, Plan, RequestOf

MAX_OUTCOME_CHARACTERS: Final = 500
_FAILED: Final = 400  # the lowest status that is an error


def tried(package: Package, plan: Plan, pool: IsolatePool | None = None) -> Account:
    """Load a package and try what the plan says; return its account with what was seen.

    Of what a Directus would run without a sandbox nothing is run: the account says so, and has no runs.
    """
    if package.refused is not None:
        return account_of_package(package)
    with Sandbox(pool=pool) as box:
        for mock in reversed(plan.mocks):  # the newest one that matches answers, and in a list one expects the first
            box.mock(mock.method, mock.url, **_answer(mock))
        try:
            extension = box.load_package(package)
        except ScopeboxError as error:
            runs = Runs(0, 0, tried=(f"load: failed: {_said(error)}",))
            return msgspec.structs.replace(account_of_package(package), runs=runs)
        outcomes = [f"load: ok, {', '.join(extension.registered) or 'registers nothing'}"]
        outcomes += [f"{what}: {_outcome(act)}" for what, act in _steps(box, plan)]
        return account_of_extension(extension, box.trace, box.log, outcomes)


def _answer(mock: MockOf) -> MockOptions:
    answer: MockOptions = {"status": mock.status, "headers": mock.headers, "text": mock.text}
    if mock.json is not msgspec.UNSET:
        answer["json"] = mock.json
    return answer


def _steps(box: Sandbox, plan: Plan) -> Iterator[tuple[str, Callable[[], object]]]:
    for request in plan.requests:
        yield f"{request.method} {request.path}", partial(_sent, box, request)
    for event in plan.events:
        if event.kind == "filter":
            yield f"filter {event.event}", partial(box.emit_filter, event.event, event.payload, event.meta)
        else:
            meta = event.meta if event.payload is None else {"payload": event.payload, **event.meta}
            yield f"action {event.event}", partial(box.emit_action, event.event, meta)
    for step in plan.operations:
        yield f"operation {step.operation}", partial(box.run_operation, step.operation, step.options)


def _sent(box: Sandbox, request: RequestOf) -> None:
    content = {} if request.body is msgspec.UNSET else {"json": wire.decode_json(request.body)}
    response = box.request(request.method.upper(), request.path, headers=request.headers, **content)
    if response.status_code >= _FAILED:
        raise ScopeboxError(f"{response.status_code} {shorten(response.text, MAX_OUTCOME_CHARACTERS)}")


def _outcome(act: Callable[[], object]) -> str:
    try:
        made = act()
    except (ScopeboxError, LookupError, TypeError, ValueError) as error:
        return f"failed: {_said(error)}"
    return "ok" if made is None else f"ok, {shorten(msgspec.json.encode(made).decode(), MAX_OUTCOME_CHARACTERS)}"


def _said(error: Exception) -> str:
    return shorten(str(error).replace("\n", " — "), 2 * MAX_OUTCOME_CHARACTERS)
