"""What patterns keep for each character of a text while they follow it, and what bounds the texts of those that keep much."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Mapping
from typing import Any, Final

from tests.sweep import patterns

SIZE: Final = 2_048  # characters
LITTLE: Final = 16  # bytes for each character

BOUNDED: Final[Mapping[str, str]] = {
    "scopebox.journal.trace._FIRST": "arguments are cut to MAX_ARGUMENTS_BYTES, 200, when they are recorded",
    "scopebox.manifest.bounds._TOKEN": "a manifest has at most MAX_MANIFEST_BYTES, 256 KiB",
    "scopebox.manifest.naming._SLUG": "a name has at most MAX_NAME_CHARACTERS, 214",
    "scopebox.manifest.object_notation._BEGINNING": "a manifest has at most MAX_MANIFEST_BYTES, 256 KiB",
    "scopebox.manifest.object_notation._TEXT": "a manifest has at most MAX_MANIFEST_BYTES, 256 KiB",
    "scopebox.manifest.object_notation._TOKEN": "a manifest has at most MAX_MANIFEST_BYTES, 256 KiB",
    "scopebox.manifest.places._TOKEN": "a manifest has at most MAX_MANIFEST_BYTES, 256 KiB",
    "scopebox.notebook.completion.cursor.TOKEN": "words are looked for in at most MAX_CELL_CHARACTERS, 50,000",
    "scopebox.registry.separators._LITERAL": "the path of a route has at most MAX_PATH_CHARACTERS, 500",
    "scopebox.server.json_body._JSON_KIND": "a content type has at most MAX_KIND_CHARACTERS, 200",
    "scopebox.server.json_body._PARAMETER": "a content type has at most MAX_KIND_CHARACTERS, 200",
    "scopebox.server.json_errors._PLAIN": "mistakes are looked for in at most MAX_FOLLOWED, 64 Ki",
    "scopebox.store.sources.csv_file._QUOTED": "it follows 1,000 doubled quotes at a time",
}
"""An expression keeps 32 to 200 bytes for each round of a group that it repeats: where a text may be long, rounds are counted."""


def for_each_character(pattern: re.Pattern[Any], kinds: set[str]) -> float:
    """Return the bytes that ``pattern`` takes for each character at most, of the texts that are hard for it."""
    most = 0.0
    tracemalloc.start()
    try:
        for _, work, make in patterns.tried(pattern, kinds):
            text = make(SIZE)
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            work(text)
            most = max(most, (tracemalloc.get_traced_memory()[1] - before) / SIZE)
    finally:
        tracemalloc.stop()
    return most
