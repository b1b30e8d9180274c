"""What a JavaScript extension reads of an environment that an isolate does not have: no error there or here, so it is noted."""

from __future__ import annotations

import re
from typing import Final

from scopebox_guest.keys import KEY, is_key

MAX_NAMES: Final = 5
_VARIABLE: Final = re.compile(r"""\bprocess\.env(?:\??\.|(?:\?\.)?\[["'])([A-Za-z_]\w{0,99})""")
_THERE: Final = frozenset({"NODE_ENV"})  # which is 'production'


def missing_variables(source: str) -> str:
    """The note on the variables that ``source`` reads from ``process.env``, or an empty text if all of them are there."""
    names = dict.fromkeys(found[1] for found in _VARIABLE.finditer(source) if found[1] not in _THERE)
    if not names:
        return ""
    shown = ", ".join(f"process.env.{name}" for name in list(names)[:MAX_NAMES])
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    key = next(filter(is_key, names), "")
    instead = KEY.format(name=key) if key else "Pass a value in with --input, or keep it in a collection."
    return f"{shown}{more}: undefined in an isolate, here and in a Directus. {instead}"
