"""What is so before an attack begins: pools, rows, secrets, grants that were given, and others who are at work."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from scopebox.errors import ScopeboxError
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.options import LoadOptions
from scopebox.store.store import Store

from tests.security import forms
from tests.security.corpus import Attack, CorpusError
from tests.security.evidence import Evidence
from tests.security.world import HONEST, World

RAW = ("confinement", "rpc")
_REQUEST = re.compile(r"\b(?:requests?|asks?|fetch(?:es)?)\b|\bserver\b", re.IGNORECASE)
_ROWS = {
    "articles": "INSERT INTO articles (id, title, status) SELECT 1000 + range, 'row ' || range, 'published' FROM range(?)",
    "big": "INSERT INTO big (id, n) SELECT 1000 + range, range FROM range(?)",
    "secrets": "INSERT INTO secrets (id, value) SELECT 1000 + range, 'row ' || range FROM range(?)",
    "users": "INSERT INTO users (id, name) SELECT 1000 + range, 'user ' || range FROM range(?)",
}


def honest(attack: Attack) -> bool:
    """Whether another extension can be loaded beside the attack."""
    return "before_handshake" not in attack.code and not attack.setup.get("guest_seccomp_fails")


def on_loopback(attack: Attack) -> bool:
    """Whether requests may reach loopback where a manifest names it: not in an attack that is about nothing of that kind."""
    words = ("{ALLOWED_URL}", "{SELF_URL}", "other extension log and request", "second_extension", "second_request")
    return any(attack.mentions(word) for word in words)


@contextmanager
def pool_for(world: World, attack: Attack) -> Iterator[IsolatePool]:
    """Yield the pool that the attack wants; one that is made for it ends with it."""
    raw = attack.layer in RAW
    without = forms.texts(attack, "without")
    with _descriptors(attack):
        if attack.setup.get("guest_seccomp_fails"):
            pool = world.unconfined_pool()
        elif "before_handshake" in attack.code and raw:
            pool = world.early_pool(attack.code)
        elif without or attack.setup.get("host_open_descriptors"):
            pool = world.lower_pool(without, raw=raw)
        else:
            yield world.raw_pool if raw else world.pool
            return
        try:
            yield pool
        finally:
            pool.close()


@contextmanager
def _descriptors(attack: Attack) -> Iterator[None]:
    wanted = int(str(attack.setup.get("host_open_descriptors") or 0))
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(wanted)]
    try:
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)


def fill(store: Store, attack: Attack) -> None:
    """Put the rows into the store that the attack wants to be there."""
    rows = attack.setup.get("rows") or {}
    if (
        not isinstance(rows, dict)
        or set(rows) - set(_ROWS)
        or not all(isinstance(count, int) for count in rows.values())
    ):
        raise CorpusError(f"{attack.id}: these rows cannot be made: {rows}")
    for name, count in rows.items():
        sql = _ROWS[name]
        store.database.write_now(lambda session, sql=sql, count=count: session.execute(sql, [count]))  # type: ignore[misc]


def grants(evidence: Evidence, options: LoadOptions) -> None:
    """Give what was granted before, to an honest extension of the attack's name."""
    setup, box = evidence.attack.setup, evidence.box
    for key in ("granted_before", "granted_before_for_other_code", "trusted_extension_granted"):
        given = setup.get(key)
        if not given:
            continue
        if key == "trusted_extension_granted" and isinstance(given, str):
            given = [given]
        one = not isinstance(given, dict) or {"permission", "permissions"} & given.keys()
        names: dict[str, object] = {evidence.own: given} if one else dict(given)  # type: ignore[call-overload] # an object
        for name, entries in names.items():
            manifest = _entries(evidence, entries, options)
            source = given if key == "granted_before_for_other_code" and isinstance(given, str) else "1"
            extension = box.load(source, name=name, manifest=manifest)
            for permission, grant in extension.grants.items():
                if grant.permission.optional:
                    extension.grants.grant(permission)
            extension.unload()
    evidence.decided = dict(box.decisions)


def _entries(evidence: Evidence, given: object, options: LoadOptions) -> object:
    """Return a manifest in which ``given`` is optional: entries, names of permissions, or nothing for the attack's own."""
    if not isinstance(given, list | Mapping):
        return options.get("manifest")
    entries = given if isinstance(given, list) else given.get("permissions", [given])
    found = []
    for entry in entries:
        plain = {"permission": entry} if isinstance(entry, str) else dict(entry)
        if plain["permission"] == "request":
            plain.setdefault("allowedUrls", [f"{evidence.world.allowed_server.url}/*"])
        elif str(plain["permission"]).endswith("-items"):
            plain.setdefault("role", "reader")
        found.append({**plain, "optional": plain["permission"] not in ("log", "sleep")})
    return evidence.world.replaced(found, evidence.own)


def is_carried_out(words: str) -> bool:
    """Whether words of a set-up say what is done here: names that are found otherwise, or a request of another extension."""
    key, _, text = words.partition(": ")
    return key == "resolver" or (key == "second_extension" and bool(_REQUEST.search(text)))


@contextmanager
def beside(evidence: Evidence) -> Iterator[None]:
    """Let another extension work while the attack does, as the attack says, and note what went wrong with it."""
    setup = evidence.attack.setup
    ended = threading.Event()
    work: list[Callable[[Evidence, threading.Event], None]] = []
    if setup.get("second_extension"):
        work.append(_request_beside)
    if setup.get("second_extension_pending_endpoint"):
        work.append(_pending)
    threads = [threading.Thread(target=_guarded, args=(one, evidence, ended)) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _guarded(work: Callable[[Evidence, threading.Event], None], evidence: Evidence, ended: threading.Event) -> None:
    try:
        work(evidence, ended)
    except ScopeboxError as error:
        evidence.beside.append(f"the other extension fails: {error}")


def _request_beside(evidence: Evidence, ended: threading.Event) -> None:
    """Have the honest extension send a request to a healthy server, once the attack is at work."""
    while not evidence.calls and not ended.wait(0.01):
        pass
    ended.wait(0.3)
    start = time.monotonic()
    answer = evidence.box.run_operation("honest-speak")
    evidence.seconds["second_extension"] = time.monotonic() - start
    if answer != "ok":
        evidence.beside.append(f"the other extension got {answer!r}")


def _pending(evidence: Evidence, _ended: threading.Event) -> None:
    """Have a request to the honest extension wait for its answer while the attack is at work."""
    answer = evidence.box.request("GET", f"/{HONEST}/slow")
    if answer.text != "slow pong":
        evidence.beside.append(f"the other endpoint answered {answer.status_code} {answer.text[:100]!r}")


@contextmanager
def sampled(evidence: Evidence, pool: IsolatePool) -> Iterator[None]:
    """Count the processes of guests while the attack runs, where that is asked for."""
    if "max_guest_processes" not in evidence.attack.must:
        yield
        return
    ended = threading.Event()

    def count() -> None:
        while not ended.wait(0.01):
            evidence.guests = max(evidence.guests, len(tuple(pool._parts.isolates)))

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def close(evidence: Evidence) -> None:
    """Close the sandbox, and note how long that took."""
    start = time.monotonic()
    evidence.box.close()
    evidence.seconds["close"] = time.monotonic() - start
