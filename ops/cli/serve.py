"""`gongzhang serve`: the web service, on the given database or the embedded one."""

import argparse
import contextlib

import msgspec
import structlog

from ledger.settings import Settings, read_settings
from ops.backup.schedule import scheduled_backups
from ops.backup.wal import kept_log
from ops.cli.database import open_database, settings_with_secret, tell_if_elsewhere
from ops.cli.frame import Subparsers, answer, new_parser, read_count, read_port
from ops.cli.running import announced
from ops.logging import configure_logging
from ops.web_server import check_port_free, serve_web

logger = structlog.get_logger(__name__)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "serve",
        summary="Serve pages and API until stopped (SIGTERM answers what is in flight first).",
        example="gongzhang serve --host 0.0.0.0 --port 8080 --workers 4",
    )
    parser.add_argument("--host", help="address to listen on (GONGZHANG_HOST)")
    parser.add_argument("--port", type=read_port, help="port to listen on (GONGZHANG_PORT)")
    parser.add_argument(
        "--workers", type=read_count, default=1, help="web processes; about one a core"
    )


def run(args: argparse.Namespace) -> int:
    """Check that the database fits, then serve."""
    given = {name: value for name in ("host", "port") if (value := getattr(args, name)) is not None}
    settings = settings_with_secret(msgspec.structs.replace(read_settings(), **given))
    configure_logging(settings.log_level)
    url = f"http://{settings.host}:{settings.port}"
    with contextlib.ExitStack() as stack:
        if not settings.database_url:  # services that share a given server may be many
            stack.enter_context(announced(settings.data_path(), url))
        check_port_free(settings.host, settings.port)
        database = stack.enter_context(open_database(settings, alone=True, serving=True))
        tell_if_elsewhere(database, settings)
        settings = msgspec.structs.replace(settings, database_url=database.service_url)
        if database.server is not None:
            stack.enter_context(scheduled_backups(settings, database.admin_url))
            stack.enter_context(kept_log(database.server, settings))
        serve_web(
            settings,
            server=database.server,
            workers=args.workers,
            when_ready=lambda: _tell_ready(args, settings, url),
        )
    return 0


def _tell_ready(args: argparse.Namespace, settings: Settings, url: str) -> None:
    answer(args, f"共账 serves on {url} (Ctrl-C stops it)", url=url)
    _tell_missing_font(settings)


def _tell_missing_font(settings: Settings) -> None:
    """Say at the start, not at the first download, that PDFs lack a font, and what to install."""
    # Pages and fonts are slow to load; the service answers already when this is looked at.
    from api.web.statement_pdf import FONTS_FOLDER, PdfFontMissing, pdf_font  # noqa: PLC0415

    try:
        pdf_font(settings.data_path() / FONTS_FOLDER)
    except PdfFontMissing as missing:
        logger.warning("pdf_font_missing", remedy=str(missing))
