"""Which format a file is, by what it holds and never by its name; and the one way to read it."""

import hashlib
import re
from traceback import clear_frames

import msgspec

from ledger.sheets.signatures import find_signature
from reconciliation.intake.camt053 import find_message, parse_camt053
from reconciliation.intake.ccb_csv import CCB_CSV
from reconciliation.intake.cmb_csv import CMB_CSV
from reconciliation.intake.csv_statement import find_header, parse_csv_statement
from reconciliation.intake.errors import (
    FileIsEmpty,
    FileTooLarge,
    FileTypeNotSupported,
    StatementRefused,
)
from reconciliation.intake.icbc_csv import ICBC_CSV
from reconciliation.intake.statement import Statement, StatementFile
from reconciliation.intake.text_file import decode_text

#: A year of a large estate is below 20 MiB in any layout.
LARGEST_FILE_BYTES = 50 * 1024 * 1024
CSV_LAYOUTS = (CCB_CSV, CMB_CSV, ICBC_CSV)

_HTML = re.compile(rb"<!doctype html|<html|<table", re.IGNORECASE)
_XML_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """A format and what gave it away."""

    format: str
    #: ``header_row`` at a line, or ``xml_namespace``.
    why: str
    line: int
    #: Matched header row, or the namespace.
    evidence: str


def check_envelope(data: bytes) -> None:
    """Refuse what no parser should see: empty, too large, or something else by its first bytes."""
    if len(data) > LARGEST_FILE_BYTES:
        raise FileTooLarge(size_bytes=len(data), limit_bytes=LARGEST_FILE_BYTES)
    if not data.strip():
        raise FileIsEmpty
    found = find_signature(data)
    if found is not None:
        raise FileTypeNotSupported(found=found)
    if _HTML.search(data[:1024]):
        raise FileTypeNotSupported(found="HTML")


def detect(data: bytes) -> Detection:
    """The format of a file and why; nothing of its lines is read.

    Raises:
        StatementRefused: not a format that is read here.
    """
    check_envelope(data)
    if _XML_START.match(data):
        namespace = find_message(data)
        return Detection(format="camt053", why="xml_namespace", line=1, evidence=namespace)
    layout, header = find_header(decode_text(data), CSV_LAYOUTS)
    return Detection(
        format=layout.code,
        why="header_row",
        line=header.line,
        evidence=",".join(cell.strip() for cell in header.cells),
    )


def parse_statement_file(data: bytes, name: str) -> StatementFile:
    """Read a bank file of any supported format; ``name`` is kept for people and decides nothing.

    Raises:
        StatementRefused: any of its kinds; the file is refused as a whole.
    """
    check_envelope(data)
    statements: tuple[Statement, ...]
    if _XML_START.match(data):
        code, statements = "camt053", _parse_xml(data)
    else:
        text = decode_text(data)
        layout, header = find_header(text, CSV_LAYOUTS)
        code, statements = layout.code, parse_csv_statement(text, layout, header)
    return StatementFile(
        format=code,
        name=_shown_name(name),
        sha256=hashlib.sha256(data).digest(),
        size_bytes=len(data),
        statements=statements,
    )


def _parse_xml(data: bytes) -> tuple[Statement, ...]:
    """As ``parse_camt053``; a refusal that leaves this thread takes no parser with it.

    lxml keeps the names of elements by thread without a lock: a parser that another thread frees
    can end the process.
    """
    try:
        return parse_camt053(data)
    except StatementRefused as refusal:
        error: BaseException | None = refusal
        while error is not None:
            clear_frames(error.__traceback__)
            error = error.__context__
        raise


def _shown_name(name: str) -> str:
    """The last part of a path, printable, of bounded length."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(char for char in last if char.isprintable())[:200]
