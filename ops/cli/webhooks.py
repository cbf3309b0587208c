"""`gongzhang webhooks deliver`: send what is due, once; the worker does it by itself."""

import argparse
import asyncio

from ledger.database import create_engine
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import open_secrets
from ledger.foundation.webhook_delivery import deliver_due_webhooks
from ledger.settings import Settings, read_settings
from ops.cli.database import open_database, settings_with_secret
from ops.cli.frame import Subparsers, answer, new_parser
from ops.logging import configure_logging

_EXAMPLE = "gongzhang webhooks deliver --json"


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers, "webhooks", summary="Deliver webhooks that are due.", example=_EXAMPLE
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new_parser(actions, "deliver", summary="Try every due delivery once.", example=_EXAMPLE)


def run(args: argparse.Namespace) -> int:
    """Deliver and tell how many were taken."""
    settings = settings_with_secret(read_settings())
    configure_logging(settings.log_level)
    with open_database(settings) as database:
        delivered = asyncio.run(_deliver(settings, database.service_url))
    answer(args, f"{delivered} delivered.", delivered=delivered)
    return 0


async def _deliver(settings: Settings, url: str) -> int:
    engine = create_engine(url, pool_size=2)
    try:
        return await deliver_due_webhooks(
            engine,
            keys=PersonalDataKeys(open_secrets(settings)),
            loopback=settings.webhooks_to_loopback,
        )
    finally:
        await engine.dispose()
