"""Who is calling: an API key or a session cookie, what they may do, and form tokens.

Keys, sessions and permissions are kept for five seconds in each process. The process in which a
key or session is ended forgets it at once; in others, and a withdrawn role, it works at most that
much longer.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncEngine

from api.caches import TimedCache
from api.refusals import ApiKeyRefused, FormForged
from ledger.clock import now, today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.api_keys import PREFIX, ApiKey, find_api_key, key_hash, note_use
from ledger.foundation.grants import Permissions, get_permissions
from ledger.foundation.people import Person, find_person_of_caller
from ledger.foundation.secrets import SecretRing
from ledger.foundation.sessions import (
    SENSITIVE,
    TOUCHED_EVERY,
    find_session,
    token_hash,
    touch_session,
)
from ledger.settings import Settings

CACHE_SECONDS = 5
COOKIE_OUTLIVES_SESSION = timedelta(hours=1)
#: Which session this browser had last. It opens nothing.
LAST_SESSION = "last"
LAST_SESSION_KNOWN = timedelta(days=7)
_HASH = re.compile(r"[0-9a-f]{64}")
FORM_TOKEN_FIELD = "form_token"  # noqa: S105  # the name of a field
FORM_TOKEN_HEADER = "x-csrf-token"  # noqa: S105  # the name of a header
_BEARER = "Bearer "

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(msgspec.Struct, frozen=True):
    """Whoever sent a request."""

    caller_id: int
    permissions: Permissions
    #: Who signed in, or whose key it is; None: a connected system.
    person: Person | None
    #: Token of the session cookie; None: an API key.
    session_token: str | None
    #: The key that was sent; None: a session.
    api_key: ApiKey | None = None
    #: When the session's holder last proved who she is.
    proved_at: datetime | None = None


class Identities:
    """Finds the caller of a request; one of it in each process."""

    def __init__(self, engine: AsyncEngine, settings: Settings, secrets: SecretRing) -> None:
        self._engine = engine
        self._secrets = secrets
        self._secure = settings.secure_cookies
        self._needs_second_factor = settings.second_factor == "required"
        self.cookie_name = "__Host-gongzhang" if self._secure else "gongzhang"
        self.api_keys: TimedCache[bytes, Caller] = TimedCache(self._load_key, seconds=CACHE_SECONDS)
        self._noted_on: date | None = None
        self._noted: set[bytes] = set()
        self._sessions: TimedCache[str, Caller] = TimedCache(
            self._load_session, seconds=CACHE_SECONDS
        )

    async def caller_of(self, connection: Connection) -> Caller | None:
        """The caller; None when neither a key nor a session in force came along.

        Raises:
            ApiKeyRefused: a key came along that is not in force.
        """
        header = connection.headers.get("authorization")
        if header is not None:
            return await self.caller_of_header(header)
        token = connection.cookies.get(self.cookie_name)
        return None if not token else await self._sessions.get(token)

    async def caller_of_header(self, header: str) -> Caller:
        """The caller of an Authorization header.

        Raises:
            ApiKeyRefused: not a key of ours, or one that is not in force.
        """
        if not header.startswith(_BEARER + PREFIX):
            raise ApiKeyRefused
        caller = await self.api_keys.get(key_hash(header.removeprefix(_BEARER)))
        if caller is None:
            raise ApiKeyRefused
        return caller

    def session_cookie(self, token: str, lifetime: timedelta) -> Cookie:
        """The cookie that keeps a session in the browser; it outlives the session for a while.

        By it a form is known that was sent too late, and what was typed can be kept.
        """
        return self.cookie("", token, lifetime + COOKIE_OUTLIVES_SESSION)

    def last_session_cookie(self, token: str) -> Cookie:
        """By it a form of this session is known when its own cookie is gone, as after signing out.

        The hash opens no session, and proves no form without the token that only our pages carry.
        """
        return self.cookie(LAST_SESSION, token_hash(token).hex(), LAST_SESSION_KNOWN)

    def session_of_form(self, cookies: Mapping[str, str], given: object) -> bytes | None:
        """The hash of the session that a form was made in, by the cookies it came with.

        None: neither the session of this browser nor its last one, or no form of ours.
        """
        token = cookies.get(self.cookie_name, "")
        hashes = [token_hash(token)] if token else []
        last = cookies.get(self.name_of_cookie(LAST_SESSION), "")
        if _HASH.fullmatch(last):
            hashes.append(bytes.fromhex(last))
        return next((one for one in hashes if self._is_token_of(one, given)), None)

    def may_have_forms(self, cookies: Mapping[str, str]) -> bool:
        """Whether a browser has, or lately had, a session."""
        return bool({self.cookie_name, self.name_of_cookie(LAST_SESSION)} & cookies.keys())

    def ended_cookie(self, name: str = "") -> Cookie:
        """The cookie that removes a session, or one of the others by its name."""
        return self.cookie(name, "", timedelta())

    def name_of_cookie(self, name: str) -> str:
        """The whole name of one of our cookies: of the session where ``name`` is empty."""
        return f"{self.cookie_name}-{name}" if name else self.cookie_name

    def cookie(self, name: str, value: str, lasts: timedelta) -> Cookie:
        """A cookie for this host alone, which no script reads."""
        return Cookie(
            key=self.name_of_cookie(name),
            value=value,
            max_age=int(lasts.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    async def has_proved_since(self, caller: Caller, moment: datetime) -> bool:
        """Whether a session's holder has proved who she is; what is kept here may be older."""
        assert caller.session_token is not None, "a key proves nothing"
        if caller.proved_at is not None and caller.proved_at >= moment:
            return True
        self.forget_session(caller.session_token)
        fresh = await self._sessions.get(caller.session_token)
        return fresh is not None and fresh.proved_at is not None and fresh.proved_at >= moment

    def forget_session(self, token: str) -> None:
        """Let an ended session be ended in this process at once."""
        self._sessions.forget(token)

    def forget_caller(self, caller_id: int) -> None:
        """Let every key and session of a caller that has ended be ended in this process at once."""
        for kept in (self.api_keys, self._sessions):
            kept.forget_where(lambda caller: caller.caller_id == caller_id)

    def forget_everyone(self) -> None:
        """The same for all, after a rare act that may have ended anybody's: each is read anew."""
        for kept in (self.api_keys, self._sessions):
            kept.forget_where(lambda _caller: True)

    def form_token(self, caller: Caller | None) -> str:
        """What a form carries so that only our own pages can send it; nothing without session."""
        session_token = None if caller is None else caller.session_token
        return self._form_tokens(token_hash(session_token))[0] if session_token else ""

    def _is_token_of(self, session_hash: bytes, given: object) -> bool:
        """Whether a form carries the token of this session, which may have ended."""
        sent = given.encode() if isinstance(given, str) else b""
        expected = [token.encode() for token in self._form_tokens(session_hash)]
        return any(hmac.compare_digest(token, sent) for token in expected)

    def _form_tokens(self, hashed: bytes) -> list[str]:
        """The token for new forms, then those of forms made under a secret that still counts."""
        keys = self._secrets.keys("form tokens")
        return [hmac.digest(key.key, hashed, "sha256").hex() for key in keys]

    def check_origin(self, connection: Connection) -> None:
        """Refuse a write that a browser sends from another site.

        Raises:
            FormForged: the browser says that another site made the request.
        """
        site = connection.headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            raise FormForged
        origin = connection.headers.get("origin")
        if origin is not None and _host_of(origin) != connection.headers.get("host"):
            raise FormForged

    def check_form_token(self, caller: Caller, given: str | None) -> None:
        """Refuse a write by cookie without the token of its session.

        Raises:
            FormForged: the token is missing or another session's.
        """
        token = caller.session_token
        if not token or not self._is_token_of(token_hash(token), given):
            raise FormForged

    async def _load_key(self, hashed: bytes) -> Caller | None:
        async with read_transaction(self._engine) as conn:
            key: ApiKey | None = await find_api_key(conn, hashed=hashed, at=now())
            if key is None:
                return None
            permissions = await get_permissions(conn, caller_id=key.caller_id, scopes=key.scopes)
            person = await find_person_of_caller(conn, caller_id=key.caller_id)
        await self._note_use(hashed)
        return Caller(key.caller_id, permissions, person, None, key)

    async def _note_use(self, hashed: bytes) -> None:
        """Remember once a day in each process that a key was used."""
        day = today()
        if day != self._noted_on:
            self._noted_on = day
            self._noted.clear()
        if hashed not in self._noted:
            await write_transaction(
                self._engine, lambda conn: note_use(conn, hashed=hashed, day=day)
            )
            self._noted.add(hashed)

    async def _load_session(self, token: str) -> Caller | None:
        moment = now()
        async with read_transaction(self._engine) as conn:
            session = await find_session(conn, token=token, at=moment)
            if session is None:
                return None
            caller_id = session.person.caller_id
            permissions = await get_permissions(conn, caller_id=caller_id, at=moment)
        sensitive = any(role.is_sensitive for role in permissions.roles)
        if self._needs_second_factor and sensitive and session.idle > SENSITIVE.idle:
            # opened before she held the role, so no second factor was asked for: sign in anew
            return None
        if moment - session.last_seen_at >= TOUCHED_EVERY:
            await write_transaction(
                self._engine, lambda conn: touch_session(conn, token=token, at=moment)
            )
        return Caller(caller_id, permissions, session.person, token, proved_at=session.proved_at)


def _host_of(origin: str) -> str | None:
    """The host with its port that an Origin header names; None: it is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def new_form_key() -> str:
    """A fresh Idempotency-Key for a form; sending the form twice then acts once."""
    return token_urlsafe(16)
