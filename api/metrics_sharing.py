"""Figures of all processes: each writes its own down every second, who is asked adds them up.

Counters of a process that has ended still count; what it held at the moment does not.
"""

import asyncio
import contextlib
import os
from pathlib import Path

import msgspec
import structlog

from api.service import Service
from ledger.measures import MEASURES, Measures, merged

logger = structlog.get_logger(__name__)

SHARE_EVERY_SECONDS = 1
_SUFFIX = ".figures"


async def share_measures(service: Service) -> None:
    """Keep this process's figures at hand for the others, until cancelled."""
    directory = service.settings.metrics_dir
    while True:
        read_gauges(service)
        if directory:
            try:
                _write(Path(directory))
            except OSError as error:
                logger.warning("figures_not_shared", error=error.strerror)
        await asyncio.sleep(SHARE_EVERY_SECONDS)


def read_gauges(service: Service) -> None:
    """What is so at this moment."""
    pool = service.engine.sync_engine.pool
    MEASURES.gauges = {
        "lane_queue_length": service.lanes.queued(),
        "pool_in_use": pool.checkedout(),  # type: ignore[attr-defined]
        "pool_size": service.settings.pool_size,
        "processes": 1,
    }


def _write(directory: Path) -> None:
    path = directory / f"{os.getpid()}{_SUFFIX}"
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.msgpack.encode(MEASURES))
    fresh.replace(path)


def all_measures(directory: str) -> Measures:
    """The sum over all processes that share a directory; without one, this process alone."""
    found = [MEASURES]
    for path in sorted(Path(directory).glob(f"*{_SUFFIX}")) if directory else ():
        pid = int(path.stem)
        if pid == os.getpid():
            continue
        with contextlib.suppress(OSError, msgspec.DecodeError):
            one = msgspec.msgpack.decode(path.read_bytes(), type=Measures)
            found.append(one if _is_alive(pid) else msgspec.structs.replace(one, gauges={}))
    return merged(found)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
