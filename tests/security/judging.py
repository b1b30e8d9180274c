"""Attacks that are written where they are tested, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.security import stage
from tests.security.checks import CHECKS, verdict
from tests.security.corpus import read
from tests.security.world import World

REQUEST = [{"permission": "request", "allowedUrls": ["{ALLOWED_URL}/*"], "methods": ["GET", "POST"]}]
PUBLIC = [{"permission": "request", "allowedUrls": ["https://api.example.com/*"], "methods": ["GET", "POST"]}]
OPTIONAL = [{**PUBLIC[0], "optional": True}]
WRITER = [{"permission": name, "role": "writer"} for name in ("read-items", "create-items")]
ENDPOINT = "await exec('register-endpoint', {'path': '/x', 'method': 'GET', 'handler': lambda r: {'status': 200, 'body': {'a': 1}}})"
CALLS = "await exec('request', '{CANARY_URL}/')"
PRINTS = "print('REACHED')"


def found(world: World, code: str, must: Mapping[str, object], **keys: object) -> list[str]:
    """Return what is wrong with an attack."""
    entry = {"id": "a", "layer": "request", "manifest": [], "setup": {}, "code": code, "must": must, **keys}
    for evidence in stage.run(world, read(entry, CHECKS)):
        return list(verdict(evidence))
    raise AssertionError("the stage stayed empty")
