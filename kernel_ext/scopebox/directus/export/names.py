"""Names that npm takes for a new package; it is stricter than a Directus, which takes any folder."""

from __future__ import annotations

import re
from typing import Final

from scopebox.errors import ExportError
from scopebox.manifest.naming import MAX_NAME_CHARACTERS, words_of
from scopebox.text.messages import quote

_NEW: Final = re.compile(r"(?:@[a-z0-9-][a-z0-9._-]*/)?[a-z0-9-][a-z0-9._-]*")
_TAKEN: Final = frozenset({
    "node_modules", "favicon.ico",
    # modules of Node
    "assert", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "diagnostics_channel", "dns", "domain",
    "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode",
    "querystring", "readline", "repl", "stream", "string_decoder", "sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8",
    "vm", "wasi", "worker_threads", "zlib",
})  # fmt: skip


def check_new_name(name: str) -> None:
    """Raise ExportError, with a name that would do, unless npm takes ``name`` for a new package."""
    if len(name) <= MAX_NAME_CHARACTERS and _NEW.fullmatch(name) and name not in _TAKEN:
        return
    scope, _, rest = name[:MAX_NAME_CHARACTERS].rpartition("/")
    slug = words_of(rest.lower().removeprefix("directus-extension-")) or "hello"
    owner = words_of(scope)
    suggested = f"{f'@{owner}/' if owner else ''}directus-extension-{slug[:60].strip('-')}"
    why = f"it has {len(name):,} characters" if len(name) > MAX_NAME_CHARACTERS else "npm takes no package of that name"
    raise ExportError(
        f"{quote(name)} cannot be the name of a package: {why}", hint=f"Load the cell under another one: {suggested}"
    )
