"""Passwords for trying logins: plain text that somebody made up, never those of people, and never their hashes."""

from __future__ import annotations

import re
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

MAX_PASSWORD: Final = 200
"""Characters of a password."""
_HASH: Final = re.compile(r"\$[a-z0-9-]{1,16}\$")  # how the hash of a password begins: $argon2id$, $2b$


def check_password(password: str) -> None:
    """Raise ValueError, which does not repeat it, for what is no password for trying."""
    if not password or len(password) > MAX_PASSWORD:
        raise ValueError(f"A password has 1 to {MAX_PASSWORD} characters")
    if hashed(password):
        raise ValueError("A password is plain text for trying, not the hash of a real one")


def hashed(password: str) -> bool:
    """Whether ``password`` is the hash of one."""
    return _HASH.match(password) is not None


def same_password(password: str | None, given: str) -> bool:
    """Whether ``given`` is ``password``, in a time that tells nothing of it, nor whether there is one."""
    return compare_digest(digest(password or ""), digest(given)) and password is not None


def digest(text: str) -> bytes:
    """Return a digest of a text, so that texts of any length compare alike, and none is kept as it is."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()
