"""Measure the service beside pgbench, in rounds that take turns; print a table.

    python -m tests.benchmarks [--quick] [--no-demo]

Writes bench/results.json. Ends with an error when the ledger does not hold exactly what was
acknowledged.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.clock import now
from ledger.database import create_engine
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.benchmarks.books import (
    BenchBooks,
    analyse,
    build_books,
    count_entries,
    posting_bytes,
    settle,
    settled_count,
)
from tests.benchmarks.demo import measure_demo
from tests.benchmarks.load import generator, run_load
from tests.benchmarks.pgbench import Pgbench
from tests.benchmarks.service import Service, cpu_seconds, running_service

SEED = 20_251_107
CONNECTIONS = (64, 256)
BATCH = 500
RESULTS = Path("bench/results.json")
TARGETS = {"P1": 3.0, "P3": 8.0, "P8": 450, "P9": 60}


@dataclass
class Figures:
    """What the rounds gave; each list has one element a round."""

    pgbench: dict[int, list[float]] = field(default_factory=dict)
    single: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    batch: list[dict[str, Any]] = field(default_factory=list)
    bytes_per_entry: float = 0.0
    memory_mib: float = 0.0
    cold_start_seconds: float = 0.0

    def yardstick(self) -> float:
        """The better of pgbench's scales, transactions a second."""
        return max(statistics.median(rounds) for rounds in self.pgbench.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three short rounds, below 90 s")
    parser.add_argument("--no-demo", action="store_true", help="leave P9's make demo out")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="gongzhang-bench-", dir="/var/tmp") as directory:
        Path(directory).chmod(0o755)
        figures = asyncio.run(_measure(Path(directory), seconds=3 if args.quick else 10))
        demo = None if args.no_demo else measure_demo(Path(directory) / "demo")
    _report(figures, demo)
    return 0


async def _measure(directory: Path, *, seconds: int) -> Figures:
    figures = Figures()
    with EmbeddedPostgres(directory / "server") as server:
        await migrate(server.admin_url, service_login="gongzhang_app")
        contenders = [Pgbench(server.admin_url, f"pgbench{scale}", scale) for scale in (1, 50)]
        for contender in contenders:
            contender.initialise()
        engine = create_engine(server.service_url)
        admin = create_engine(server.admin_url, role=None)
        books = await build_books(engine, SEED)
        await engine.dispose()
        with running_service(server.service_url, directory / "data"):
            pass  # the first start after installing compiles the modules
        with running_service(server.service_url, directory / "data") as service:
            figures.cold_start_seconds = service.cold_start_seconds
            _load(service, books, directory, connections=64, seconds=3)  # caches, plans
            await analyse(admin)
            before = await posting_bytes(admin), await count_entries(admin)
            for _ in range(3):
                for contender in contenders:
                    await settle(admin)
                    speed = contender.transactions_per_second(seconds)
                    figures.pgbench.setdefault(contender.scale, []).append(speed)
                for connections in CONNECTIONS:
                    await settle(admin)
                    result = await _verified(
                        admin,
                        server,
                        service,
                        books,
                        directory,
                        connections=connections,
                        seconds=seconds,
                    )
                    figures.single.setdefault(connections, []).append(result)
            after = await posting_bytes(admin), await count_entries(admin)
            figures.bytes_per_entry = (after[0] - before[0]) / (after[1] - before[1])
            for _ in range(3):
                await settle(admin)
                result = await _verified(
                    admin,
                    server,
                    service,
                    books,
                    directory,
                    connections=4,
                    seconds=seconds,
                    entries=BATCH,
                )
                figures.batch.append(result)
            figures.memory_mib = service.worker_memory_mib()
        await admin.dispose()
    return figures


async def _verified(
    admin: Any,
    server: EmbeddedPostgres,
    service: Service,
    books: BenchBooks,
    directory: Path,
    **plan: Any,
) -> dict[str, Any]:
    """Run a load; the ledger must then hold what was acknowledged, and no more than was sent."""
    before = await count_entries(admin)
    spent = cpu_seconds(service.pid), cpu_seconds(server.pid)
    result = _load(service, books, directory, **plan)
    posted = await settled_count(admin) - before
    result["api_us"] = 1e6 * (cpu_seconds(service.pid) - spent[0]) / posted
    result["database_us"] = 1e6 * (cpu_seconds(server.pid) - spent[1]) / posted
    most = result["posted"] + result["unanswered"]
    assert result["posted"] <= posted <= most, (
        f"{result['posted']} acknowledged, {posted} in the ledger"
    )
    return result


def _load(service: Service, books: BenchBooks, directory: Path, **plan: Any) -> dict[str, Any]:
    route = "entries/batch" if plan.get("entries", 1) > 1 else "entries"
    return run_load(
        {
            "port": service.port,
            "path": f"/v1/programmes/{books.programme_id}/{route}",
            "api_key": books.api_key,
            "accounts": [str(account) for account in books.accounts],
            "occurred_at": now().isoformat(),
            **plan,
        },
        directory,
    )


def _report(figures: Figures, demo: float | None) -> None:
    """Print the table and write the results."""
    yardstick = figures.yardstick()
    rows = []
    for scale, speeds in figures.pgbench.items():
        rows.append((f"pgbench tpcb-like, scale {scale}", statistics.median(speeds), None, None))
    for connections, results in figures.single.items():
        rows.append((f"one entry a POST, {connections} connections", *_summary(results)))
    rows.append((f"batch endpoint, {BATCH} entries a POST", *_summary(figures.batch)))
    print(f"load from {generator()}")
    print(f"{'contender':40} {'entries/s':>10} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8}")
    for name, speed, median, late in rows:
        times = "" if median is None else f" {median:8.1f} {late:8.1f}"
        print(f"{name:40} {speed:10.0f} {speed / yardstick:6.2f}x{times}")
    single = max(_summary(results)[0] for results in figures.single.values()) / yardstick
    batch = _summary(figures.batch)[0] / yardstick
    results = {
        "P1": _result("P1", single, "times pgbench", least=True),
        "P3": _result("P3", batch, "times pgbench", least=True),
        "P8": _result("P8", figures.bytes_per_entry, "bytes an entry", least=False),
    }
    if demo is not None:
        results["P9"] = _result("P9", demo, "seconds of make demo to the first page", least=False)
    for name, result in results.items():
        met = "met" if result["met"] else "not met"
        print(f"{name}: {result['value']} {result['unit']}, target {result['target']}: {met}")
    loads = {f"{count} connections": rounds for count, rounds in figures.single.items()}
    for name, rounds in {**loads, "batch endpoint": figures.batch}.items():
        api, database = (
            statistics.median(load[part] for load in rounds) for part in ("api_us", "database_us")
        )
        print(f"processor time an entry, {name}: API {api:.0f} µs, database {database:.0f} µs")
    print(f"cold start {figures.cold_start_seconds:.2f} s (target 2)")
    print(f"resident memory of the API process {figures.memory_mib:.0f} MiB (target 150)")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _summary(results: Sequence[dict[str, Any]]) -> tuple[float, float, float]:
    return (
        statistics.median(result["posted"] / result["seconds"] for result in results),
        statistics.median(result["p50_ms"] for result in results),
        statistics.median(result["p99_ms"] for result in results),
    )


def _result(name: str, value: float, unit: str, *, least: bool) -> dict[str, Any]:
    target = TARGETS[name]
    return {
        "value": round(value, 2),
        "target": target,
        "unit": unit,
        "met": value >= target if least else value <= target,
        "command": "make bench",
    }


if __name__ == "__main__":
    sys.exit(main())
