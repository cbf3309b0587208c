"""ISO 20022 bank-to-customer statements (camt.053.001.02 to .13), read as a stream.

No DTD, no entities, no network, bounded depth. A statement may repeat, for one account or many.
A reversal says by its own CdtDbtInd which way money moved; RvslInd only says why.
Source: ISO 20022 message definition report "Bank-to-Customer Cash Management".
"""

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO

from lxml import etree

from ledger.sheets.cells import read_text
from reconciliation.intake.camt_entry import EntryReader
from reconciliation.intake.cells import read_account_number
from reconciliation.intake.errors import (
    AccountNumberMissing,
    FileTooManyLines,
    MessageNotSupported,
    XmlForbidden,
    XmlMalformed,
    XmlTooDeep,
)
from reconciliation.intake.line_key import number_twins
from reconciliation.intake.statement import MOST_LINES, Finding, Statement, StatementLine
from reconciliation.intake.xml_values import line_of, read_amount, read_moment, text_of

#: The deepest path of the message definition is below 20 levels.
DEEPEST_LEVEL = 32
KNOWN = "camt.053.001.02 to camt.053.001.13"

#: Elements and attributes between two entries; a batch of ten thousand payers has 500,000.
_MOST_NODES = 1_000_000
_PIECE = 64 * 1024
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])")
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)")
_ASCII_SUPERSET = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["'](?:utf-8|us-ascii|gbk|gb2312|gb18030)["']""",
    re.IGNORECASE,
)
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)


def find_message(data: bytes) -> str:
    """The namespace of the message when it is a camt.053 that is read here.

    Raises:
        MessageNotSupported: another message or version.
        XmlForbidden, XmlMalformed: as for ``parse_camt053``.
    """
    for _, element in _events(_Pieces(data)):
        return _check_root(element)
    raise MessageNotSupported(found="empty", known=KNOWN)


def parse_camt053(data: bytes) -> tuple[Statement, ...]:
    """Every statement of the message, lines in the message's order made oldest first.

    Raises:
        StatementRefused: any of its kinds; the file is refused as a whole.
    """
    statements: list[Statement] = []
    building: _Builder | None = None
    depth, position = 0, 0
    pieces = _Pieces(data)
    for event, element in _events(pieces):
        if event == "start":
            depth += 1
            if depth == 1:
                _check_root(element)
            if depth > DEEPEST_LEVEL:
                raise XmlTooDeep(line=line_of(element), limit_levels=DEEPEST_LEVEL)
            if depth == 3 and _local_name(element) == "Stmt":
                building = _Builder()
            continue
        depth -= 1
        if depth > 3:
            continue
        if building is not None and depth == 3:
            position += building.take(_local_name(element), element, position)
        elif building is not None and depth == 2:
            _add(statements, building.finish(line_of(element)))
            building = None
        _release(element)
        pieces.nodes = 0
    if not statements:
        raise MessageNotSupported(found="camt.053 without a statement", known=KNOWN)
    return tuple(statements)


def _add(statements: list[Statement], one: Statement) -> None:
    if len(statements) == MOST_LINES:
        raise FileTooManyLines(limit=MOST_LINES)
    statements.append(one)


def _local_name(element: etree._Element) -> str:
    return etree.QName(element).localname


class _Pieces:
    """The file as the parser asks for it; of a few bytes each element takes a hundred and more."""

    def __init__(self, data: bytes) -> None:
        _refuse_declarations(data)
        self._stream = BytesIO(data)
        #: Begun since they were last let go.
        self.nodes = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self._stream.read(min(size, _PIECE) if size > 0 else _PIECE)
        self.nodes += piece.count(b"<") + piece.count(b"=")
        if self.nodes > _MOST_NODES:
            raise FileTooManyLines(limit=MOST_LINES)
        return piece


def _events(pieces: _Pieces) -> Iterator[tuple[str, etree._Element]]:
    stream = etree.iterparse(
        pieces,
        events=("start", "end"),
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for number, (event, element) in enumerate(stream):
            if number == 0 and element.getroottree().docinfo.internalDTD is not None:
                raise XmlForbidden(line=1)
            yield event, element
    except etree.XMLSyntaxError as error:
        line, column = error.position
        if "depth" in (error.msg or "").lower():
            raise XmlTooDeep(line=line, limit_levels=DEEPEST_LEVEL) from None
        raise XmlMalformed(line=line, column=column) from None


def _refuse_declarations(data: bytes) -> None:
    """Before any XML parser sees it: no DOCTYPE, and no encoding in which one could hide."""
    found = _DECLARATION.search(data)
    if found is not None:
        raise XmlForbidden(line=data.count(b"\n", 0, found.start()) + 1)
    if b"encoding" in data[:200] and _ASCII_SUPERSET.match(data) is None:
        raise XmlMalformed(line=1, column=1)


def _check_root(element: etree._Element) -> str:
    name = etree.QName(element)
    namespace = name.namespace or ""
    if name.localname != "Document" or _NAMESPACE.fullmatch(namespace) is None:
        found = namespace.rpartition(":")[2][:40] or "of no known message"
        raise MessageNotSupported(found=found, known=KNOWN)
    return namespace


def _release(element: etree._Element) -> None:
    """Forget what was read, so that memory does not grow with the file.

    From the leaves up: lxml takes the square of the time for many at once, where one of them is
    still held by its list of events.
    """
    parent = element.getparent()
    for _, part in etree.iterwalk(element):
        part.clear()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


class _Builder:
    """One Stmt while its parts arrive in order."""

    def __init__(self) -> None:
        self._account_no = ""
        self._account_name = ""
        self._period: list[date] = []
        self._balances: dict[str, int] = {}
        self._entries = EntryReader()
        self._stated: dict[str, str] = {}

    def take(self, name: str, element: etree._Element, position: int) -> int:
        """Read one child of Stmt; returns how many records it was."""
        match name:
            case "Acct":
                number = text_of(element, "Id/IBAN") or text_of(element, "Id/Othr/Id")
                self._account_no = read_account_number(number)
                self._account_name = read_text(text_of(element, "Nm"))
            case "FrToDt":
                self._period = [
                    read_moment(text_of(element, name), column=name, line=line_of(element))[0]
                    for name in ("FrDtTm", "ToDtTm")
                ]
            case "Bal":
                self._take_balance(element)
            case "TxsSummry":
                for part in ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries"):
                    for value in ("NbOfNtries", "Sum"):
                        self._stated[f"{part}/{value}"] = text_of(element, f"{part}/{value}")
            case "Ntry":
                if position >= MOST_LINES:
                    raise FileTooManyLines(limit=MOST_LINES)
                self._entries.read(element, position)
                return 1
            case _:
                pass
        return 0

    def _take_balance(self, element: etree._Element) -> None:
        code = text_of(element, "Tp/CdOrPrtry/Cd")
        # A later interim page repeats a code; the first opening and the last closing hold.
        if code in _CLOSING or code not in self._balances:
            self._balances[code] = read_amount(element)

    def finish(self, line: int) -> Statement:
        """The statement, checked against its own balances and totals."""
        if not self._account_no:
            raise AccountNumberMissing
        lines = sorted(
            self._entries.lines,
            key=lambda item: (item.booked_on, item.position),
        )
        opening = next((self._balances[c] for c in _OPENING if c in self._balances), None)
        closing = next((self._balances[c] for c in _CLOSING if c in self._balances), None)
        days = [*self._period, *(item.booked_on for item in lines)]
        return Statement(
            account_no=self._account_no,
            account_name=self._account_name,
            period_from=min(days, default=None),
            period_to=max(days, default=None),
            opening_fen=opening,
            closing_fen=closing,
            lines=number_twins(lines),
            rejected_count=self._entries.rejected_count,
            findings=(
                *self._entries.findings,
                *_check_closing(lines, opening, closing),
                *self._entries.check_totals(self._stated, line),
            ),
        )


def _check_closing(
    lines: list[StatementLine], opening: int | None, closing: int | None
) -> Iterator[Finding]:
    if opening is None or closing is None:
        return
    expected = opening + sum(line.amount_fen for line in lines)
    if expected != closing:
        yield Finding(code="closing_balance_differs", expected_fen=expected, found_fen=closing)
