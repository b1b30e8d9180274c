"""What happens after an attack's cell ran: requests, events and operations that call its handlers."""

from __future__ import annotations

import builtins
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx
from scopebox.errors import ScopeboxError
from scopebox.sandbox.options import LoadOptions
from scopebox_widgets.results import answer

from tests.security import steps
from tests.security.corpus import CorpusError
from tests.security.evidence import Evidence

WAIT: Final = 5.0
UNREAD: Final = 3.0  # seconds for which a client reads nothing
MOST_KEPT: Final = 2**20  # bytes of an answer over HTTP that a check looks at
_REQUEST: Final = re.compile(
    r"(?P<method>GET|POST|PUT|PATCH|DELETE) (?P<path>/\S*)(?: (?P<body>[\[{\"].*?))?(?: x ?(?P<times>\d+)(?P<together> at once)?)?"
    r"(?P<place> over box\.serve(?:, unread)?| in the panel's Try a request)?(?: with (?P<headers>.*))?"
)
_HEADER: Final = re.compile(r"(Cookie|Authorization) (\S+)")
_EVENT: Final = re.compile(r"(create|read|update|delete) (\w+)(?: as (\w+))?(?: x ?(\d+))?")
_OPERATION: Final = re.compile(r"run ([^\s{\[]+)(?: ([{\[].*))?")
_TOGETHER: Final = "run first and second at the same time"


@dataclass(frozen=True)
class Sending:
    """A request of a trigger; ``place`` is where it goes in: nothing for the application itself."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    times: int = 1
    together: bool = False
    place: str = ""


@dataclass(frozen=True)
class Trigger:
    """What follows a cell. It is worked out before the attack: making a large body is none of the host's work."""

    text: str
    sending: Sending | None = None

    @classmethod
    def of(cls, evidence: Evidence) -> Trigger:
        """Return the trigger of an attack; CorpusError for one that nobody knows."""
        attack, own = evidence.attack, evidence.own
        if expression := attack.setup.get("trigger_expr"):
            value = builtins.eval(evidence.world.fill(str(expression), own))
            if isinstance(value, str):
                method, _, path = value.partition(" ")
                return cls(value, Sending(method, path, {}))
            method, path, headers, body = value
            return cls(f"{method} {path[:80]}", Sending(method, path, headers, body))
        text = evidence.world.fill(attack.trigger, own)
        if match := _REQUEST.fullmatch(text):
            return cls(text, _sending(match, own))
        known = not text or text in (_TOGETHER, "GET / then rerun at once", "other extension log and request")
        if not (known or _EVENT.fullmatch(text) or _OPERATION.fullmatch(text)):
            raise CorpusError(f"{attack.id}: unknown trigger {text!r}")
        return cls(text)

    def pull(self, evidence: Evidence, options: LoadOptions) -> None:
        """Do what the trigger says."""
        if not self.text:
            return
        if evidence.attack.setup.get("kill_guest_before_trigger"):
            _kill(evidence)
        if self.sending is not None:
            _send(evidence, self.sending)
        elif self.text == "GET / then rerun at once":
            _rerun(evidence, options)
        elif self.text == "other extension log and request":
            _noted(evidence, lambda: evidence.box.run_operation("honest-speak"))
        elif self.text == _TOGETHER:
            _at_once([lambda: _operation(evidence, "first", None), lambda: _operation(evidence, "second", None)])
        elif match := _OPERATION.fullmatch(self.text):
            _operation(evidence, match[1], json.loads(match[2]) if match[2] else None)
        elif match := _EVENT.fullmatch(self.text):
            for _ in range(int(match[4] or 1)):
                _event(evidence, match[1], match[2], match[3] or "admin")


def _sending(match: re.Match[str], own: str) -> Sending:
    words = match["headers"] or ""
    pairs = [word.partition(": ") for word in words.split(", ")] if ": " in words else ()
    headers = {name: value for name, _, value in pairs} or dict(_HEADER.findall(words))
    body = (match["body"] or "").encode()
    if body:
        headers.setdefault("Content-Type", "application/json")
    place = (match["place"] or "").strip()
    return Sending(
        match["method"],
        f"/{own}{match['path']}",
        headers,
        body,
        int(match["times"] or 1),
        bool(match["together"]),
        place,
    )


@contextmanager
def meanwhile(evidence: Evidence, trigger: Trigger) -> Iterator[None]:
    """Send the requests of the trigger while the cell runs, as soon as there is an endpoint."""
    box, ended = evidence.box, threading.Event()

    def work() -> None:
        while not any(entry.extension == evidence.own for entry in box.endpoints):
            if ended.wait(0.005):
                return
        trigger.pull(evidence, {})

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _send(evidence: Evidence, sending: Sending) -> None:
    send = {
        "": _inside,
        "over box.serve": _served,
        "over box.serve, unread": _unread,
        "in the panel's Try a request": _panel,
    }[sending.place]
    url = evidence.box.serve().url if "box.serve" in sending.place else ""
    if sending.together:
        _at_once([lambda: send(evidence, sending, url)] * sending.times)
        return
    for _ in range(sending.times):
        send(evidence, sending, url)


def _inside(evidence: Evidence, sending: Sending, _url: str) -> None:
    headers, content = dict(sending.headers), sending.body or None
    try:
        with steps.step("a request"):
            answer = evidence.box.request(sending.method, sending.path, headers=headers, content=content)
    except ScopeboxError as error:
        evidence.failures.append(error)
    else:
        evidence.responses.append(answer)


def _served(evidence: Evidence, sending: Sending, url: str) -> None:
    request = httpx.stream(
        sending.method,
        url + sending.path,
        headers=dict(sending.headers),
        content=sending.body or None,
        trust_env=False,
        verify=False,  # there is nothing to be verified, and loading certificates takes long
        timeout=30,
    )
    with request as answer:
        if int(answer.headers.get("content-length", "0")) <= MOST_KEPT:
            answer.read()
            evidence.responses.append(answer)
            return
        for _ in answer.iter_raw():  # the client is part of this process, and what it kept would count as the sandbox's
            pass
    evidence.responses.append(httpx.Response(answer.status_code, headers=answer.headers))


def _unread(_evidence: Evidence, sending: Sending, url: str) -> None:
    """Send the request, and read nothing of the answer until the client goes."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as client:
        client.sendall(f"{sending.method} {sending.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        time.sleep(UNREAD)


def _panel(evidence: Evidence, sending: Sending, _url: str) -> None:
    """Send the request, and show its answer as the form of the panel does."""
    _inside(evidence, sending, "")
    for response in evidence.responses[-1:]:
        with steps.step("an answer in the panel"):
            shown = str(answer(response, 0.0))
        evidence.shell += shown


def _at_once(work: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _operation(evidence: Evidence, name: str, data: object) -> None:
    _noted(evidence, lambda: evidence.box.run_operation(name, data))


def _request(evidence: Evidence, method: str, path: str, headers: Mapping[str, str]) -> None:
    _inside(evidence, Sending(method, f"/{evidence.own}{path}", headers), "")


def _noted(evidence: Evidence, work: Callable[[], object]) -> None:
    try:
        with steps.step("an event or an operation"):
            outcome = work()
        evidence.outcomes.append(outcome)
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
