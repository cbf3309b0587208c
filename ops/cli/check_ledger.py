"""`gongzhang check-ledger`: prove the books of every tenant from their transfers."""

import argparse
import asyncio
import sys
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine
from tqdm import tqdm

from ledger.books.proofs import (
    ProofResult,
    find_tenant_public_id,
    list_tenant_ids,
    run_proofs,
)
from ledger.database import create_engine, read_transaction
from ledger.journeys.proofs import register_programme_proofs
from ledger.settings import read_settings
from ops.cli.database import open_database
from ops.cli.frame import Subparsers, answer, new_parser
from ops.schema_state import check_schema


class TenantReport(msgspec.Struct, frozen=True):
    """What the proofs found in one tenant's books."""

    tenant_id: int
    #: None: the tenant's own row is gone.
    public_id: UUID | None
    results: tuple[ProofResult, ...]

    def failed(self) -> list[ProofResult]:
        """The proofs that do not hold."""
        return [result for result in self.results if not result.holds]


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    new_parser(
        subparsers,
        "check-ledger",
        summary="Recompute the books of every tenant and compare; exits 1 if anything differs.",
        example="gongzhang check-ledger\ngongzhang check-ledger --json > proofs.json",
    )


def run(args: argparse.Namespace) -> int:
    """Run every proof over every tenant; 0 when all hold."""
    started = monotonic()
    register_programme_proofs()
    with open_database(read_settings()) as database:
        reports = asyncio.run(_check(database.service_url))
    seconds = round(monotonic() - started, 1)
    failed = [report for report in reports if report.failed()]
    rows = sum(result.checked for report in reports for result in report.results)
    answer(
        args,
        "\n".join(
            [
                *(line for report in failed for line in _failure_lines(report)),
                f"{len(reports)} tenants, {rows:,} rows compared in {seconds} s: "
                + (f"{len(failed)} tenants with failures" if failed else "everything holds"),
            ]
        ),
        holds=not failed,
        seconds=seconds,
        tenants=[_facts(report) for report in reports],
    )
    return 1 if failed else 0


async def _check(service_url: str) -> list[TenantReport]:
    engine = create_engine(service_url, pool_size=1)
    try:
        await check_schema(engine)
        async with read_transaction(engine) as conn:
            tenant_ids = await list_tenant_ids(conn)
        progress = tqdm(tenant_ids, desc="proofs", unit="tenant", file=sys.stderr, disable=None)
        return [await _check_tenant(engine, tenant_id) for tenant_id in progress]
    finally:
        await engine.dispose()


async def _check_tenant(engine: AsyncEngine, tenant_id: int) -> TenantReport:
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        public_id = await find_tenant_public_id(conn, tenant_id=tenant_id)
        results = await run_proofs(conn, tenant_id=tenant_id)
    return TenantReport(tenant_id, public_id, tuple(results))


def _failure_lines(report: TenantReport) -> list[str]:
    name = report.public_id or f"number {report.tenant_id}"
    lines = []
    for result in report.failed():
        lines.append(f"tenant {name}: {result.name} does not hold")
        lines += [f"  {fact}" for fact in result.failures]
    return lines


def _facts(report: TenantReport) -> dict[str, Any]:
    return {
        "tenant": report.public_id,
        "holds": not report.failed(),
        "proofs": [msgspec.to_builtins(result) for result in report.results],
    }
