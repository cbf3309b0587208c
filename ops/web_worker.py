"""One web worker process: tie it to its parent, set up its logs, build the application."""

import logging

import api.app
from api.access_log import send_access_lines_to
from api.edge import Edge
from ledger.settings import Settings
from ops.child_process import prepare_child
from ops.logging import LineHandler


def create_app() -> Edge:
    """Build the web application (for granian)."""
    settings = prepare_child()
    log_requests(settings)
    return api.app.create_app(settings)


def log_requests(settings: Settings) -> None:
    """Let this process write a line for each request, beside its other lines.

    Not on a terminal: somebody reads there, and the figures say the same.
    """
    handler = next((one for one in logging.getLogger().handlers), None)
    wanted = settings.access_log and settings.log_level in ("debug", "info")
    if wanted and isinstance(handler, LineHandler):
        send_access_lines_to(handler.lines.put)
