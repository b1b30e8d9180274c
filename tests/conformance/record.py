"""Record cases: ``python -m tests.conformance.record FOLDER --sqlite URL [--pg URL] [--token TOKEN] [--only ID] [--keeper COMMAND]``.

FOLDER holds a project (``snapshot.json``, ``items/``, ``access.json``) and ``cases.jsonl``. Each line there is a case with an
``id``, a ``role`` (the name of a user in access.json) and ``steps``; a step is a request, ``{"method", "path", "body", "headers"}``, or an
operation on a collection as in the other recordings. ``"keep": {"name": "data.path"}`` of a step keeps a text of its answer, which later
steps say as ``{{name}}``; cookies are kept within a case. The project is put onto a real Directus that holds nothing else, each case
is asked, and what was answered is written into its steps: as ``expect``, or, where a Directus on SQLite and one on PostgreSQL
answer differently, as ``expect_sqlite`` and ``expect_pg``. Times and keys that the server makes up become ``masked`` paths.

``snapshot.json`` may leave out what a Directus fills in: with ``--pg`` the snapshot that it then writes itself takes its place.
(That of a Directus on SQLite does not tell a uuid from a text.) After a case that changes something the project is put on anew,
which takes seconds. COMMAND is quicker: it is called with ``save`` and the side once, and with ``restore`` and the side from then on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import httpx

from tests.conformance.cases import FILES, Json
from tests.conformance.instance import Instance, RecordingError, Source
from tests.conformance.masks import made_up, masked
from tests.conformance.projects import PART
from tests.conformance.sequences import answer_of, filled, kept_of, same_answer, send

_ANSWERS: Final = ("expect", "expect_sqlite", "expect_pg", "diff")
_READING: Final = ("GET", "HEAD", "SEARCH")
_STATEMENT: Final = re.compile(r"(?:select|insert|update|delete|with) ")  # how the text of a database driver begins


@dataclass(frozen=True)
class Recorder:
    """Asks a real Directus the cases of a folder. ``keeper`` is the command that keeps the state of its database, if there is one."""

    folder: Path
    side: str
    instance: Instance
    keeper: str = ""

    async def ask(self, cases: list[Json]) -> list[list[Json]]:
        """Return the answer to each step of each case; every case finds the project as its files say it."""
        known = "".join(file.read_text("utf-8") for file in sorted(self.folder.rglob("*.json")))
        tokens = Source.read(self.folder).tokens()
        await self._install()
        found, changed = [], False
        for case in cases:
            if changed:
                await self._restore()
            steps = cast("list[Json]", case["steps"])
            changed = not all(step.get("op") == "read" or step.get("method") in _READING for step in steps)
            self.instance.client.cookies.clear()
            kept: dict[str, str] = {}
            found.append([await _answer(self.instance, case, step, tokens, (known, kept)) for step in steps])
        return found

    async def _install(self) -> None:
        await self.instance.clear()
        await self.instance.install(Source.read(self.folder))
        await self._keep("save")

    async def _restore(self) -> None:
        if self.keeper:
            await self._keep("restore")
        else:
            await self._install()

    async def _keep(self, verb: str) -> None:
        if self.keeper:
            command = [*shlex.split(self.keeper), verb, self.side]
            await asyncio.to_thread(subprocess.run, command, check=True)

    async def write_snapshot(self) -> None:
        """Write the snapshot of the installed project as the instance tells it, an entry a line."""
        found = await self.instance.snapshot(Source.read(self.folder))
        parts = [
            f"{json.dumps(name)}: " + (_lines(value) if isinstance(value, list) else json.dumps(value))
            for name, value in found.items()
        ]
        (self.folder / "snapshot.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


async def record(recorders: list[Recorder], only: str = "") -> list[Json]:
    """Ask the cases whose id begins with ``only``, write down what was answered, and return them."""
    folder = recorders[0].folder
    path = folder / FILES[PART]
    cases = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    recorded = [case for case in cases if str(case["id"]).startswith(only)]
    asked = await asyncio.gather(*(recorder.ask(recorded) for recorder in recorders))
    answers = {recorder.side: found for recorder, found in zip(recorders, asked, strict=True)}
    for at, case in enumerate(recorded):
        _write_down(case, {side: found[at] for side, found in answers.items()})
    path.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), "utf-8")
    for recorder in recorders:
        if recorder.side == "pg":
            await recorder.write_snapshot()
    for recorder in recorders:
        await recorder.instance.clear()
    return recorded


async def _answer(
    instance: Instance, case: Json, step: Json, tokens: dict[str, str | None], told: tuple[str, dict[str, str]]
) -> Json:
    """Return the answer to ``step``; ``told`` are the words of the project, and what was kept of earlier answers."""
    known, kept = told
    token = tokens.get(str(step.get("role") or case.get("role")), "wrong")
    answer = answer_of(await send(instance.client, filled(step, kept), token))
    kept |= kept_of(step, answer)
    paths = made_up(answer, known + json.dumps(case), datetime.now(UTC))
    if paths:
        step["masked"] = sorted({*cast("list[str]", step.get("masked") or []), *paths})
    error = answer.get("error")
    if isinstance(error, dict) and _STATEMENT.match(str(error["message"])):
        error["database_text"] = True
    return answer


def _write_down(case: Json, answers: dict[str, list[Json]]) -> None:
    agree = True
    for at, step in enumerate(cast("list[Json]", case["steps"])):
        for name in _ANSWERS:
            step.pop(name, None)
        found = {side: masked(steps[at], step) for side, steps in answers.items()}
        first, *rest = found.values()
        if all(same_answer(first, other) and same_answer(other, first) for other in rest):
            step["expect"] = first
        else:
            agree = False
            step |= {f"expect_{side}": answer for side, answer in found.items()}
    case["agree"] = agree


def _lines(entries: list[object]) -> str:
    return "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries) + "\n]" if entries else "[]"


async def _main(options: argparse.Namespace) -> int:
    urls = {side: url for side in ("sqlite", "pg") if (url := getattr(options, side))}
    clients = {side: httpx.AsyncClient(base_url=url, timeout=60) for side, url in urls.items()}
    recorders = [
        Recorder(options.folder, side, Instance(client, options.token), options.keeper)
        for side, client in clients.items()
    ]
    try:
        for recorder in recorders:
            if not options.clear:
                await recorder.instance.check_empty()
        recorded = await record(recorders, options.only)
    except RecordingError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        for client in clients.values():
            await client.aclose()
    apart = [str(case["id"]) for case in recorded if not case["agree"]]
    print(f"{len(recorded)} cases recorded" + (f"; the databases differ in {', '.join(apart)}" if apart else ""))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Record what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance.record", description=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("folder", type=Path, help="a project with cases.jsonl")
    parser.add_argument("--sqlite", help="the URL of a Directus on SQLite")
    parser.add_argument("--pg", help="the URL of a Directus on PostgreSQL")
    parser.add_argument(
        "--token", default=os.environ.get("DIRECTUS_TOKEN", ""), help="of an administrator; or DIRECTUS_TOKEN"
    )
    parser.add_argument("--only", default="", help="the beginning of the ids of the cases to record")
    parser.add_argument("--keeper", default="", help="a command that saves the state of an instance, and restores it")
    parser.add_argument("--clear", action="store_true", help="take away whatever the instance holds")
    options = parser.parse_args(arguments)
    if not (options.sqlite or options.pg):
        parser.error("say --sqlite URL, --pg URL or both")
    return asyncio.run(_main(options))


if __name__ == "__main__":
    sys.exit(main())
