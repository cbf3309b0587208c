"""An identity provider (OpenID Connect): where to send people, and what its answers must hold.

Authorization code with PKCE, state and nonce. The token's signature must be by a key that the
provider publishes, under an asymmetric algorithm; its claims must be for us, now, and for this very
sign-in. No redirect is followed, and nothing is asked over plain HTTP but on this machine.

Source: docs/decisions/0048-second-factor-and-providers.md
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import msgspec

from ledger.clock import now
from ledger.errors import LedgerError
from ledger.settings import Settings

if TYPE_CHECKING:
    from api.provider_answers import KeySet

CALLBACK = "/sign-in/provider/callback"
_DISCOVERY = "/.well-known/openid-configuration"
_KEPT_SECONDS = 3600
_LEEWAY_SECONDS = 60
_LONGEST_AGE_SECONDS = 600
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
    keys: "KeySet"
    read_at: datetime


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
        amr = claims.get("amr")
        methods = {one for one in amr if isinstance(one, str)} if isinstance(amr, list) else set()
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
        status, answer = await _ask(found.token_endpoint, form=form, auth=auth)
        token = answer.get("id_token")
        if status != HTTPStatus.OK or not isinstance(token, str):
            raise ProviderRefused(fault="token")
        return token

    async def _verified(self, found: _Found, token: str) -> dict[str, Any]:
        """The claims of a token signed by the provider; after new keys were asked for once."""
        from api.provider_answers import signed_claims  # noqa: PLC0415, loaded by then

        claims = signed_claims(token, found.keys)
        if claims is None:
            claims = signed_claims(token, (await self._read(anew=True)).keys)
        if claims is None:
            raise ProviderRefused(fault="signature")
        return claims

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
        from api.provider_answers import read_keys  # noqa: PLC0415, see _ask

        kept = self._found
        fresh = kept is not None and (now() - kept.read_at).total_seconds() < _KEPT_SECONDS
        if kept is not None and fresh and not anew:
            return kept
        status, about = await _ask(f"{self.issuer}{_DISCOVERY}")
        if status != HTTPStatus.OK or str(about.get("issuer", "")).rstrip("/") != self.issuer:
            raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
        status, published = await _ask(str(about.get("jwks_uri", "")))
        keys = read_keys(published)
        addresses = about.get("authorization_endpoint"), about.get("token_endpoint")
        asked, exchanged = map(str, addresses)
        if keys is None or not _is_safe(asked):
            raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
        self._found = _Found(asked, exchanged, keys, now())
        return self._found

    def _callback(self) -> str:
        return self._settings.public_url.rstrip("/") + CALLBACK


def _is_safe(address: str) -> bool:
    """Whether an address that the provider names is asked, or opened, over TLS or on this machine.

    One that is none, such as a wrong port, is not.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port  # which is looked at only when it is asked for
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        return False


async def _ask(
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object that the provider answers."""
    # Most services have no provider: an HTTP client and JOSE are 13 MiB of each of their processes.
    from api.provider_answers import ask  # noqa: PLC0415

    if not _is_safe(address):
        raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
    answered = await ask(address, form=form, auth=auth)
    if answered is None:
        raise ProviderUnavailable(retry_after_seconds=_LEEWAY_SECONDS)
    return answered
