"""`gongzhang worker`: do the jobs in a process of its own."""

import argparse
import asyncio
import sys

from ledger.settings import read_settings
from ops.cli.database import open_database, settings_with_secret
from ops.cli.frame import Subparsers, new_parser
from ops.logging import configure_logging
from ops.worker import run_worker


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    new_parser(
        subparsers,
        "worker",
        summary="Do jobs when they are due, until stopped; several workers share the work.",
        example="GONGZHANG_WORKER=separate gongzhang serve &\ngongzhang worker",
    )


def run(_args: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C; what is under way comes to the end of its step."""
    settings = settings_with_secret(read_settings())
    configure_logging(settings.log_level)
    with open_database(settings, serving=True) as database:
        print("共账 worker: Ctrl-C stops it", file=sys.stderr, flush=True)
        asyncio.run(run_worker(settings, database.service_url))
    return 0
