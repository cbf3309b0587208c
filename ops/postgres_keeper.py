"""Keeps the embedded server running beside the service, also through a disk that was full.

Source: docs/decisions/0055-faults.md
"""

import logging
import os
import shutil
import signal
from time import monotonic

from ops.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from ops.postgres_errors import ProgramFailed

logger = logging.getLogger(__name__)

#: Recovery writes at least two segments of the log, 16 MB each; with less it is not tried.
ROOM_BYTES = 64 * 1024 * 1024
#: Between two attempts, and two lines of the log, while there is no room.
PAUSE_SECONDS = 5


class PostgresKeeper:
    """Looks after one server."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._is_down = False
        self._next_attempt = 0.0

    def look_after(self) -> bool:
        """Start the server again when it died; when that is hopeless, stop all and say True.

        While its disk is full the service goes on without it and answers 503; as soon as there is
        room, the server recovers what was committed.
        """
        if self._server.is_running:
            self._server.limit_log()
            return False
        if not self._is_down:
            logger.error("postgres_died", extra={"log": str(self._server.home.log)})
            self._is_down = True
        if monotonic() < self._next_attempt or not self._has_room():
            return False
        try:
            self._server.restart()
        except EmbeddedPostgresError as error:
            lacks_room = isinstance(error, ProgramFailed) and error.disk_is_full
            if lacks_room or not self._has_room():
                self._next_attempt = monotonic() + PAUSE_SECONDS
                return False
            logger.exception("postgres_restart_failed")
            os.kill(os.getpid(), signal.SIGTERM)
            return True
        self._is_down = False
        return False

    def _has_room(self) -> bool:
        free = shutil.disk_usage(self._server.home.data).free
        if free < ROOM_BYTES:
            self._next_attempt = monotonic() + PAUSE_SECONDS
            logger.error("postgres_waits_for_room", extra={"free_bytes": free})
        return free >= ROOM_BYTES
