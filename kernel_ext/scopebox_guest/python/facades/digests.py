"""Digests and identifiers: hashlib, hmac, uuid."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.stand_ins import Function, Module, classes, functions, members

if TYPE_CHECKING:
    from collections.abc import Callable

ALGORITHMS: Final = (
    "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_224 sha3_256 sha3_384 sha3_512 sha512 shake_128 shake_256"
)
OPTIONAL: Final = tuple(
    name for name in ("pbkdf2_hmac", "scrypt") if hasattr(hashlib, name)
)  # of OpenSSL, not all have them
_NAMES: Final = frozenset(ALGORITHMS.split())


def _algorithm(digest: object) -> str:
    """The name of an algorithm, given as a name or as its function. Others would be looked up on disk by the library."""
    name = str.__str__(digest) if isinstance(digest, str) else getattr(digest, "__name__", "").removeprefix("openssl_")
    name = name.lower().replace("sha3-", "sha3_")
    if name not in _NAMES:
        raise ValueError(f"unsupported hash type {digest}")
    return name


def _new(name: str, data: bytes = b"", *, usedforsecurity: bool = True) -> object:
    construct: Callable[..., object] = getattr(hashlib, _algorithm(name))
    return construct(data, usedforsecurity=usedforsecurity)


def _hmac_new(key: bytes, msg: bytes | None = None, digestmod: object = "") -> object:
    return hmac.new(key, msg, _algorithm(digestmod))


def _hmac_digest(key: bytes, msg: bytes, digest: object) -> bytes:
    return hmac.digest(key, msg, _algorithm(digest))


def digest_modules() -> dict[str, Module]:
    """The façades of this module, after one use of each algorithm: the library may load parts of itself at the first use."""
    for name in _NAMES:
        _new(name, b"")
    hmac.digest(b"", b"", "sha256")
    algorithms: dict[str, object] = {
        "new": Function("new", _new),
        "algorithms_available": _NAMES,
        "algorithms_guaranteed": _NAMES,
    }
    return {
        "hashlib": Module("hashlib", functions(hashlib, " ".join((ALGORITHMS, *OPTIONAL))) | algorithms),
        "hmac": Module(
            "hmac",
            {
                "new": Function("new", _hmac_new),
                "digest": Function("digest", _hmac_digest),
                "compare_digest": hmac.compare_digest,
            },
        ),
        "uuid": Module(
            "uuid",
            functions(uuid, "uuid3 uuid4 uuid5")
            | members(uuid, "NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500")
            | classes(uuid, "UUID"),
        ),
    }
