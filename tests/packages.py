"""Packages that tests make: folders, and archives as npm packs them or as nobody should."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

OPERATION: Final = """import { request, log } from "directus:api";
export default {
  id: "acme-weather",
  handler: async ({ city }) => {
    log("weather of " + city);
    const answer = await request("https://api.weather.test/v1/" + city);
    return { sky: answer.data.sky };
  },
};
"""
APP: Final = """import { defineOperationApp } from "@directus/extensions-sdk";
export default defineOperationApp({
  id: "acme-weather", name: "Weather", icon: "cloud", description: "The sky over a city",
  overview: ({ city }) => [{ label: "City", text: city }],
  options: [{ field: "city", name: "City", type: "string", meta: { interface: "input", required: true, note: "In English" } }],
});
"""
SCOPES: Final[Mapping[str, object]] = {
    "log": {},
    "request": {"methods": ["GET"], "urls": ["https://api.weather.test/*"]},
}


def package_json(**changes: object) -> dict[str, object]:
    """Return the data of a package.json of an operation; ``changes`` are keys below directus:extension, None leaves one out."""
    extension = {
        "type": "operation",
        "path": {"app": "dist/app.js", "api": "dist/api.js"},
        "source": {"app": "src/app.js", "api": "src/api.js"},
        "host": "^11.0.0",
        "sandbox": {"enabled": True, "requestedScopes": SCOPES},
        **changes,
    }
    return {
        "name": "@acme/weather-operation",
        "version": "1.2.3",
        "license": "MIT",
        "description": "The sky over a city",
        "directus:extension": {key: value for key, value in extension.items() if value is not None},
    }


def files(data: object = None, **others: str) -> dict[str, str]:
    """Return the files of a package, by path."""
    return {
        "package.json": json.dumps(package_json() if data is None else data),
        "dist/api.js": OPERATION,
        "dist/app.js": APP,
        **others,
    }


def folder(path: Path, content: Mapping[str, str] | None = None) -> Path:
    """Write the files of a package into a folder."""
    for name, text in (files() if content is None else content).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


class Member(NamedTuple):
    """One entry of an archive, ``kind`` as tar writes it."""

    name: str
    data: bytes = b""
    kind: bytes = b"0"
    size: int | None = None
    link: str = ""


def archive(path: Path, members: Iterable[Member] | None = None, *, end: bytes = bytes(1024)) -> Path:
    """Write an archive; by default that of the package that :func:`files` returns."""
    if members is None:
        members = [Member(f"package/{name}", text.encode()) for name, text in files().items()]
    path.write_bytes(gzip.compress(b"".join(map(packed, members)) + end))
    return path


def packed(member: Member) -> bytes:
    """Return one entry as it stands in an archive."""
    size = len(member.data) if member.size is None else member.size
    block = bytearray(512)
    block[:100] = member.name.encode()[:100].ljust(100, b"\0")
    block[100:108] = b"0000644\0"
    block[124:136] = b"%011o\0" % size
    block[148:156] = b" " * 8
    block[156:157] = member.kind
    block[157:257] = member.link.encode().ljust(100, b"\0")
    block[257:265] = b"ustar\00000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + member.data + bytes(-len(member.data) % 512)
