"""What happens after an attack's cell ran: requests, events and operations that call its handlers."""

from __future__ import annotations

import builtins
import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import httpx
from scopebox.errors import ScopeboxError
from scopebox.sandbox.items import Items
from scopebox.sandbox.options import LoadOptions
from scopebox_widgets.results import answer

from tests.security import steps
from tests.security.corpus import CorpusError
from tests.security.evidence import Evidence
from tests.security.trigger_words import Action, Event, Operations, Paths, Sending, evaluated, read
from tests.security.world import HONEST, SECOND

WAIT: Final = 5.0
UNREAD: Final = 3.0  # seconds for which a client reads nothing
MOST_KEPT: Final = 2**20  # bytes of an answer over HTTP that a check looks at
_NUMBERS: Final = itertools.count(1)  # of what is written
_SPECIAL: Final = ("GET / then rerun at once", "other extension log and request")


@dataclass(frozen=True)
class Trigger:
    """What follows a cell, one action after the other; text is one that has no parts.

    It is worked out before the attack: making a large body is none of the host's work.
    """

    actions: tuple[Action | str, ...] = ()

    @classmethod
    def of(cls, evidence: Evidence) -> Trigger:
        """Return the trigger of an attack; CorpusError for one that nobody knows."""
        attack, own = evidence.attack, evidence.own
        others = {HONEST, SECOND, str(attack.setup.get("existing_extension"))}
        if expression := attack.setup.get("trigger_expr"):
            try:
                value = builtins.eval(evidence.world.fill(str(expression), own))
            except Exception as error:
                raise CorpusError(f"{attack.id}: trigger_expr cannot be evaluated: {error!r}") from error
            action = evaluated(value, Paths(own, others, root=True))
            if action is None:
                raise CorpusError(f"{attack.id}: unknown trigger {value!r:.300}")
            return cls((action,))
        paths = Paths(own, others, attack.code)
        return cls(tuple(one for text in attack.triggers for one in _read(evidence.world.fill(text, own), paths)))

    @property
    def served(self) -> bool:
        """Whether it goes over HTTP."""
        return any(isinstance(action, Sending) and "box.serve" in action.place for action in self.actions)

    def pull(self, evidence: Evidence, options: LoadOptions) -> None:
        """Do what the trigger says."""
        if self.actions and evidence.attack.setup.get("kill_guest_before_trigger"):
            _kill(evidence)
        for action in self.actions:
            match action:
                case Sending():
                    _send(evidence, action)
                case Event():
                    _repeated([partial(_event, evidence, action)] * action.times, action)
                case Operations(names, data, times):
                    _repeated([partial(_operation, evidence, name, data) for name in names] * times, action)
                case "other extension log and request":
                    _operation(evidence, "honest-speak", None)
                case _:
                    _rerun(evidence, options)


def _read(text: str, paths: Paths) -> Iterator[Action | str]:
    """Yield what ``text`` says to do: one thing, or one then another."""
    if text in _SPECIAL:
        yield text
        return
    try:
        action, problem = read(text, paths), CorpusError(f"unknown trigger {text!r:.300}")
    except CorpusError as error:
        action, problem = None, error
    if action is not None:
        yield action
        return
    first, then, rest = text.partition(" then ")
    if not then:
        raise problem
    yield from _read(first.removesuffix(",").removesuffix(" and"), paths)
    yield from _read(rest, paths)


def _repeated(work: Sequence[Callable[[], None]], action: Event | Operations) -> None:
    if action.together:
        _at_once(work)
        return
    for one in work:
        one()


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
        fields = {"Host": address.netloc, **sending.headers}
        if sending.body:
            fields["Content-Length"] = str(len(sending.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        client.sendall(f"{sending.method} {sending.path} HTTP/1.1\r\n{head}\r\n".encode() + sending.body)
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


def _event(evidence: Evidence, event: Event) -> None:
    _noted(evidence, lambda: _happen(evidence.box.items(event.collection, event.role), event))


def _happen(items: Items, event: Event) -> object:
    data, one = event.payload(next(_NUMBERS)), {"filter": {"id": {"_eq": 1}}}
    match event.verb:
        case "create":
            return items.create(data if isinstance(data, list) else [data])  # type: ignore[list-item] # data of the corpus
        case "read":
            return len(items.read(data if event.data else {}))  # type: ignore[arg-type] # the query
        case "update":
            return items.update(one, data)  # type: ignore[arg-type]
        case _:
            return items.delete(data if event.data else one)  # type: ignore[arg-type]


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
