"""``GET /metrics``: figures for Prometheus, for whoever sits on this machine or holds the token.

It lies before the framework, so that it answers also while the database does not. Elsewhere, or
through a proxy, it does not exist.
"""

import asyncio
import hmac
from ipaddress import ip_address
from typing import Any

import structlog
from litestar import Litestar

from api.access_log import ACCESS, Access
from api.metrics_of_backups import read_backup_figures
from api.metrics_of_database import DatabaseFigures, DatabaseReader
from api.metrics_sharing import all_measures, read_gauges
from api.metrics_text import CONTENT_TYPE, metrics_text
from api.refusals import RouteNotFound
from api.service import Service
from ledger.settings import Settings

logger = structlog.get_logger(__name__)

METRICS_PATH = "/metrics"
DATABASE_SECONDS = 5
_BEARER = b"Bearer "
#: Whoever forwards a request says so in one of these; then it is not from this machine.
_FORWARDED = frozenset((b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"))


class MetricsRoute:
    """Answers with the figures of all processes."""

    def __init__(self, app: Litestar, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._reader = DatabaseReader()

    async def serve(self, scope: Any, send: Any) -> None:
        """Answer a request.

        Raises:
            RouteNotFound: whoever asks may not know that it is there.
        """
        if scope["method"] not in ("GET", "HEAD") or not self._may(scope):
            raise RouteNotFound
        scope[ACCESS] = Access(f"{scope['method']} {METRICS_PATH}", None, None)
        service: Service = self._app.state.service
        read_gauges(service)
        body = metrics_text(
            all_measures(self._settings.metrics_dir),
            await self._database(service),
            read_backup_figures(self._settings.backup_dir),
            self._settings.data_path(),
        )
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        shown = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": shown})

    async def _database(self, service: Service) -> DatabaseFigures | None:
        """What the database says; None when it does not answer in time.

        A second attempt, because the first may meet a connection from before a restart.
        """
        for attempt in (1, 2):
            try:
                async with asyncio.timeout(DATABASE_SECONDS):
                    return await self._reader.read(service.engine)
            except Exception as error:  # noqa: BLE001  monitoring tells of a fault, it has none
                if attempt == 2:
                    logger.warning("figures_incomplete", error=type(error).__name__)
        return None

    def _may(self, scope: Any) -> bool:
        token = self._settings.metrics_token
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if token:
            return len(given) == 1 and hmac.compare_digest(given[0], _BEARER + token.encode())
        forwarded = any(name in _FORWARDED for name, _ in scope["headers"])
        return not forwarded and _is_loopback((scope.get("client") or ("", 0))[0])


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
