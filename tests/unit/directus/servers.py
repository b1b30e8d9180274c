"""Servers for the tests of pull: a recorded Directus in this process, and what goes wrong in front of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from scopebox.directus import recorded
from scopebox.directus.client import Client
from scopebox.directus.pull import closing_lines, pull
from scopebox.directus.pull_folder import PullFolder
from scopebox.store.sources.pulled import Options

from tests.pull_recording import ADMINISTRATOR

RECORDING: Final = Path(__file__).parents[3] / "notebooks" / "recordings" / "directus-11.json"
RECORDING_12: Final = Path(__file__).parents[2] / "data" / "pull" / "directus-12.json"
ADDRESS: Final = "https://directus.test"
ALL: Final = Options(items=200)

Answer = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class Front(httpx.AsyncBaseTransport):
    """A recorded Directus behind ``answers``, by path, each of which may leave the request to it. ``asked`` are all requests."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    path: Path = RECORDING

    def __post_init__(self) -> None:
        self._behind = httpx.ASGITransport(recorded.Recorded(recorded.read(self.path)))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.get(request.url.path, self.answers.get("*", lambda _: None))(request)
        if answer is None:
            return await self._behind.handle_async_request(request)
        if not isinstance(answer.stream, httpx.AsyncByteStream):
            raise TypeError(answer)
        return answer

    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]


def status(code: int, *, headers: Mapping[str, str] | None = None, body: object = None, times: int = 10_000) -> Answer:
    """The first ``times`` requests get ``code``."""
    left = [times]

    def answer(_: httpx.Request) -> httpx.Response | None:
        left[0] -= 1
        return (
            httpx.Response(code, headers=headers, json=body or {"errors": [{"message": "no"}]})
            if left[0] >= 0
            else None
        )

    return answer


def data(value: object) -> Answer:
    return lambda _: httpx.Response(200, json={"data": value})


@dataclass
class Run:
    """One pull: what it said, what it waited for, and the folder."""

    front: Front
    said: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def __call__(
        self, path: Path, options: Options = ALL, token: str = ADMINISTRATOR, address: str = ADDRESS
    ) -> PullFolder:
        with Client(
            address, token, say=self.said.append, transport=self.front, pause=self.pauses.append, seconds=5
        ) as client:
            folder = pull(client, path, options, self.said.append)
        self.said += closing_lines(folder)
        return folder

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def run(answers: Mapping[str, Answer] | None = None, path: Path = RECORDING) -> Run:
    return Run(Front(answers or {}, path=path))


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
