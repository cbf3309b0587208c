"""An identity provider (OpenID Connect): where to send people, and what its answers must hold.

Authorization code with PKCE, state and nonce. The token's signature must be by a key that the
provider publishes, under an asymmetric algorithm; its claims must be for us, now, and for this very
sign-in. No redirect is followed, and nothing is asked over plain HTTP but on this machine.

Source: docs/decisions/0048-second-factor-and-providers.md
"""

import asyncio
import json
import secrets
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ledger.clock import now
from ledger.errors import LedgerError
from ledger.settings import Settings

CALLBACK = "/sign-in/provider/callback"
_DISCOVERY = "/.well-known/openid-configuration"
#: Until something arrives, and until everything has.
_TIMEOUT_SECONDS, _WHOLE_SECONDS = 5, 10
_LARGEST_ANSWER = 256 * 1024
_KEPT_SECONDS = 3600
_LEEWAY_SECONDS = 60
_LONGEST_AGE_SECONDS = 600
#: Never "none", and never an algorithm whose key could be the published one.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST_SUBJECT = 255


class ProviderRefused(LedgerError):
    """What the provider answered cannot be trusted, or it refused the sign-in itself."""

    template = "The identity provider's answer is not accepted ({fault})."


class ProviderUnavailable(LedgerError):
    """The provider does not answer, or not as one."""

    template = "The identity provider cannot be reached; try again in {retry_after_seconds} s."


class Started(msgspec.Struct, frozen=True):
    """A sign-in sent to the provider: what its answer must bring back or prove."""

    state: str
    nonce: str
    verifier: str


class Identity(msgspec.Struct, frozen=True):
    """Whom the provider has recognised, and how."""

    issuer: str
    subject: str
    methods: frozenset[str]


class _Found(msgspec.Struct, frozen=True):
    """What the provider publishes about itself."""

    authorization_endpoint: str
    token_endpoint: str
    keys: KeySet
    read_at: datetime


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts; reading them takes a while."""
    return ssl.create_default_context()


class IdentityProvider:
    """The provider of the settings; one of it in each process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.issuer = settings.oidc_issuer.rstrip("/")
        self._found: _Found | None = None

    @property
    def is_set_up(self) -> bool:
        """Whether there is a provider at all."""
        return bool(self.issuer and self._settings.oidc_client_id and self._settings.public_url)

    async def start(self) -> tuple[str, Started]:
        """The address to send somebody to, and what to keep until the answer.

        Raises:
            ProviderUnavailable: it cannot be asked where that is.
        """
        found = await self._read()
        started = Started(*(secrets.token_urlsafe(32) for _ in range(3)))
        challenge = urlsafe_b64encode(sha256(started.verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._callback(),
            "scope": "openid",
            "state": started.state,
            "nonce": started.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(found.authorization_endpoint).query else "?"
        return f"{found.authorization_endpoint}{joint}{urlencode(query)}", started

    async def finish(self, started: Started, answer: Mapping[str, str]) -> Identity:
        """Who has signed in, from what the browser brought back.

        Raises:
            ProviderRefused: it is not an answer to this sign-in, or not one to be trusted.
            ProviderUnavailable: the provider cannot be asked.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), started.state.encode()):
            raise ProviderRefused(fault="state")
        if answer.get("iss", self.issuer).rstrip("/") != self.issuer:
            raise ProviderRefused(fault="issuer")
        if answer.get("error") or not answer.get("code"):
            raise ProviderRefused(fault="denied")
        found = await self._read()
        token = await self._exchange(found, answer["code"], started.verifier)
        claims = await self._verified(found, token)
        self._check(claims, started.nonce)
        methods = {str(one) for one in claims.get("amr") or () if isinstance(one, str)}
        if isinstance(claims.get("acr"), str):
            methods.add(claims["acr"])
        return Identity(self.issuer, claims["sub"], frozenset(methods))

    def counts_as_second_factor(self, identity: Identity) -> bool:
        """Whether the settings trust the provider's word for the second factor."""
        trusted = {one.strip() for one in self._settings.oidc_second_factor.split(",")} - {""}
        return not trusted.isdisjoint(identity.methods)

    async def _exchange(self, found: _Found, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback(),
            "client_id": self._settings.oidc_client_id,
            "code_verifier": verifier,
        }
        secret = self._settings.oidc_client_secret
        auth = (self._settings.oidc_client_id, secret) if secret else None
        status, answer = await self._ask(found.token_endpoint, form=form, auth=auth)
        token = answer.get("id_token")
        if status != httpx.codes.OK or not isinstance(token, str):
            raise ProviderRefused(fault="token")
        return token

    async def _verified(self, found: _Found, token: str) -> dict[str, Any]:
        """The claims of a token signed by the provider; after new keys were asked for once."""
        for keys in (found.keys, None):
            try:
                known = keys or (await self._read(anew=True)).keys
                return dict(jwt.decode(token, known, algorithms=_ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
                if keys is None:
                    raise ProviderRefused(fault="signature") from error
        raise AssertionError("the second round returns or raises")

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        moment, client_id = now().timestamp(), self._settings.oidc_client_id
        audience, subject = claims.get("aud"), claims.get("sub")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat")
        right = {
            "issuer": str(claims.get("iss", "")).rstrip("/") == self.issuer,
            "audience": client_id in audiences
            and (len(audiences) == 1 or claims.get("azp") == client_id),
            "expired": type(expires) is int and expires > moment - _LEEWAY_SECONDS,
            "age": type(issued) is int
            and moment - _LONGEST_AGE_SECONDS < issued < moment + _LEEWAY_SECONDS,
            "nonce": secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
            "subject": isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT,
        }
        wrong = next((reason for reason, is_right in right.items() if not is_right), None)
        if wrong is not None:
            raise ProviderRefused(fault=wrong)

    async def _read(self, *, anew: bool = False) -> _Found:
        """What the provider publishes, kept for an hour; ``anew``: asked again for its keys."""
        kept = self._found
        fresh = kept is not None and (now() - kept.read_at).total_seconds() < _KEPT_SECONDS
        if kept is not None and fresh and not anew:
            return kept
        status, about = await self._ask(f"{self.issuer}{_DISCOVERY}")
        if status != httpx.codes.OK or str(about.get("issuer", "")).rstrip("/") != self.issuer:
            raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
        status, published = await self._ask(str(about.get("jwks_uri", "")))
        keys = [key for key in published.get("keys") or () if key.get("kty") in _KEY_TYPES]
        try:
            self._found = _Found(
                str(about["authorization_endpoint"]),
                str(about["token_endpoint"]),
                KeySet.import_key_set({"keys": keys}),
                now(),
            )
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS) from error
        return self._found

    async def _ask(
        self,
        address: str,
        *,
        form: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer; whatever is not one counts as silence."""
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
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
                        raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
            answer = json.loads(body)
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS) from error
        if response.is_redirect or response.is_server_error or not isinstance(answer, dict):
            raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
        return response.status_code, answer

    def _callback(self) -> str:
        return self._settings.public_url.rstrip("/") + CALLBACK
