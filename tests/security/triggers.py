"""What happens after an attack's cell ran: requests, events and operations that call its handlers."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from scopebox.errors import ScopeboxError
from scopebox.sandbox import LoadOptions

from tests.security.corpus import CorpusError
from tests.security.evidence import Evidence

WAIT: Final = 5.0
_REQUEST: Final = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)(?: x(\d+))?(?: with (.*))?")
_HEADER: Final = re.compile(r"(Cookie|Authorization) (\S+)")
_EVENT: Final = re.compile(r"(create|read|update|delete) (\w+)(?: as (\w+))?")


def pull(evidence: Evidence, options: LoadOptions) -> None:
    """Do what the trigger says; CorpusError for one that nobody knows."""
    if evidence.attack.setup.get("kill_guest_before_trigger"):
        _kill(evidence)
    trigger = evidence.attack.trigger
    if trigger == "GET / then rerun at once":
        _rerun(evidence, options)
    elif trigger == "other extension log and request":
        _noted(evidence, lambda: evidence.box.run_operation("honest-speak"))
    elif match := _REQUEST.fullmatch(trigger):
        for _ in range(int(match[3] or 1)):
            _request(evidence, match[1], match[2], dict(_HEADER.findall(match[4] or "")))
    elif trigger.startswith("run "):
        _noted(evidence, lambda: evidence.box.run_operation(trigger.removeprefix("run ")))
    elif match := _EVENT.fullmatch(trigger):
        _event(evidence, match[1], match[2], match[3] or "admin")
    else:
        raise CorpusError(f"{evidence.attack.id}: unknown trigger {trigger!r}")


@contextmanager
def meanwhile(evidence: Evidence) -> Iterator[None]:
    """Send the requests of the trigger while the cell runs, as soon as there is an endpoint."""
    box, ended = evidence.box, threading.Event()

    def work() -> None:
        while not any(entry.extension == evidence.own for entry in box.endpoints):
            if ended.wait(0.005):
                return
        pull(evidence, {})

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _request(evidence: Evidence, method: str, path: str, headers: Mapping[str, str]) -> None:
    answer = evidence.box.request(method, f"/{evidence.own}{path}", headers=dict(headers))
    evidence.responses.append(answer)


def _noted(evidence: Evidence, work: Callable[[], object]) -> None:
    try:
        evidence.outcomes.append(work())
    except ScopeboxError as error:
        evidence.failures.append(error)


def _event(evidence: Evidence, verb: str, collection: str, role: str) -> None:
    items = evidence.box.items(collection, role)
    match verb:
        case "create":
            _noted(evidence, lambda: items.create([{"title": "triggered"}]))
        case "read":
            _noted(evidence, lambda: len(items.read({})))
        case "update":
            _noted(evidence, lambda: items.update({"filter": {"id": {"_eq": 1}}}, {"title": "triggered"}))
        case _:
            _noted(evidence, lambda: items.delete({"filter": {"id": {"_eq": 1}}}))


def _kill(evidence: Evidence) -> None:
    extension = evidence.extension
    if extension is None or extension.isolate is None:
        raise CorpusError(f"{evidence.attack.id}: there is no guest to be killed")
    os.kill(extension.isolate.pid, signal.SIGKILL)
    deadline = time.monotonic() + WAIT
    while extension.alive and time.monotonic() < deadline:
        time.sleep(0.005)


def _rerun(evidence: Evidence, options: LoadOptions) -> None:
    """Run the cell again, its answer changed, while the first answer is on its way."""
    first = threading.Thread(target=_request, args=(evidence, "GET", "/", {}))
    first.start()
    deadline = time.monotonic() + WAIT
    while not any(record.type.startswith("handler:") for record in evidence.box.trace) and time.monotonic() < deadline:
        time.sleep(0.005)
    evidence.box.load(evidence.source.replace("'v1'", "'v2'"), **options)
    first.join()
    evidence.responses.insert(0, evidence.responses[0])
    _request(evidence, "GET", "/", {})
