"""Values of ISO 20022 elements, by local names, in whatever version's namespace."""

from collections.abc import Iterator
from datetime import date, datetime, time

from lxml import etree

from ledger.clock import SHANGHAI
from reconciliation.intake.cells import LARGEST_FEN, is_yuan, read_amount_fen
from reconciliation.intake.errors import CurrencyNotSupported, ValueNotUnderstood


def find_all(element: etree._Element, path: str) -> Iterator[etree._Element]:
    """Every descendant along a path of local names, such as ``NtryDtls/TxDtls``."""
    head, _, rest = path.partition("/")
    for child in element.iterchildren(f"{{*}}{head}"):
        if rest:
            yield from find_all(child, rest)
        else:
            yield child


def find(element: etree._Element, path: str) -> etree._Element | None:
    """The first descendant along a path of local names."""
    return next(find_all(element, path), None)


def text_of(element: etree._Element, path: str) -> str:
    """The stripped text of the first descendant along a path; empty where there is none."""
    found = find(element, path)
    return (found.text or "").strip() if found is not None else ""


def line_of(element: etree._Element) -> int:
    """The physical line on which an element begins; 0 where the parser does not know."""
    line: int | None = element.sourceline  # type: ignore[assignment]
    return line or 0


def read_amount(element: etree._Element) -> int:
    """Amt with CdtDbtInd as signed fen: credit is money in.

    Raises:
        CurrencyNotSupported: not in yuan.
        ValueNotUnderstood: no amount, or no direction.
    """
    amount = find(element, "Amt")
    line = line_of(element)
    fen = read_unsigned(amount, line=line)
    indicator = text_of(element, "CdtDbtInd")
    if indicator not in ("CRDT", "DBIT"):
        raise ValueNotUnderstood(line=line, column="CdtDbtInd", expected="CRDT / DBIT")
    return fen if indicator == "CRDT" else -fen


def read_unsigned(amount: etree._Element | None, *, line: int) -> int:
    """An amount element in yuan as fen, not negative."""
    if amount is None:
        raise ValueNotUnderstood(line=line, column="Amt", expected="amount")
    currency = amount.get("Ccy", "")
    if currency and not is_yuan(currency):
        raise CurrencyNotSupported(line=line_of(amount), currency=currency[:3])
    try:
        fen = read_amount_fen(amount.text or "")
    except ValueError:
        fen = None
    if fen is None or not 0 <= fen <= LARGEST_FEN:
        raise ValueNotUnderstood(line=line_of(amount), column="Amt", expected="amount")
    return fen


def read_moment(text: str, *, column: str, line: int) -> tuple[date, time | None]:
    """An ISO 8601 day, or a moment; one with a zone of its own is told in that of Shanghai.

    Raises:
        ValueNotUnderstood: neither.
    """
    try:
        if "T" not in text:
            return date.fromisoformat(text[:10]), None
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise ValueNotUnderstood(line=line, column=column, expected="date") from None
    return moment.date(), moment.time().replace(microsecond=0)
