"""Access tokens: JSON Web Tokens (RFC 7519) signed by HMAC-SHA-256, as a Directus gives them to who logs in."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import asdict, dataclass, field
from secrets import token_bytes
from typing import Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import DirectusError

MAX_TOKEN_CHARACTERS: Final = 1_000
ISSUER: Final = "directus"
_ALGORITHM: Final = "HS256"
_PARTS: Final = 3  # head, claims and signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says: who, and until when, in seconds since 1970. ``session`` is there where the token ends with its session."""

    id: str
    role: str | None
    app_access: bool
    admin_access: bool
    session: str | None = field(default=None, repr=False)
    iat: int
    exp: int
    iss: str = ISSUER


class _Issued(msgspec.Struct):
    iss: object = None


class _Head(msgspec.Struct):
    alg: object = None


class AccessTokens:
    """Signs tokens with a secret that is made at random and never leaves, and reads those that it signed."""

    def __init__(self) -> None:
        self._secret = token_bytes(32)

    def sign(self, claims: Claims) -> str:
        """Return the token that says ``claims``."""
        said = {name: value for name, value in asdict(claims).items() if (name, value) != ("session", None)}
        text = f"{_encoded({'alg': _ALGORITHM, 'typ': 'JWT'})}.{_encoded(said)}"
        return f"{text}.{self._signature(text)}"

    def read(self, token: str, now: float) -> Claims:
        """Return what ``token`` says. DirectusError 403 for one that was signed by somebody else, 401 for one that has expired."""
        text, _, signature = token.rpartition(".")
        head, _, claims = text.partition(".")
        if not hmac.compare_digest(self._signature(text).encode(), signature.encode()):
            raise invalid_token()
        try:
            algorithm = wire.decode_as(_decoded(head), _Head).alg
            said = wire.decode_as(_decoded(claims), Claims)
        except (msgspec.DecodeError, Base64Error, RecursionError):
            raise invalid_token() from None
        if algorithm != _ALGORITHM:
            raise invalid_token()
        if said.exp <= now:
            raise DirectusError(401, "TOKEN_EXPIRED", "Token expired.")
        return said

    def _signature(self, text: str) -> str:
        return _base64(hmac.digest(self._secret, text.encode(), "sha256"))


def is_access_token(token: str) -> bool:
    """Whether ``token`` has the form of one that a Directus signs; others are static tokens."""
    if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii() or token.count(".") != _PARTS - 1:
        return False
    head, claims, _ = token.split(".")
    try:
        wire.decode_as(_decoded(head), _Head)
        return wire.decode_as(_decoded(claims), _Issued).iss == ISSUER
    except (msgspec.DecodeError, Base64Error, RecursionError):
        return False


def invalid_credentials() -> DirectusError:
    """Return the refusal of whoever is not who he says."""
    return DirectusError(401, "INVALID_CREDENTIALS", "Invalid user credentials.")


def invalid_token() -> DirectusError:
    """Return the refusal of a token that was signed by somebody else."""
    return DirectusError(403, "INVALID_TOKEN", "Invalid token.")


def _encoded(data: object) -> str:
    return _base64(msgspec.json.encode(data))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
