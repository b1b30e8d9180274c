"""Playing recorded sequences of requests against the items API, and comparing the answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import quote, urlencode

import httpx
from scopebox.chains.chain import Chain
from scopebox.server.application import Application
from scopebox.server.items_api import ItemsApi
from scopebox.settings import Settings
from scopebox.store.emitter import Emitter, Silence
from scopebox.store.store import Store
from starlette.requests import Request

from tests.conformance.cases import Json
from tests.conformance.forks import Forks
from tests.conformance.masks import UUID, masked

READS: Final = ("GET", "SEARCH")


class Chains:
    """Starts chains that nothing limits."""

    def start(self, root: str, wall: float | None = None) -> Chain:
        return Chain.start(root, Settings(), wall=wall)


@dataclass
class Host:
    """What the items API needs instead of a sandbox."""

    store: Store
    events: Emitter = field(default_factory=Silence)
    chains: Chains = field(default_factory=Chains)


def _fail(request: Request, text: str) -> None:
    raise AssertionError(f"{request.method} {request.url}: {text}")


def client_for(store: Store, emitter: Emitter | None = None) -> httpx.AsyncClient:
    """Return a client of the items API of ``store``; without an ``emitter`` it has no hooks."""
    app = Application(ItemsApi(Host(store, emitter or Silence())).find, _fail)
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


def _request(step: Json) -> tuple[str, str, object]:
    """Return method, path with its query, and body (None: no body) of ``step``, which says them or an operation on a collection."""
    if "path" in step:
        return str(step["method"]), str(step["path"]), step.get("body")
    method, key, body, query = _operation(step)
    path = f"/items/{quote(str(step['collection']), safe='')}{key}"
    return method, f"{path}?{_parameters(query)}" if query else path, body


def _operation(step: Json) -> tuple[str, str, object, Mapping[str, object]]:
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


@contextmanager
def place_of(store: Store, forks: Forks, case: Json) -> Iterator[Store]:
    """The store to play ``case`` on: one of its ``forks``, or ``store`` itself where every step reads."""
    if all(_request(step)[0] in READS for step in cast("list[Json]", case["steps"])):
        yield store
        return
    with forks.lend() as fork:
        yield fork


def token_of(store: Store, role: str) -> str | None:
    """Return the token of the user that the cases call ``role``; a wrong one where there is no such user."""
    user = store.access.users.get(role)
    return user.token if user else "wrong"


def filled(step: Json, kept: Mapping[str, str]) -> Json:
    """Return ``step`` with ``{{name}}`` replaced by what was kept of an earlier answer under that name."""
    text = json.dumps(step)
    for name, value in kept.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return cast("Json", json.loads(text))


def kept_of(step: Json, answer: Json) -> dict[str, str]:
    """Return what ``keep`` of a step wants kept of its answer: texts, by the dotted paths that lead to them."""
    found: dict[str, str] = {}
    for name, path in cast("dict[str, str]", step.get("keep") or {}).items():
        value: object = answer
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        found[name] = str(value)
    return found


async def send(client: httpx.AsyncClient, step: Json, token: str | None) -> httpx.Response:
    """Send the request of ``step`` with ``token``; without credentials if it is None or empty."""
    method, url, body = _request(step)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    headers |= cast("dict[str, str]", step.get("headers") or {})
    content = None
    if body is not None:
        content = body if isinstance(body, str) else json.dumps(body)
        headers["content-type"] = "application/json"
    return await client.request(method, url, content=content, headers=headers)


def answer_of(response: httpx.Response) -> Json:
    """Return an answer in the shape of the recordings."""
    if response.status_code == 204:
        return {"status": 204, "data": None}
    if not response.headers.get("content-type", "").startswith("application/json"):
        return {"status": response.status_code, "text": response.text}
    content = response.json()
    if not isinstance(content, dict):
        return {"status": response.status_code, "content": content}
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
    """Play one sequence on ``store``, which holds the dataset and is changed by what it writes."""
    outcome = Outcome()
    kept: dict[str, str] = {}
    async with client_for(store) as client:
        for number, step in enumerate(cast("list[Json]", case["steps"])):
            if wrong := await play_step(client, store, case, filled(step, kept), outcome, kept=kept):
                outcome.wrong = f"step {number}: {wrong}"
                return outcome
    return outcome


async def play_step(
    client: httpx.AsyncClient,
    store: Store,
    case: Json,
    step: Json,
    outcome: Outcome,
    *,
    kept: dict[str, str] | None = None,
) -> str:
    """Play one step; note the side that the answer is on in ``outcome``, or return the answer if it is on none.

    What the step wants kept of the answer goes into ``kept``.
    """
    response = await send(client, step, token_of(store, str(step.get("role") or case.get("role"))))
    answer = answer_of(response)
    if kept is not None:
        kept |= kept_of(step, answer)
    actual = masked(answer, step)
    ordered = step.get("ordered") is not False
    wanted = list(accepted(step))
    fits = [side for side, expected in wanted if same_answer(expected, actual, ordered=ordered)]
    outcome.sides += fits[:1]
    return "" if fits or not wanted else json.dumps(actual, ensure_ascii=False)[:1500]


async def attempted(playing: Awaitable[Outcome]) -> Outcome:
    """Return how a case went; one that breaks something inside has failed, and the next ones are played all the same."""
    try:
        return await playing
    except Exception as error:
        return Outcome(wrong=broken(error))


def broken(error: Exception) -> str:
    """Return what is said of a case that broke something inside."""
    return f"broke with {type(error).__name__}: {str(error)[:500]}"
