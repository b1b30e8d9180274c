"""What was refused to an attack, also where its own code caught it: as the trace has it, and as the code would have been told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from scopebox.errors import LimitError, ScopeboxError
from scopebox.journal.records import CallRecord
from scopebox.sandbox.sandbox import Sandbox

from tests.security import preparation
from tests.security.evidence import Evidence
from tests.security.world import Elsewhere

MARKS: Final = ("REACHED", "registered", "ESCAPED")
# In JavaScript nothing that is caught stays so: neither by a promise nor by a catch.
UNCAUGHT: Final = "{ const then = Promise.prototype.then; Promise.prototype.then = function (done) { return then.call(this, done) } }\n"
_CATCHES: Final = re.compile(r"\bcatch\b|\.then\b|\ballSettled\b|\bany\b")
_CATCH: Final = re.compile(r"\bcatch\s*(?:\(\s*([\w$]+)\s*\)\s*)?\{")


def calls(evidence: Evidence) -> list[CallRecord]:
    """Return the calls of the attack that ended in an error, whoever caught it: those of its cell, and those of its handlers."""
    return [record for record in evidence.calls if record.state in ("refused", "failed")]


def passed(evidence: Evidence) -> Iterator[str]:
    """Yield what the attack says of calls that went through: in the log, in what it printed and in what came of it."""
    said: list[object] = [record.message for record in evidence.logs]
    if evidence.result is not None:
        said += [*evidence.result.stdout.splitlines(), evidence.result.value]
    said += [*evidence.outcomes, *(response.text for response in evidence.responses)]
    yield from (text for text in said if isinstance(text, str) and text.startswith(MARKS))


def told(evidence: Evidence) -> list[str]:
    """Return the text of every error that somebody was told: a person, a client, or the attack's own code."""
    records = [
        f"{record.message}\n{record.hint}"
        for record in evidence.traced
        if record.state in ("refused", "failed", "cancelled")
    ]
    return [*map(str, evidence.errors), *(response.text for response in evidence.responses), *records]


def caught(evidence: Evidence) -> ScopeboxError | None:
    """Return the first error that the cell caught and got over: it runs once more, where nothing is caught.

    That is done once, in a sandbox of its own with the same grants, and the servers forget it: whatever else is looked at is what
    the attack did. Where calls fail this time alone, it is not what happened.
    """
    if evidence.caught is None:
        evidence.caught = _caught(evidence)
    return evidence.caught[0]


def _caught(evidence: Evidence) -> tuple[ScopeboxError | None]:
    source, world = _uncaught(evidence), evidence.world
    if source is None or evidence.error is not None:
        return (None,)
    servers = (world.allowed_server, world.canary_server)
    seen = [(list(server.seen), server.connections) for server in servers]
    box = Sandbox(
        evidence.box.store.fork(),
        transport=Elsewhere(world.default_answer(evidence.attack)) if evidence.inside else None,
        settings=evidence.box.pool.settings,
        pool=evidence.box.pool,
        allow_private_network=preparation.on_loopback(evidence.attack),
    )
    again = replace(evidence, box=box, last=None)
    preparation.grants(again, evidence.options)
    try:
        box.load(source, **evidence.options)
    except LimitError:
        return (None,)
    except ScopeboxError as error:
        return (error if calls(evidence) or not calls(again) else None,)
    finally:
        store = box.store
        box.close()
        store.close()
        for server, (requests, connections) in zip(servers, seen, strict=True):
            server.seen, server.connections = requests, connections
    return (None,)


def _uncaught(evidence: Evidence) -> str | None:
    """Return the source of the cell in which nothing is caught, None if it catches nothing or cannot be read."""
    if evidence.attack.language == "python":
        try:
            tree = ast.parse(evidence.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
        for handler in handlers:
            handler.body = [ast.Raise()]
        return ast.unparse(tree) if handlers else None
    if not _CATCHES.search(evidence.source):
        return None
    bare = _CATCH.sub(lambda match: f"catch ({match[1] or 'caught'}) {{ throw {match[1] or 'caught'};", evidence.source)
    return UNCAUGHT + bare
