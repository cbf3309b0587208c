"""A small identity provider on loopback, of the tests' own; it can misbehave."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from ledger.clock import now

CLIENT_ID, CLIENT_SECRET = "gongzhang", "a secret of the tests"
#: Addresses of its pages and keys that are not gone to.
PAGES = {
    "page over plain http": "http://192.0.2.1/authorize",
    "page of a script": "javascript:alert(1)",
    "page nowhere": "",
}
KEYS_AT = {
    "plain http": "http://192.0.2.1/keys",
    "half an address": "https://[::1",
    "no such port": "https://192.0.2.1:99999999/keys",
}


def encoded(part: str | bytes) -> str:
    """One part of a token."""
    raw = part.encode() if isinstance(part, str) else part
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Provider:
    """Signs ``subject`` in without asking; ``mischief`` names what it does wrong."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.subject = "pat"
        self.claims: dict[str, Any] = {}
        self.mischief = ""
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.roll_keys()

    def roll_keys(self) -> None:
        """Sign with a new key from now on, and publish that one alone."""
        self.key = RSAKey.generate_key(2048, auto_kid=True)

    def authorize(self, query: dict[str, str]) -> str:
        """What a person's browser does there; returns where it is sent back to."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT_ID
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        state = "forged" if self.mischief == "state" else query["state"]
        answer = {"code": code, "state": state, "iss": self.issuer}
        if self.mischief == "denied":
            answer = {"error": "access_denied", "state": state}
        if self.mischief == "mix-up":
            answer["iss"] = "https://other.example"
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """The token for a code, once."""
        asked = self.codes.pop(form["code"])
        digest = sha256(form["code_verifier"].encode()).digest()
        assert urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        moment = int(now().timestamp())
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "expired": {"exp": moment - 3600, "iat": moment - 60},
            "old": {"iat": moment - 7200},
            "audience": {"aud": "somebody-else"},
            "many audiences": {"aud": [CLIENT_ID, "other"], "azp": "other"},
            "issuer": {"iss": "https://other.example"},
            "no subject": {"sub": ""},
            "words for numbers": {"exp": "tomorrow"},
        }
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": moment,
            "exp": moment + 300,
            **self.claims,
            **wrong.get(self.mischief, {}),
        }
        return {"id_token": self.sign(claims), "access_token": "x", "token_type": "Bearer"}

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed token, or what an attacker would try instead."""
        if self.mischief == "alg none":
            parts = (json.dumps({"alg": "none"}), json.dumps(claims), "")
            return ".".join(map(encoded, parts))
        if self.mischief == "public key as secret":
            header = {"alg": "HS256", "kid": self.key.kid}
            signed = f"{encoded(json.dumps(header))}.{encoded(json.dumps(claims))}"
            pem = self.key.as_pem(private=False)
            return f"{signed}.{encoded(hmac.digest(pem, signed.encode(), 'sha256'))}"
        if self.mischief == "unknown key":
            stranger = RSAKey.generate_key(2048, auto_kid=True)
            return jwt.encode({"alg": "RS256", "kid": stranger.kid}, claims, stranger)
        if self.mischief == "same key id":
            stranger = RSAKey.generate_key(2048)
            return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, stranger)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    async def answer(self, path: str, body: str) -> tuple[int, str]:
        """Status and body for a request of the service."""
        self.asked.append(path)
        if self.mischief == "500" and path == "/token":
            return 500, '{"error": "server_error"}'
        if self.mischief == "slow" and path == "/token":
            await asyncio.sleep(3600)
        if self.mischief == "not json" and path == "/token":
            return 200, "<html>"
        if self.mischief == "endless" and path == "/token":
            return 200, '"' + "x" * 400_000 + '"'
        if self.mischief == "redirect" and path == "/token":
            return 307, "{}"
        if path == "/.well-known/openid-configuration":
            other = "https://other.example" if self.mischief == "other document" else self.issuer
            return 200, json.dumps(
                {
                    "issuer": other,
                    "authorization_endpoint": PAGES.get(self.mischief, f"{self.issuer}/authorize"),
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": KEYS_AT.get(self.mischief, f"{self.issuer}/keys"),
                }
            )
        if path == "/keys" and self.mischief == "keys without shape":
            return 200, '{"keys": ["none"]}'
        if path == "/keys":
            return 200, json.dumps({"keys": [self.key.as_dict(private=False)]})
        form = dict(parse_qsl(body))
        if self.mischief == "refuses the code" or form["code"] not in self.codes:
            return 400, '{"error": "invalid_grant"}'
        return 200, json.dumps(self.token(form))


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    """The provider, listening on a free port of this machine."""
    provider: Provider

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = head.split("\r\n")
            sizes = [line[15:] for line in lines if line.lower().startswith("content-length:")]
            body = (await reader.readexactly(int(sizes[0]))).decode() if sizes else ""
            status, text = await provider.answer(urlsplit(lines[0].split(" ")[1]).path, body)
            location = f"Location: {provider.issuer}/keys\r\n" if status == 307 else ""
            raw = text.encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{location}"
                f"Content-Length: {len(raw)}\r\nConnection: close\r\n\r\n".encode()
                + raw
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    provider = Provider(server.sockets[0].getsockname()[1])
    try:
        yield provider
    finally:
        server.close()
