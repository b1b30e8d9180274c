"""Access tokens: what is signed is read, and nothing else."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access.access_tokens import AccessTokens, Claims, is_access_token

CLAIMS = Claims(id="u", role=None, app_access=True, admin_access=False, iat=10, exp=20)


def encoded(data: object) -> str:
    return urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def test_what_is_signed_is_read_until_it_expires() -> None:
    tokens = AccessTokens()
    token = tokens.sign(CLAIMS)
    assert tokens.read(token, 19.9) == CLAIMS
    assert json.loads(urlsafe_b64decode(token.split(".")[0] + "==")) == {"alg": "HS256", "typ": "JWT"}
    with pytest.raises(DirectusError) as caught:
        tokens.read(token, 20)
    assert caught.value.code == "TOKEN_EXPIRED"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_part_of_somebody_else_is_refused(at: int) -> None:
    tokens, parts = AccessTokens(), AccessTokens().sign(CLAIMS).split(".")
    mine = tokens.sign(CLAIMS).split(".")
    mine[at] = encoded({"alg": "none", "iss": "directus", "admin_access": True}) if at < 2 else parts[2]
    with pytest.raises(DirectusError) as caught:
        tokens.read(".".join(mine), 15)
    assert (caught.value.status, caught.value.code) == (403, "INVALID_TOKEN")


def test_only_the_form_tells_a_token_from_a_static_one() -> None:
    head, claims = encoded({"alg": "HS256"}), encoded({"iss": "directus"})
    assert is_access_token(f"{head}.{claims}.")
    others = [
        "admin-token",
        f"{head}.{claims}",
        f"{head}.{encoded({'iss': 'me'})}.x",
        f"x.{claims}.y",
        "a.b.c",
        "é.b.c",
        "." * 2000,
    ]
    assert not any(map(is_access_token, others))
