"""Playing recorded sequences of requests against the items API, and comparing the answers and the hook events."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import quote, urlencode

import httpx
from scopebox.chain import Chain
from scopebox.errors import DirectusError
from scopebox.events import matches
from scopebox.http.items import items_routes
from scopebox.settings import Settings
from scopebox.store import Store
from scopebox.store.emitting import Emitter, EventContext, EventKind, Silence
from starlette.applications import Starlette

Json = dict[str, object]
UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Chains:
    """Starts chains that nothing limits."""

    def start(self, root: str, wall: float | None = None) -> Chain:
        return Chain.start(root, Settings(), wall=wall)


@dataclass
class Host:
    """What the items API needs instead of a sandbox."""

    store: Store
    events: Emitter = field(default_factory=Silence)
    roots: Chains = field(default_factory=Chains)


def client_for(store: Store, emitter: Emitter | None = None) -> httpx.AsyncClient:
    """Return a client of the items API of ``store``."""
    app = Starlette(routes=items_routes(Host(store, emitter or Silence())))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def _parameters(query: Mapping[str, object]) -> str:
    """Return ``query`` as URL parameters: lists of names with commas, objects as JSON."""
    pairs = []
    for name, value in query.items():
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            pairs.append((name, ",".join(cast("list[str]", value))))
        elif isinstance(value, dict | list | bool):
            pairs.append((name, json.dumps(value)))
        elif value is not None:
            pairs.append((name, str(value)))
    return urlencode(pairs)


def _request(step: Json) -> tuple[str, str, object, Mapping[str, object]]:
    """Return method, path below the collection, body (None: no body) and URL query of ``step``."""
    key = "/" + quote(str(step["key"]), safe="") if "key" in step else ""
    back = cast("Json", step.get("return_query") or {})
    query = cast("Json", step.get("query") or {})
    op = step["op"]
    if op == "read" and key:
        return "GET", key, None, query
    if op == "read":
        body = step["body"] if "body" in step else {name: step[name] for name in ("keys", "query") if name in step}
        return "SEARCH", "", body, {}
    shapes: dict[str, tuple[str, object]] = {
        "create": ("POST", step.get("data")),
        "update": ("PATCH", step.get("data")),
        "update_many": ("PATCH", {"keys": step.get("keys"), "data": step.get("data")}),
        "update_query": ("PATCH", {"query": step.get("query"), "data": step.get("data")}),
        "update_batch": ("PATCH", step.get("data")),
        "update_raw": ("PATCH", step.get("body")),
        "delete": ("DELETE", None),
        "delete_many": ("DELETE", step.get("keys")),
        "delete_keys": ("DELETE", {"keys": step.get("keys")}),
        "delete_query": ("DELETE", {"query": step.get("query")}),
        "delete_raw": ("DELETE", step.get("body")),
    }
    method, body = shapes[str(op)]
    return method, key, body, back


async def send(client: httpx.AsyncClient, store: Store, step: Json, role: str) -> httpx.Response:
    """Send the request of ``step`` in the name of ``role``."""
    method, path, body, query = _request(step)
    headers = {}
    user = store.access.users.get(role)
    token = user.token if user else "wrong"
    if token:
        headers["authorization"] = f"Bearer {token}"
    content = None
    if body is not None:
        content = body if isinstance(body, str) else json.dumps(body)
        headers["content-type"] = "application/json"
    url = f"/items/{step['collection']}{path}"
    if query:
        url += "?" + _parameters(query)
    return await client.request(method, url, content=content, headers=headers)


def answer_of(response: httpx.Response) -> Json:
    """Return an answer in the shape of the recordings."""
    if response.status_code == 204:
        return {"status": 204, "data": None}
    content = response.json()
    if "errors" not in content:
        return cast("Json", content)
    entries = [
        {
            "code": entry["extensions"].pop("code"),
            "message": entry["message"],
            "extensions": entry["extensions"] or None,
        }
        for entry in content["errors"]
    ]
    error: Json = {"status": response.status_code, **entries[0]}
    if len(entries) > 1:
        error["all"] = [{"code": entry["code"], "message": entry["message"]} for entry in entries]
    return {"error": error}


def same(expected: object, actual: object) -> bool:
    """Whether two JSON values are equal: numbers by value, ``<uuid>`` for any uuid."""
    if expected == "<uuid>":
        return isinstance(actual, str) and UUID.fullmatch(actual) is not None
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(value, actual[name]) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    return expected == actual


def same_answer(expected: Json, actual: Json, *, ordered: bool = True) -> bool:
    """Whether an answer is the recorded one; text of a database driver does not count."""
    if "error" in expected:
        wanted, found = cast("Json", expected["error"]), cast("Json", actual.get("error", {}))
        names = ["status", "code"] if wanted.get("database_text") else ["status", "code", "message"]
        if not wanted.get("database_text"):
            names += [name for name in ("extensions", "all") if name in wanted]
        return all(same(wanted.get(name), found.get(name)) for name in names)
    if not ordered and isinstance(expected.get("data"), list) and isinstance(actual.get("data"), list):
        rest = list(cast("list[object]", actual["data"]))
        for row in cast("list[object]", expected["data"]):
            at = next((at for at, other in enumerate(rest) if same(row, other)), None)
            if at is None:
                return False
            rest.pop(at)
        return not rest and same(expected.get("meta"), actual.get("meta"))
    return same(expected, actual)


def accepted(step: Json) -> Iterator[tuple[str, Json]]:
    """Yield the answers that count for ``step``, by the side they come from."""
    if "expect" in step:
        yield "both", cast("Json", step["expect"])
    for side in ("pg", "sqlite"):
        if f"expect_{side}" in step:
            yield side, cast("Json", step[f"expect_{side}"])


@dataclass
class Outcome:
    """How a case went: the sides whose answers were given, and what was wrong first."""

    sides: list[str] = field(default_factory=list)
    wrong: str = ""


async def play(store: Store, case: Json) -> Outcome:
    """Play one sequence on ``store``, which holds the dataset and is changed by it."""
    outcome = Outcome()
    control = case.get("control")
    recorder = (
        Recorder(cast("Json", control) if isinstance(control, dict) else {}, users_of(store))
        if "control" in case
        else None
    )
    async with client_for(store, recorder) as client:
        for number, step in enumerate(cast("list[Json]", case["steps"])):
            if recorder is not None:
                recorder.start(quiet=bool(step.get("quiet")), collection=str(step["collection"]))
            role = str(step.get("role") or case.get("role"))
            actual = answer_of(await send(client, store, step, role))
            ordered = step.get("ordered") is not False
            fits = [side for side, expected in accepted(step) if same_answer(expected, actual, ordered=ordered)]
            if not fits and list(accepted(step)):
                outcome.wrong = f"step {number}: {json.dumps(actual, ensure_ascii=False)[:1500]}"
                return outcome
            outcome.sides += fits[:1]
            if recorder is not None and (wrong := recorder.differs(step)):
                outcome.wrong = f"step {number}: {wrong}"
                return outcome
    return outcome


def users_of(store: Store) -> dict[str, str]:
    """Return the names of users by their id, as events tell them."""
    return {user.id: user.name for user in store.access.users.values() if user.id}


class Recorder:
    """An emitter that behaves like the listeners of the recording and writes down what it is told."""

    SCOPED: Final = ("articles", "authors", "categories", "comments", "labels", "articles_labels", "products", "events")
    WILD: Final = ("items.*", "articles.*.create", "*.items.create", "*.items.*", "**")

    def __init__(self, control: Json, users: Mapping[str, str]) -> None:
        self._control = control
        self._users = users
        self._quiet = False
        self.events: list[Json] = []
        self.known: Sequence[tuple[str, str, str]] = ()

    def start(self, *, quiet: bool, collection: str) -> None:
        """Forget what was recorded."""
        self._quiet = quiet
        self.events = []

    def _listeners(self, kind: str, name: str) -> list[tuple[str, str]]:
        """Return listener name and tag of everything that listens to the event ``name``, in order."""
        if name == "database.error":
            return [(name, "")] if kind == "filter" else []
        found = [(name, "")]
        if kind == "filter" and name in ("items.create", "articles.items.create"):
            found.append((name, "second"))
        if self._control.get("wild"):
            found += [(pattern, "wild") for pattern in self.WILD if matches(pattern, name)]
        return found

    def listens(self, kind: EventKind, names: tuple[str, ...]) -> bool:
        """Return whether anything listens."""
        return any(self._listeners(kind, name) for name in names)

    async def filter(self, names: tuple[str, ...], payload: object, meta: Json, context: EventContext) -> object:
        """Record and run every filter."""
        payload = copy.deepcopy(payload)
        for name in names:
            for listener, tag in self._listeners("filter", name):
                told = {**meta, "event": name}
                self._record("filter", listener, tag, context, payload=payload, meta=told)
                result = self._result(f"filter:{listener}" + (f":{tag}" if tag == "second" else ""), payload, tag)
                payload = payload if result is UNDEFINED else result
        return payload

    def action(self, names: tuple[str, ...], meta: Json, context: EventContext) -> None:
        """Record every action."""
        for name in names:
            for listener, tag in self._listeners("action", name):
                self._record("action", listener, tag, context, meta={**meta, "event": name})

    def _record(self, kind: str, listener: str, tag: str, context: EventContext, **told: object) -> None:
        who = context.accountability
        user = None if who is None else self._users.get(who.user or "", "admin" if who.admin else "public")
        entry = {"type": kind, "listener": listener, **copy.deepcopy(told), "accountability": user}
        self.events.append({**entry, "tag": tag} if tag else entry)

    def _result(self, name: str, payload: object, tag: str) -> object:
        """Return what the controlled listener returns for ``payload``."""
        control = self._control.get(name)
        if self._quiet or not isinstance(control, dict) or tag == "wild":
            return UNDEFINED
        return respond(str(control["kind"]), control.get("value"), control, payload)

    def differs(self, step: Json) -> str:
        """Return how the events differ from what was recorded for ``step``; empty if they do not."""
        wanted = [cast("list[Json]", step[name]) for name in ("events", "events_pg", "events_sqlite") if name in step]
        if not wanted or self._quiet:
            return ""
        reports = [compare(expected, self.events) for expected in wanted]
        return "" if "" in reports else reports[0]


UNDEFINED: Final = object()


def respond(kind: str, value: object, control: Json, payload: object) -> object:
    """Return what a listener of the recording does with ``payload``."""
    if kind.startswith("throw"):
        raise thrown(kind)
    fixed: dict[str, object] = {
        "undefined": UNDEFINED, "slow": UNDEFINED, "null": None, "empty_object": {}, "empty_array": [], "value": value,
    }  # fmt: skip
    if kind in fixed:
        return copy.deepcopy(fixed[kind]) if fixed[kind] is not UNDEFINED else UNDEFINED
    if kind == "map":
        return [{**row, **cast("Json", value)} for row in cast("list[Json]", payload)]
    if kind == "drop_first":
        return cast("list[object]", payload)[1:]
    content = cast("Json", payload)
    if kind == "delete_key":
        return {name: entry for name, entry in content.items() if name != control["key"]}
    if kind in ("mutate", "query_mutate"):
        content.update(cast("Json", value))
        return UNDEFINED
    names = {"query_limit": "limit", "query_filter": "filter"}
    return {**content, **(cast("Json", value) if kind == "merge" else {names[kind]: value})}


def thrown(kind: str) -> DirectusError:
    """Return the error that a listener of the recording throws."""
    errors = {
        "throw_forbidden": DirectusError(403, "FORBIDDEN", "You don't have permission to access this."),
        "throw_forbidden_reason": DirectusError(403, "FORBIDDEN", "my reason", {"reason": "my reason"}),
        "throw_payload": DirectusError(400, "INVALID_PAYLOAD", "Invalid payload. bad thing.", {"reason": "bad thing"}),
        "throw_custom": DirectusError(418, "MY_CODE", "custom message"),
    }
    return errors.get(kind, DirectusError(500, "INTERNAL_SERVER_ERROR", "boom"))


def compare(expected: Sequence[Json], actual: Sequence[Json]) -> str:
    """Return the first difference between two lists of events; empty if there is none."""
    told = [{name: value for name, value in event.items() if name != "in_transaction"} for event in expected]
    for event in told:
        if isinstance(event.get("accountability"), dict):
            event.pop("accountability")
    for at, (wanted, found) in enumerate(zip(told, actual, strict=False)):
        shown = {name: found.get(name) for name in wanted}
        if not same(wanted, shown):
            return f"event {at}: {json.dumps(found)[:700]} instead of {json.dumps(wanted)[:700]}"
    if len(told) != len(actual):
        rest = (told if len(told) > len(actual) else list(actual))[min(len(told), len(actual))]
        return f"{len(actual)} events instead of {len(told)}: {json.dumps(rest)[:500]}"
    return ""
