"""Code that runs in a guest and measures itself there, so that only what the extension sees is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox import Sandbox, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.measure import Stage

NAME: Final = "directus-extension-bench-{}"
WALL: Final = 120.0
MEMORY: Final = 256
SOURCE: Final = """
import time

{definitions}

async def bench(options):
    prepared = prepare(options)
    begin = time.monotonic()
    for _ in range(options["repeat"]):
        {work}
    return {{"seconds": time.monotonic() - begin}}

await exec("register-operation", {{"id": "{name}", "handler": bench}})
"""


def plain_box(stage: Stage) -> Sandbox:
    """A sandbox with an empty store, shared by the rows that need no items."""
    return stage.enter(Sandbox(settings=Settings(logs_per_second=100_000)))


def operation(
    box: Sandbox, name: str, work: str, *, definitions: str = "", manifest: Mapping[str, object] | None = None
) -> Callable[[Mapping[str, object]], float]:
    """Load an extension whose operation repeats ``work``; calling it with options gives the seconds of one repetition.

    ``definitions`` may have a function ``prepare(options)`` whose result ``work`` finds as ``prepared``.
    """
    if "def prepare" not in definitions:
        definitions += "\ndef prepare(options):\n    return options\n"
    source = SOURCE.format(definitions=definitions, work=work, name=name)
    box.load(source, name=NAME.format(name), manifest=manifest, wall=WALL, memory=MEMORY)

    def run(options: Mapping[str, object]) -> float:
        result = box.run_operation(name, {"repeat": 1, **options})
        assert isinstance(result, dict)
        return float(result["seconds"]) / int(str(options.get("repeat", 1)))

    return run
