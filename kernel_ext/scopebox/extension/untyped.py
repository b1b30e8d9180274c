"""A default export of which nothing says what it is: it is never called, there or here, and nothing would tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.vocabulary import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPORT: Final[Mapping[str, re.Pattern[str]]] = {
    "python": re.compile(r"^(?:async )?def default\(|^default = \{", re.MULTILINE),
    "javascript": re.compile(r"^[ \t]{0,100}export default\b|\bas default\b", re.MULTILINE),
}
NOTE: Final = f"Its default export is not called, since nothing says what it is: add --type {', '.join(TYPES[:-1])} or {TYPES[-1]}."


def has_default_export(engine: str, source: str) -> bool:
    """Whether a source for this engine exports something by default, as far as its text tells."""
    return engine in _EXPORT and _EXPORT[engine].search(source) is not None
