"""Run the web workers, and the embedded server with them, until a signal says stop.

On SIGTERM or SIGINT: no new connections, requests in flight are answered, then the workers end,
then the embedded server. A worker or an embedded server that dies by itself is started again.

Source: docs/decisions/0035-web-processes.md
"""

import contextlib
import errno
import http.client
import importlib
import logging
import multiprocessing
import os
import resource
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from ledger.settings import Settings, setting_text
from ops.embedded_postgres import EmbeddedPostgres
from ops.postgres_keeper import PostgresKeeper
from ops.refusals import AdministratorMust
from ops.worker_process import worker_beside

logger = logging.getLogger(__name__)

DRAIN_TIMEOUT_SECONDS = 30
WATCH_INTERVAL_SECONDS = 0.2
READY_TIMEOUT_SECONDS = 2
#: A request's head is whole by then, and the next one begun, or the connection ends. Longer than
#: the five seconds for which common clients keep an idle connection for their next request.
HEAD_TIMEOUT_SECONDS = 6
#: What the head of a request may take of memory, and a body on its way.
LARGEST_HEAD = 64 * 1024
#: Files of a process beside its connections: the database's, logs, libraries.
FILES_BESIDE = 512


class PortInUse(AdministratorMust):
    """Somebody else listens on the address already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is in use by another program. Stop it, or choose another port: "
            f"GONGZHANG_PORT={port + 1} (make demo PORT={port + 1})"
        )


class AddressUnusable(AdministratorMust):
    """Nobody can listen there, or this user may not."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        remedy = (
            "ports below 1024 are root's: choose one above, with a proxy before it"
            if error.errno == errno.EACCES
            else "it must be an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them"
        )
        super().__init__(
            f"Cannot listen on port {port} of {host} ({error.strerror}); {remedy} "
            "(GONGZHANG_HOST, GONGZHANG_PORT)."
        )


def serve_web(
    settings: Settings,
    *,
    server: EmbeddedPostgres | None = None,
    workers: int = 1,
    application: str = "ops.web_worker:create_app",
    when_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until stopped.

    `settings.database_url` and `secret_key` must be filled in. `server` is watched, and started
    again when it dies; so is the worker, unless the settings have it run elsewhere. `application`
    is called in each web process. `when_ready` is called once, as soon as the service answers that
    it is ready: a web process needs some seconds to come up.
    """
    check_port_free(settings.host, settings.port)
    beside = contextlib.ExitStack()
    if not settings.metrics_dir:
        fresh = beside.enter_context(tempfile.TemporaryDirectory(prefix="gongzhang-figures-"))
        settings = msgspec.structs.replace(settings, metrics_dir=fresh)
    os.environ.update(settings_environment(settings))
    # A forked worker would inherit the embedded server's lock and keep it after our death.
    multiprocessing.set_start_method("spawn", force=True)
    web = MPServer(
        application,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        # Told to find the version by itself, it would wait for the first bytes without end.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEAD_TIMEOUT_SECONDS * 1000, max_buffer_size=LARGEST_HEAD
        ),
        backpressure=_room_for_connections(settings.connections),
        loop=Loops.uvloop,
        workers=workers,
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_TIMEOUT_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
    )
    with beside:
        if server is not None:
            beside.enter_context(_watching("postgres-watcher", PostgresKeeper(server).look_after))
        afterwards = [] if when_ready is None else [when_ready]
        if settings.worker == "beside":
            worker = beside.enter_context(worker_beside())
            beside.enter_context(_watching("worker-watcher", worker.look_after))
            afterwards.append(worker.want)  # whoever waits for the first page comes first
        tell = partial(_tell_if_ready, settings.host, settings.port, afterwards)
        beside.enter_context(_watching("ready-waiter", tell))
        web.serve(target_loader=load_application)


def load_application(target: str) -> Any:
    """Build what ``module:factory`` names, in a worker.

    Granian's own way looks into the working directory first, where any api.py would be taken for
    ours.
    """
    module, _, factory = target.partition(":")
    return getattr(importlib.import_module(module), factory)()


def check_port_free(host: str, port: int) -> None:
    """Try the port.

    The workers share it with SO_REUSEPORT, so that without this check a second service would
    silently take half of the first one's requests.

    Raises:
        PortInUse: somebody listens there.
        AddressUnusable: no address of this machine, or not for this user.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise AddressUnusable(host, port, error) from error
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(host, port) from error
            raise AddressUnusable(host, port, error) from error


def settings_environment(settings: Settings) -> dict[str, str]:
    """The GONGZHANG_ variables from which `read_settings` makes the same settings."""
    return {
        f"GONGZHANG_{name.upper()}": setting_text(value)
        for name, value in msgspec.structs.asdict(settings).items()
    }


def _room_for_connections(wanted: int) -> int:
    """As many as are wanted and the system has files for; the web processes inherit its bound."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + FILES_BESIDE
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return max(needed - FILES_BESIDE, 1)


def _tell_if_ready(host: str, port: int, afterwards: Sequence[Callable[[], None]]) -> bool:
    """Do what comes afterwards when the service answers that it is ready, and say True."""
    is_ready = _is_ready(host, port)
    if is_ready:
        for act in afterwards:
            act()
    return is_ready


def _is_ready(host: str, port: int) -> bool:
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not listened on
    connection = http.client.HTTPConnection(near, port, timeout=READY_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def _watching(name: str, look: Callable[[], bool]) -> Iterator[None]:
    """Look every moment, beside the block, until a look says that it was the last."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(WATCH_INTERVAL_SECONDS):
            if look():
                return

    watcher = threading.Thread(target=watch, name=name, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
