"""Refuse to work with another secret than the one that the database's personal data is under.

A data directory without its file gets a new secret by itself, which is right for a new
installation only: in an old one nobody could sign in, and new data would come under another secret.
"""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import fetch_one, load_sql, read_transaction
from ledger.foundation.secrets import open_secrets
from ledger.settings import Settings, UnknownSetting

_OLDEST = load_sql("ledger.foundation", "find_oldest_secret_use")


async def check_secret(engine: AsyncEngine, settings: Settings) -> None:
    """Compare the secrets at hand with the one that the oldest personal data is under.

    `settings.secret_key` must be filled in. One row is looked at, so that it costs nothing to
    start; a secret that `gongzhang keys adopt` has noted is believed.

    Raises:
        UnknownSetting: the secrets at hand are those of another installation.
    """
    at_hand = open_secrets(settings).key_ids()
    async with read_transaction(engine) as conn:
        found = await fetch_one(conn, _OLDEST, at_hand[0])
    oldest = found.oldest_key_id
    if oldest is None or bytes(oldest) in at_hand or found.is_noted:
        return
    raise UnknownSetting(
        f"The personal data in the database is under the secret {bytes(oldest).hex()}, and at hand "
        f"is {at_hand[0].hex()}. {_remedy(settings)} Only if it is lost for good: "
        "gongzhang keys adopt"
    )


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
