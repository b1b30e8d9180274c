"""What is kept in the place of a value that is hashed: scrypt, with the salt and the parameters in the text, as in argon2's."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from typing import Final

from scopebox.store import javascript

COST: Final = 64
"""The cost of a hash, small: two tenths of a millisecond. The hashes stand for those of a server, they do not protect one."""
ROUNDS: Final = 1_000  # where the Python has no scrypt
MAX_HASHED: Final = 10
"""Hashed fields of a collection: the loop makes the hashes of an item in one step."""
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


def hashed(value: object) -> object:
    """Return the hash of ``value``, salted anew each time; what JavaScript takes for false stays what it is.

    A Directus makes hashes of argon2. What is a hash already, or a mask, is hashed like anything else, as there.
    """
    if not javascript.truthy(value):
        return value
    text, salt = javascript.text(value).encode("utf-8", "replace"), os.urandom(_SALT_BYTES)
    if hasattr(hashlib, "scrypt"):
        made = hashlib.scrypt(text, salt=salt, n=COST, r=8, p=1, dklen=_HASH_BYTES)
        return f"$scrypt$n={COST},r=8,p=1${_base64(salt)}${_base64(made)}"
    made = hashlib.pbkdf2_hmac("sha256", text, salt, ROUNDS, _HASH_BYTES)
    return f"$pbkdf2-sha256$i={ROUNDS}${_base64(salt)}${_base64(made)}"


def _base64(content: bytes) -> str:
    return b64encode(content).decode().rstrip("=")
