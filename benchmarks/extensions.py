"""The endpoint and the filter that are asked over HTTP: in Python for scopebox, in JavaScript for a Directus.

``python -m benchmarks.extensions FOLDER`` writes them into the folder of extensions of a Directus, which then has to start anew.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.things import HOOKED, as_json

MANIFEST: Final = {"permissions": [{"permission": "read-items", "role": "admin"}]}


@dataclass(frozen=True, slots=True)
class Extension:
    """The same extension in both languages."""

    name: str
    type: str
    python: str
    javascript: str

    def write(self, folder: Path) -> None:
        """Write it as a sandboxed extension into the folder of extensions of a Directus."""
        sandbox = {"enabled": True, "requestedScopes": {}}
        described = {
            "type": self.type,
            "path": "dist/index.js",
            "source": "dist/index.js",
            "host": "*",
            "sandbox": sandbox,
        }
        package = {"name": self.name, "version": "1.0.0", "type": "module", "directus:extension": described}
        (folder / self.name / "dist").mkdir(parents=True, exist_ok=True)
        (folder / self.name / "package.json").write_text(as_json(package), "utf-8")
        (folder / self.name / "dist" / "index.js").write_text(self.javascript, "utf-8")


ENDPOINT: Final = Extension(
    "directus-extension-bench-endpoint",
    "endpoint",
    """
def hello(request):
    return {"status": 200, "body": {"data": {"hello": "world"}}}

async def reading(request):
    items = await exec("read-items", "things", {"query": {"limit": 100}})
    return {"status": 200, "body": {"data": {"items": len(items)}}}

await exec("register-endpoint", {"method": "GET", "path": "/hello", "handler": hello})
await exec("register-endpoint", {"method": "GET", "path": "/reading", "handler": reading})
""",
    """export default (router) => {
  router.get('/hello', () => ({ status: 200, body: { data: { hello: 'world' } } }));
};
""",
)
FILTER: Final = Extension(
    "directus-extension-bench-filter",
    "hook",
    f"""
def stamped(payload):
    return {{**payload, "status": "review"}}

await exec("register-filter", {{"event": "{HOOKED}.items.create", "handler": stamped}})
""",
    f"""export default ({{ filter }}) => {{
  filter('{HOOKED}.items.create', (payload) => ({{ ...payload, status: 'review' }}));
}};
""",
)

if __name__ == "__main__":
    for extension in (ENDPOINT, FILTER):
        extension.write(Path(sys.argv[1]))
