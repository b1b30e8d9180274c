"""Sides of rows that ask a server over HTTP, from the client in a process of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

from benchmarks.client import Answers, Batch, client
from benchmarks.measure import Pair, Side, Stage, reported
from benchmarks.requests import Asker

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.processes import Address
    from benchmarks.requests import Question

CLIENTS: Final = 32
IN_TURN: Final = 10  # requests of each of many clients


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of request to one server."""

    stage: Stage
    address: Address
    asker: Asker

    def ask(self, count: int, connections: int = 1) -> Answers:
        """Ask ``count`` times."""
        messages = [self.asker.message() for _ in range(count)]
        batch = Batch(self.address.host, self.address.port, messages, connections)
        return self.stage.shared(client).ask(batch)

    def data(self) -> object:
        """Ask once and return what was answered."""
        return json.loads(self.ask(1).body)["data"]


def asked(stage: Stage, question: Question, path: str, address: Address) -> Asked:
    """Such a side, with the path that the server has for the question."""
    return Asked(stage, address, Asker(question, path, address, stage.size.items))


def pair(question: Question, ours: Asked, reference: Asked, like: Callable[[object], object] | None = None) -> Pair:
    """A row of single requests; RuntimeError where both sides do not answer the same, in what ``like`` says of an answer."""
    like = like or contents
    found = like(ours.data()), like(reference.data())
    if found[0] != found[1]:
        raise RuntimeError(f"{str(found[0])[:200]} is not what the reference answers: {str(found[1])[:200]}")

    def side(of: Asked) -> Side:
        return reported(lambda: median(of.ask(min(question.repeat, of.stage.size.repeat)).seconds))

    return Pair(side(ours), side(reference))


def contents(data: object) -> object:
    """An answer without its keys, which depend on what was created before, and without the last digits of averages, which do on the order."""
    if isinstance(data, list):
        return [contents(entry) for entry in data]
    if isinstance(data, dict):
        return {name: contents(value) for name, value in data.items() if name != "id"}
    return round(data, 6) if isinstance(data, float) else data


def size(data: object) -> object:
    """How many items an answer has."""
    return len(data) if isinstance(data, list) else 1


def crowd(figure: Callable[[Answers], float], best: Callable[..., float], ours: Asked, *references: Asked) -> Pair:
    """A row of many clients at once, beside the best of several ways to answer them."""

    def found(of: Asked) -> float:
        return figure(of.ask(CLIENTS * min(IN_TURN, of.stage.size.repeat), CLIENTS))

    return Pair(reported(lambda: found(ours)), reported(lambda: best(map(found, references))))


def rate(answers: Answers) -> float:
    """Requests a second."""
    return len(answers.seconds) / answers.wall


def slowest(answers: Answers) -> float:
    """The seconds that all but one in a hundred take at most."""
    return quantiles(answers.seconds, n=100)[-1]
