"""Ntry of a camt message: one booked movement, its batch details read but not multiplied."""

from datetime import date, time

from lxml import etree

from ledger.sheets.cells import read_text
from reconciliation.intake.cells import read_account_number
from reconciliation.intake.errors import ValueNotUnderstood
from reconciliation.intake.statement import Finding, StatementLine
from reconciliation.intake.xml_values import (
    find,
    find_all,
    line_of,
    read_amount,
    read_moment,
    read_unsigned,
    text_of,
)

#: A batch of hundreds names each payer; the line keeps what a screen can show.
LONGEST_REMARK = 500
_BOOKED = "BOOK"
#: Of a number of entries; a column keeps no more.
_MOST_DIGITS = 9


class EntryReader:
    """Collects the booked entries of one statement, and what is odd about them."""

    def __init__(self) -> None:
        self.lines: list[StatementLine] = []
        self.findings: list[Finding] = []
        self.rejected_count = 0

    def read(self, entry: etree._Element, position: int) -> None:
        """Take one Ntry; a pending or informative one is set aside with a finding."""
        line = line_of(entry)
        status = text_of(entry, "Sts/Cd") or text_of(entry, "Sts")
        amount_fen = read_amount(entry)
        if status != _BOOKED:
            self.rejected_count += 1
            self.findings.append(Finding(code="entry_not_booked", line=line))
            return
        details = list(find_all(entry, "NtryDtls/TxDtls"))
        self._check_details(details, amount_fen, line)
        booked_on, booked_time = _moment(entry, "BookgDt", line)
        value_on = _moment(entry, "ValDt", line)[0] if find(entry, "ValDt") is not None else None
        name, account = _counterparty(details, amount_fen)
        self.lines.append(
            StatementLine(
                position=position,
                line=line,
                booked_on=booked_on,
                booked_time=booked_time,
                value_on=value_on,
                amount_fen=amount_fen,
                counterparty_name=name,
                counterparty_account=account,
                summary=_summary(entry),
                remark=_remark(details),
                bank_reference=_reference(entry, details),
                raw=etree.tostring(entry, encoding="unicode", with_tail=False),
            )
        )

    def _check_details(self, details: list[etree._Element], amount_fen: int, line: int) -> None:
        """Where every detail states its amount, together they are the entry."""
        amounts = [_detail_amount(detail, amount_fen) for detail in details]
        stated = [amount for amount in amounts if amount is not None]
        if len(stated) < 2 or len(stated) < len(details) or sum(stated) == amount_fen:
            return
        self.findings.append(
            Finding(
                code="batch_details_differ",
                line=line,
                expected_fen=amount_fen,
                found_fen=sum(stated),
            )
        )

    def check_totals(self, stated: dict[str, str], line: int) -> list[Finding]:
        """TxsSummry against the entries, pending ones included as the message counts them."""
        came_in = [item.amount_fen for item in self.lines if item.amount_fen > 0]
        went_out = [-item.amount_fen for item in self.lines if item.amount_fen < 0]
        found_counts = {
            "TtlNtries": ("record_count_differs", len(self.lines) + self.rejected_count),
            "TtlCdtNtries": ("in_count_differs", len(came_in)),
            "TtlDbtNtries": ("out_count_differs", len(went_out)),
        }
        findings = []
        for part, (code, count) in found_counts.items():
            text = stated.get(f"{part}/NbOfNtries", "")
            if text and self.rejected_count == 0 and text.lstrip("0") != str(count).lstrip("0"):
                expected = _stated_count(text, line)
                findings.append(Finding(code=code, expected_count=expected, found_count=count))
        for part, code, amounts in (
            ("TtlCdtNtries", "in_total_differs", came_in),
            ("TtlDbtNtries", "out_total_differs", went_out),
        ):
            text = stated.get(f"{part}/Sum", "")
            if not text or self.rejected_count:
                continue
            total = etree.Element("Amt")
            total.text = text
            expected_fen = read_unsigned(total, line=line)
            if expected_fen != sum(amounts):
                findings.append(
                    Finding(code=code, expected_fen=expected_fen, found_fen=sum(amounts))
                )
        return findings


def _stated_count(text: str, line: int) -> int:
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise ValueNotUnderstood(line=line, column="NbOfNtries", expected="count")
    return int(text)


def _moment(entry: etree._Element, name: str, line: int) -> tuple[date, time | None]:
    text = text_of(entry, f"{name}/DtTm") or text_of(entry, f"{name}/Dt")
    return read_moment(text, column=name, line=line)


def _detail_amount(detail: etree._Element, entry_fen: int) -> int | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        amount = find(detail, path)
        if amount is not None:
            fen = read_unsigned(amount, line=line_of(detail))
            indicator = text_of(detail, "CdtDbtInd")
            credit = indicator == "CRDT" if indicator else entry_fen > 0
            return fen if credit else -fen
    return None


def _counterparty(details: list[etree._Element], amount_fen: int) -> tuple[str, str]:
    """The other side, where all details of the entry name the same one."""
    side = "Dbtr" if amount_fen > 0 else "Cdtr"
    found = {
        (
            text_of(detail, f"RltdPties/{side}/Pty/Nm") or text_of(detail, f"RltdPties/{side}/Nm"),
            text_of(detail, f"RltdPties/{side}Acct/Id/IBAN")
            or text_of(detail, f"RltdPties/{side}Acct/Id/Othr/Id"),
        )
        for detail in details
    }
    if len(found) != 1:
        return "", ""
    name, account = found.pop()
    return read_text(name), read_account_number(account)


def _summary(entry: etree._Element) -> str:
    return read_text(text_of(entry, "AddtlNtryInf") or text_of(entry, "BkTxCd/Prtry/Cd"))


def _remark(details: list[etree._Element]) -> str:
    parts: dict[str, None] = {}  # in their order; a list of 100,000 would be searched for each
    for detail in details:
        texts = [(item.text or "") for item in find_all(detail, "RmtInf/Ustrd")]
        texts.append(text_of(detail, "AddtlTxInf"))
        parts.update((text, None) for text in map(read_text, texts) if text)
    return " ".join(parts)[:LONGEST_REMARK]


def _reference(entry: etree._Element, details: list[etree._Element]) -> str:
    """The bank's own reference, else the end-to-end one of a single transaction."""
    found = text_of(entry, "AcctSvcrRef")
    if not found and len(details) == 1:
        found = text_of(details[0], "Refs/AcctSvcrRef") or text_of(details[0], "Refs/EndToEndId")
    return "" if found == "NOTPROVIDED" else read_text(found or text_of(entry, "NtryRef"))
