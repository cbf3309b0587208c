"""Logs: one line of JSON an event; readable lines on a terminal.

Events are static names, identifiers are fields. Every line that belongs to a request carries the
request's id, the same that the caller sees and that the audit log keeps.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor

from api.log_lines import LogLines
from ledger.foundation.audit_log import current_request_id

# Chatty at `info` about things that are ours to report.
QUIET_LOGGERS = ("asyncio", "alembic", "sqlalchemy", "fontTools", "hpack", "httpcore", "httpx")

# Frames without their variables: those hold keys, names and amounts, which no log may carry.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logging(level: str) -> None:
    """Send structlog's and the standard library's events to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    on_terminal = sys.stderr.isatty()
    renderers: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if on_terminal
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler(sys.stderr) if on_terminal else _line_handler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _line_handler() -> logging.Handler:
    try:
        return LineHandler(sys.stderr.fileno())
    except OSError:  # standard error is no file, as when a program looks at its own output
        return logging.StreamHandler(sys.stderr)


class LineHandler(logging.Handler):
    """Puts lines down where a thread takes them to standard error: nothing here ever waits."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.lines = LogLines(descriptor)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one event."""
        try:
            self.lines.put_soon(self.format(record))
        except Exception:  # noqa: BLE001  a line that cannot be written stops nobody
            self.handleError(record)


def add_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Name the request that an event belongs to."""
    request_id = current_request_id.get()
    return event if request_id is None else {"request_id": request_id, **event}
