"""`gongzhang jobs`: run what is due, once; `gongzhang serve` does it every minute."""

import argparse
import asyncio

import msgspec

from ledger.database import create_engine
from ledger.journeys.jobs import JobRun, run_due_jobs
from ledger.settings import read_settings
from ops.cli.database import open_database
from ops.cli.frame import Subparsers, answer, new_parser
from ops.logging import configure_logging


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    new_parser(
        subparsers,
        "jobs",
        summary="Run the jobs that are due (releases, expiries); twice does nothing more.",
        example="gongzhang jobs --json",
    )


def run(args: argparse.Namespace) -> int:
    """Run the jobs and tell what they did."""
    settings = read_settings()
    configure_logging(settings.log_level)
    with open_database(settings) as database:
        runs = asyncio.run(_run(database.service_url))
    lines = [f"{item.programme}: {item.job} {item.handled}" for item in runs]
    answer(args, "\n".join(lines) or "nothing was due", runs=msgspec.to_builtins(runs))
    return 0


async def _run(service_url: str) -> list[JobRun]:
    engine = create_engine(service_url, pool_size=1)
    try:
        return await run_due_jobs(engine)
    finally:
        await engine.dispose()
