"""Names of keys and passwords, and where these belong: the same words in every language, and on the host."""

from __future__ import annotations

from typing import Final

KEY: Final = 'A key stays outside of the code: %sandbox secret {name} asks for it, and "{{{{secret.{name}}}}}" in a header of a request stands for it.'
_WORDS: Final = frozenset({"TOKEN", "KEY", "SECRET", "PASSWORD", "CREDENTIALS"})  # at the end of the name of one


def is_key(name: str) -> bool:
    """Whether a name is that of a key or a password, as far as it tells."""
    return name.upper().rpartition("_")[2] in _WORDS
