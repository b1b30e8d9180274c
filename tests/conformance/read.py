"""Playing recorded reads against the items API."""

from __future__ import annotations

import json
from typing import cast
from urllib.parse import urlencode

import httpx
from scopebox.store.store import Store

from tests.conformance.cases import Json
from tests.conformance.sequences import Outcome, accepted, answer_of, same_answer


async def play(client: httpx.AsyncClient, store: Store, case: Json) -> Outcome:
    """Play one read; it changes nothing."""
    actual = answer_of(await _send(client, store, case))
    _forget_extensions(actual)
    ordered = case.get("ordered") is not False
    sides = [side for side, expected in accepted(case) if same_answer(expected, actual, ordered=ordered)]
    return Outcome(sides[:1], "" if sides else json.dumps(actual, ensure_ascii=False)[:1500])


async def _send(client: httpx.AsyncClient, store: Store, case: Json) -> httpx.Response:
    user = store.access.users.get(str(case["role"]))
    token = user.token if user else "wrong"
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"/items/{case['collection']}"
    query = cast("Json", case["query"])
    if "key" in case:
        return await client.get(f"{url}/{case['key']}?{_parameters(query)}", headers=headers)
    body = case.get("body", {"query": query, **({"keys": case["keys"]} if "keys" in case else {})})
    return await client.request("SEARCH", url, json=body, headers=headers)


def _parameters(query: Json) -> str:
    """Return the query as URL parameters, objects as JSON."""
    return urlencode(
        [
            (name, entry if isinstance(entry, str) else json.dumps(entry))
            for name, value in query.items()
            for entry in [",".join(value) if isinstance(value, list) and _texts(value) else value]
        ]
    )


def _texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _forget_extensions(answer: Json) -> None:
    """Drop what recordings of reads do not hold."""
    error = answer.get("error")
    if isinstance(error, dict):
        error.pop("extensions", None)
