"""Refuse to work with another secret than the one that the database's personal data is under.

A data directory without its file gets a new secret by itself, which is right for a new
installation only: in an old one nobody could sign in, and new data would come under another secret.
So the database is looked at before one is made, and whenever one is used.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import fetch_one, load_sql, read_transaction
from ledger.foundation.secrets import open_secrets
from ledger.settings import Settings, UnknownSetting
from ops.refusals import AdministratorMust

_OLDEST = load_sql("ledger.foundation", "find_oldest_secret_use")


class NoSecretHere(AdministratorMust):
    """The installation's secret is not where it belongs, and none is made in its place."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            f"There is no secret in {settings.data_path()} yet: a new installation is given one "
            "when it is first served. Put the one that was kept back there as secret-key. Only if "
            "it is lost for good: gongzhang keys adopt"
        )


async def check_secret(engine: AsyncEngine, settings: Settings) -> None:
    """Compare the secrets at hand with the one that the oldest personal data is under.

    `settings.secret_key` must be filled in. One row is looked at, so that it costs nothing to
    start; a secret that `gongzhang keys adopt` has noted is believed.

    Raises:
        UnknownSetting: the secrets at hand are those of another installation.
    """
    at_hand = open_secrets(settings).key_ids()
    found = await _look(engine, at_hand[0])
    oldest = found.oldest_key_id
    if oldest is None or bytes(oldest) in at_hand or found.is_noted:
        return
    raise UnknownSetting(
        f"The personal data in the database is under the secret {bytes(oldest).hex()}, and at hand "
        f"is {at_hand[0].hex()}. {_remedy(settings)} Only if it is lost for good: "
        "gongzhang keys adopt"
    )


async def expect_no_secret_yet(engine: AsyncEngine, settings: Settings) -> None:
    """Look before a secret is made: where personal data is under one, it is that which is missing.

    Raises:
        NoSecretHere: put the one that was kept back.
    """
    if (await _look(engine, b"")).oldest_key_id is not None:
        raise NoSecretHere(settings)


async def says_secret_is_missing(engine: AsyncEngine, at_hand: Sequence[str]) -> str | None:
    """What to tell whoever backs up where the secret of the personal data is not; None: it is here.

    `at_hand` are the ids of the secrets, hexadecimal.
    """
    found = await _look(engine, bytes.fromhex(at_hand[0]) if at_hand else b"")
    oldest = found.oldest_key_id
    if oldest is None or bytes(oldest).hex() in at_hand or found.is_noted:
        return None
    return (
        f"ATTENTION: the personal data in this backup is under the secret {bytes(oldest).hex()}, "
        "and that secret is not on this machine: without it names and telephones stay unreadable "
        "after a restore. Look for the copy that was kept, and put it back."
    )


async def _look(engine: AsyncEngine, key_id: bytes) -> Row[Any]:
    async with read_transaction(engine) as conn:
        return await fetch_one(conn, _OLDEST, key_id)


def _remedy(settings: Settings) -> str:
    """How the right one comes back; what is at hand may be needed elsewhere, so nothing is lost."""
    if not settings.secret_key_file:
        return "Put the one that was kept into GONGZHANG_SECRET_KEY."
    path = Path(settings.secret_key_file)
    if path == settings.data_path() / "secret-key":
        return f"Move {path} aside, then put the one that was kept in its place."
    return (
        "Let GONGZHANG_SECRET_KEY_FILE name the file with the one that was kept, and leave "
        f"{path} as it is: it may be another installation's, or the backup key."
    )
