"""Figures in the form that Prometheus reads. Names and labels are fixed here and nowhere else."""

import os
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from api.metrics_of_backups import BackupFigures
from api.metrics_of_database import PROOFS, DatabaseFigures, JobFigures
from ledger.measures import Histogram, Measures

PREFIX = "gongzhang_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NANOSECONDS = 1_000_000_000
_MILLISECONDS = 1_000
_GAUGES = {
    "lane_queue_length": "Commands that wait to be posted, over all processes.",
    "pool_in_use": "Pooled connections in use, over all processes.",
    "pool_size": "Pooled connections there may be, over all processes.",
    "processes": "Web processes that serve.",
}
#: Field of a job's figures → kind, name, words.
_JOB_GAUGES: Mapping[str, tuple[str, str]] = {
    "failing": ("job_failing", "Tenants for which the latest attempt failed and is tried again."),
    "parked": ("job_parked", "Tenants for which the job waits for a person."),
    "left_undone": ("job_left_undone", "What the latest runs left undone, or found wrong."),
    "success_age_seconds": (
        "job_success_age_seconds",
        "Since the last good run, of the tenant that waits longest.",
    ),
    "late_seconds": ("job_late_seconds", "How long a run has been due that has not been done."),
}
_PLATFORM_GAUGES = {
    "sign_in_failures": "Failed sign-ins of the last quarter of an hour.",
    "work_waiting": "Pieces of work in the worker's queue.",
    "work_age_seconds": "Age of the oldest piece of work in the queue.",
    "database_bytes": "Size of the database.",
    "log_kept_bytes": "Log that the server keeps for the replication slot furthest behind.",
    "webhooks_waiting": "Webhook deliveries that are due.",
    "webhook_age_seconds": "Since the oldest due webhook delivery was first due.",
    "webhooks_dead": "Webhook deliveries given up within a week.",
    "statement_lag_days": "Days since the last one that the statements of a bank account cover.",
}


class _Figures(Collector):
    """Everything that is told at one moment."""

    def __init__(
        self,
        measures: Measures,
        database: DatabaseFigures | None,
        backups: BackupFigures | None,
        data_path: Path,
    ) -> None:
        self._measures = measures
        self._database = database
        self._backups = backups
        self._data_path = data_path

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        yield _gauge("build_info", "What runs here.", 1, _build())
        yield from _of_processes(self._measures)
        yield _gauge("database_up", "1: the database answers.", int(self._database is not None))
        if self._database is not None:
            yield from _of_database(self._database)
        if self._backups is not None:
            yield from _of_backups(self._backups)
        free = _free_bytes(self._data_path)
        if free is not None:
            yield _gauge("data_dir_free_bytes", "Free space where the data directory lies.", free)


def metrics_text(
    measures: Measures,
    database: DatabaseFigures | None,
    backups: BackupFigures | None,
    data_path: Path,
) -> bytes:
    """All figures; ``database`` None: it did not answer; ``backups`` None: no directory is set."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(measures, database, backups, data_path))
    return generate_latest(registry)


def _gauge(
    name: str, words: str, value: int, labels: Mapping[str, str] | None = None
) -> GaugeMetricFamily:
    chosen = labels or {}
    family = GaugeMetricFamily(PREFIX + name, words, labels=list(chosen))
    family.add_metric(list(chosen.values()), value)
    return family


def _counter(name: str, words: str, values: Mapping[str, int], label: str) -> Metric:
    family = CounterMetricFamily(PREFIX + name, words, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _of_processes(measures: Measures) -> Iterator[Metric]:
    requests = HistogramMetricFamily(
        f"{PREFIX}request_duration_seconds",
        "How long requests took, by route and class of the status.",
        labels=["route", "status"],
    )
    for key, histogram in sorted(measures.requests.items()):
        route, _, status = key.rpartition(" ")
        _add(requests, [route, status], histogram, _NANOSECONDS)
    yield requests
    commits = HistogramMetricFamily(
        f"{PREFIX}commit_duration_seconds", "How long posting transactions took, commit included."
    )
    _add(commits, [], measures.commits, _NANOSECONDS)
    yield commits
    batches = HistogramMetricFamily(
        f"{PREFIX}batch_size", "Commands that posting transactions took."
    )
    _add(batches, [], measures.batches, 1)
    yield batches
    yield _counter("refusals", "Refused requests by code.", measures.refusals, "code")
    yield _counter(
        "replays",
        "Commands that came again under their key.",
        {"posting": measures.replays},
        "kind",
    )
    dropped = {"log": measures.dropped_lines}
    words = "Lines that found the way to the log blocked."
    yield _counter("dropped_log_lines", words, dropped, "kind")
    for name, words in _GAUGES.items():
        yield _gauge(name, words, measures.gauges.get(name, 0))


def _add(
    family: HistogramMetricFamily, labels: list[str], histogram: Histogram, divisor: int
) -> None:
    """Cumulative buckets in the base unit."""
    buckets, so_far = [], 0
    bounds = [f"{bound / divisor:g}" for bound in histogram.bounds]
    for bound, count in zip([*bounds, "+Inf"], histogram.counts, strict=True):
        so_far += count
        buckets.append((bound, float(so_far)))
    family.add_metric(labels, buckets, histogram.total / divisor)


def _of_database(figures: DatabaseFigures) -> Iterator[Metric]:
    by_code = {job.code: job for job in figures.jobs}
    yield _counter(
        "job_runs", "Finished runs of jobs.", {c: job.runs for c, job in by_code.items()}, "job"
    )
    yield _counter(
        "job_failures",
        "Failed attempts of jobs.",
        {code: job.failures for code, job in by_code.items()},
        "job",
    )
    for field, (name, words) in _JOB_GAUGES.items():
        yield _by_job(name, words, {code: getattr(job, field) for code, job in by_code.items()})
    yield _by_job(
        "job_duration_seconds",
        "How long the latest runs took at most.",
        {code: job.longest_milliseconds / _MILLISECONDS for code, job in by_code.items()},
    )
    yield from _of_proofs(by_code.get(PROOFS))
    for name, words in _PLATFORM_GAUGES.items():
        value = getattr(figures, name)
        if value is not None:
            yield _gauge(name, words, value)


def _by_job(name: str, words: str, values: Mapping[str, float | None]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, words, labels=["job"])
    for code, value in values.items():
        if value is not None:
            family.add_metric([code], value)
    return family


def _of_proofs(proofs: JobFigures | None) -> Iterator[Metric]:
    """The nightly proofs under names of their own: nothing matters more."""
    if proofs is None:
        return
    yield _gauge("proofs_failed", "Proofs that do not hold, over all tenants.", proofs.left_undone)
    if proofs.success_age_seconds is not None:
        words = "Since the books that were proven longest ago were proven."
        yield _gauge("proofs_age_seconds", words, proofs.success_age_seconds)


def _of_backups(backups: BackupFigures) -> Iterator[Metric]:
    yield _gauge("backups", "Backups in the directory of backups.", backups.backups)
    for name, words, value in (
        ("backup_age_seconds", "Since the newest backup was taken.", backups.age_seconds),
        (
            "backup_drill_holds",
            "1: the last backup that was tried came back as it was.",
            backups.drill_holds,
        ),
        (
            "backup_drill_age_seconds",
            "Since a backup that was tried came back as it was.",
            backups.drill_age_seconds,
        ),
    ):
        if value is not None:
            yield _gauge(name, words, int(value))


def _free_bytes(path: Path) -> int | None:
    try:
        found = os.statvfs(path)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


@cache
def _build() -> dict[str, str]:
    try:
        ours = version("gongzhang")
    except PackageNotFoundError:  # a clone is not installed
        ours = "clone"
    return {"version": ours, "python": platform.python_version()}
