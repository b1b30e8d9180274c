"""The attacks on secrets, as cells in a sandbox of their own and against a server of their own."""

from __future__ import annotations

import builtins
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scopebox.errors import ScopeboxError
from scopebox.extension.result import result_of
from scopebox.sandbox.sandbox import Sandbox

from tests.security.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scopebox.extension.result import RunResult
    from scopebox.isolate.pool import IsolatePool

FILE = Path(__file__).parents[1] / "data" / "security" / "secrets.jsonl"
ATTACKS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


class Always(dict[str, "Mapping[str, object]"]):
    """A script that answers every request alike."""

    def get(self, _name: str, _default: object = None) -> Mapping[str, object]:
        return self["*"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def seen(box: Sandbox, result: RunResult | None, error: ScopeboxError | None) -> str:
    """Return all that anybody can see of a run."""
    texts = [repr(error), str(error), str(getattr(error, "data", "")), *(record.message for record in box.log)]
    if result is not None:
        texts += [str(result.value), result.stdout, *map(str, result.calls)]
    return "\n".join(texts)


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack["id"] for attack in ATTACKS])
def test_no_secret_is_seen_by_an_extension_and_no_question_answered(
    attack: dict[str, dict[str, object]], server: Server, pool: IsolatePool
) -> None:
    setup, must = attack["setup"], attack["must"]
    script: Mapping[str, Mapping[str, object]] = setup.get("server_script", {})  # type: ignore[assignment]
    if "server_answers_expr" in setup:
        script = Always({"*": {"body": builtins.eval(str(setup["server_answers_expr"]))}})
    server.begin(script)
    code, manifest = (
        text.replace("{ALLOWED_URL}", server.url) for text in (str(attack["code"]), json.dumps(attack["manifest"]))
    )
    with Sandbox(pool=pool, allow_private_network=True) as box:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some can be guessed, on purpose
            for name, value in dict(setup["secrets"]).items():  # type: ignore[call-overload]
                box.secrets[name] = value
        error, result = None, None
        try:
            result = box.load(code, name="directus-extension-x", manifest={"permissions": json.loads(manifest)}).result
        except ScopeboxError as caught:
            error, result = caught, result_of(caught, "directus-extension-x")
        text = seen(box, result, error)
    assert not [value for value in must["not_in_result"] if str(value) in text]  # type: ignore[attr-defined]
    assert not must.get("refused") or error is not None
    assert "not_in_request" not in must or not any(str(must["not_in_request"]) in sent.text() for sent in server.seen)
    assert "requests_seen" not in must or len(server.seen) == must["requests_seen"]
