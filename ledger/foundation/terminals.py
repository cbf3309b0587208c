"""Tills of merchants: named, numbered, suspended when lost; an API key may belong to one alone."""

import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import fetch_all, fetch_optional, fetch_value, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import required_words, told_words
from ledger.foundation.grants import end_grant
from ledger.foundation.names import check_title
from ledger.foundation.organisations import LARGEST_PAGE, check_page_size
from ledger.foundation.participation import require_merchant
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
LONGEST_NUMBER = 40


class TerminalNumberTaken(LedgerError):
    """Another till of the merchant has the number."""

    template = "The merchant has a till with this number already."


class KeyOfAnotherTerminal(LedgerError):
    """A key belongs to one till."""

    template = "This API key belongs to another till."


class TerminalNotActive(LedgerError):
    """A suspended till takes nothing."""

    template = "This till is suspended."


class OtherTerminal(LedgerError):
    """A key that belongs to a till speaks for no other one."""

    template = "This API key belongs to the till {number} and speaks for no other."


class Terminal(msgspec.Struct, frozen=True):
    """A till of a merchant."""

    terminal_id: UUID
    merchant_id: UUID
    number: str
    name: str
    status: str
    api_key_id: UUID | None


class Operator(msgspec.Struct, frozen=True):
    """Who works, or worked, at a counter: a person with name and number, or a system with none."""

    grant_id: UUID
    display_name: str | None
    volunteer_no: str | None
    valid_from: datetime
    valid_to: datetime | None
    is_open: bool


async def create_terminal(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    merchant_id: UUID,
    number: str,
    name: str,
    caller_id: int,
) -> Terminal:
    """A new till of a merchant, at work from now on.

    Raises:
        NotFound: no such merchant here.
        MerchantLeft: it has left.
        TerminalNumberTaken: the merchant has this number, whatever its letters look like.
        InvalidInput: no number or name, or one that is too long.
    """
    await require_merchant(conn, tenant_id=tenant_id, merchant_id=merchant_id)
    whole = unicodedata.normalize("NFKC", number)
    plain = required_words("number", check_title(whole, field="number"))
    if len(plain) > LONGEST_NUMBER:
        remedy = f"Give at most {LONGEST_NUMBER} characters."
        raise InvalidInput(field="number", value=plain[:LONGEST_NUMBER], remedy=remedy)
    statement = load_sql(_PACKAGE, "find_till_of_number")
    if await fetch_value(conn, statement, tenant_id, merchant_id, plain):
        raise TerminalNumberTaken
    terminal = Terminal(
        uuid7(), merchant_id, plain, told_words("name", check_title(name)), "active", None
    )
    created = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "create_terminal"),
        tenant_id,
        terminal.terminal_id,
        merchant_id,
        plain,
        terminal.name,
        caller_id,
    )
    if created is None:
        raise TerminalNumberTaken
    await _record(conn, tenant_id, caller_id, "create", terminal.terminal_id)
    return terminal


async def bind_key(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    terminal_id: UUID,
    api_key_id: UUID | None,
    caller_id: int,
) -> None:
    """Let an API key belong to this till alone; None: to none again.

    Raises:
        NotFound: no such till here, or no key in force that may work at its merchant.
        KeyOfAnotherTerminal: the key belongs to another till.
    """
    statement = load_sql(_PACKAGE, "bind_terminal_key")
    try:
        async with conn.begin_nested():
            row = await fetch_optional(conn, statement, tenant_id, terminal_id, api_key_id, now())
    except IntegrityError as error:
        raise KeyOfAnotherTerminal from error
    if row is None:
        raise NotFound(kind="till or API key", id=str(api_key_id or terminal_id))
    await _record(conn, tenant_id, caller_id, "bind", terminal_id)


async def get_terminal(
    conn: AsyncConnection, *, tenant_id: int, merchant_id: UUID, terminal_id: UUID
) -> Terminal:
    """A till of a merchant.

    Raises:
        NotFound: the merchant has none with this id.
    """
    statement = load_sql(_PACKAGE, "list_terminals")
    row = await fetch_optional(conn, statement, tenant_id, None, terminal_id, None, 1, None)
    if row is None or row.merchant_id != merchant_id:
        raise NotFound(kind="terminal", id=str(terminal_id))
    return _terminal(row)


async def find_terminal_of_key(
    conn: AsyncConnection, *, tenant_id: int, api_key_id: UUID
) -> Terminal | None:
    """The till that a key belongs to."""
    statement = load_sql(_PACKAGE, "list_terminals")
    row = await fetch_optional(conn, statement, tenant_id, None, None, api_key_id, 1, None)
    return None if row is None else _terminal(row)


async def list_terminals(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    merchant_id: UUID,
    limit: int = LARGEST_PAGE,
    after: str | None = None,
) -> list[Terminal]:
    """A page of the tills of a merchant, beginning after the number ``after``."""
    statement = load_sql(_PACKAGE, "list_terminals")
    page = check_page_size(limit)
    rows = await fetch_all(conn, statement, tenant_id, merchant_id, None, None, page, after)
    return [_terminal(row) for row in rows]


async def list_operators(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    merchant_id: UUID,
    limit: int = LARGEST_PAGE,
    after: UUID | None = None,
) -> list[Operator]:
    """A page of who works at a merchant's counter, then who worked there; ``after`` a grant."""
    statement = load_sql(_PACKAGE, "list_operators")
    page = check_page_size(limit)
    rows = await fetch_all(conn, statement, tenant_id, merchant_id, now(), page, after, None)
    return [Operator(*tuple(row)) for row in rows]


async def end_operator(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    merchant_id: UUID,
    grant_id: UUID,
    reason: str,
    caller_id: int,
) -> None:
    """Let somebody work at a merchant's counter no longer.

    Raises:
        NotFound: nobody with this grant works there.
        InvalidInput: no reason.
    """
    words = told_words("reason", reason)
    statement = load_sql(_PACKAGE, "list_operators")
    row = await fetch_optional(conn, statement, tenant_id, merchant_id, now(), 1, None, grant_id)
    if row is None or not row.is_open:
        raise NotFound(kind="operator", id=str(grant_id))
    await end_grant(conn, grant_id=grant_id, ended_by=caller_id, reason=words)


def same_till(one: str, other: str) -> bool:
    """Whether two numbers are one till's: T1, t1 and Ｔ１ are."""
    return _plain_number(one) == _plain_number(other)


def _plain_number(number: str) -> str:
    return unicodedata.normalize("NFKC", number).strip().upper()


def _terminal(row: Any) -> Terminal:
    return Terminal(*tuple(row))


async def _record(
    conn: AsyncConnection, tenant_id: int, caller_id: int, act: str, terminal_id: UUID
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"terminal.{act}",
        tenant_id=tenant_id,
        object_kind="terminal",
        object_id=str(terminal_id),
    )
