"""What an identity provider answers: asked over HTTP, its keys and its signed claims read.

Apart from `api.identity_provider`, which imports it when a provider is first asked.

Source: docs/decisions/0048-second-factor-and-providers.md
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

__all__ = ["KeySet", "ask", "read_keys", "signed_claims"]

#: Until something arrives, and until everything has.
_TIMEOUT_SECONDS, _WHOLE_SECONDS = 5, 10
_LARGEST_ANSWER = 256 * 1024
#: Never "none", and never an algorithm whose key could be the published one.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts; reading them takes a while."""
    return ssl.create_default_context()


async def ask(
    address: str, *, form: Mapping[str, str] | None, auth: tuple[str, str] | None
) -> tuple[int, dict[str, Any]] | None:
    """Status and JSON object of an answer; None for silence and for whatever is no such answer."""
    try:
        async with (
            asyncio.timeout(_WHOLE_SECONDS),
            httpx.AsyncClient(
                timeout=_TIMEOUT_SECONDS,
                follow_redirects=False,
                trust_env=False,
                verify=_trusted(),
            ) as client,
            client.stream(
                "GET" if form is None else "POST",
                address,
                data=form,
                auth=auth or httpx.USE_CLIENT_DEFAULT,
                headers={"accept": "application/json"},
            ) as response,
        ):
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LARGEST_ANSWER:
                    return None
        answer = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError):
        return None
    if response.is_redirect or response.is_server_error or not isinstance(answer, dict):
        return None
    return response.status_code, answer


def read_keys(published: Mapping[str, Any]) -> KeySet | None:
    """The public keys of a JWK set; None if it is not one."""
    try:
        keys = [key for key in published.get("keys") or () if key.get("kty") in _KEY_TYPES]
        return KeySet.import_key_set({"keys": keys})
    except (JoseError, KeyError, ValueError, TypeError, AttributeError):
        return None


def signed_claims(token: str, keys: KeySet) -> dict[str, Any] | None:
    """The claims of a token that one of the keys has signed; None for any other token."""
    try:
        return dict(jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
