"""Bank files as the banks write them: the ICBC's corporate details (GBK), and camt.053."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from ledger.clock import SHANGHAI
from ops.demo_data.chance import chance_for
from ops.demo_data.estates import EstatePlan
from ops.demo_data.trust_events import Movement
from ops.demo_data.trust_year import BankPeriod

_ICBC_HEADER = (
    *("凭证号", "本方账号", "对方账号", "交易时间", "借/贷", "借方发生额", "贷方发生额"),
    *("对方行号", "摘要", "用途", "对方单位名称", "余额", "个性化信息", "交易流水号"),
)
_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def file_name(estate: EstatePlan, period: BankPeriod) -> str:
    """What the bank's web site would call the file."""
    ending = "csv" if estate.form.statement_form == "icbc" else "xml"
    return f"{estate.form.key}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.{ending}"


def write_file(estate: EstatePlan, period: BankPeriod) -> bytes:
    """The file of a period in the layout of the estate's bank."""
    write = _icbc if estate.form.statement_form == "icbc" else _camt053
    return write(estate, period)


def _with_balances(period: BankPeriod) -> Iterator[tuple[int, Movement, int]]:
    """Each movement with its number in the period and the balance after it."""
    balance_fen = period.opening_fen
    for number, movement in enumerate(period.movements, start=1):
        balance_fen += movement.amount_fen
        yield number, movement, balance_fen


def _yuan(fen: int, *, thousands: bool = False) -> str:
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{part:02d}" if thousands else f"{sign}{whole}.{part:02d}"


def _reference(estate: EstatePlan, movement: Movement, number: int) -> str:
    day = movement.day.isoformat()
    digits = chance_for("reference", estate.form.key, day, str(number)).randrange(10**12)
    return f"{movement.day:%y%m%d}{number:04d}-{digits:012d}"


def _icbc(estate: EstatePlan, period: BankPeriod) -> bytes:
    """Newest first, cells padded with blanks and tabs, totals and balances below."""
    number_of_account = estate.form.bank_account_no
    text = io.StringIO(newline="")
    text.write(
        "明细查询文件下载\r\n\r\n"
        f"本方账号: {number_of_account},户名: {estate.account_name}\r\n"
        f"查询起止日期: {period.first} - {period.last},币种: 人民币\r\n\r\n"
    )
    writer = csv.writer(text)
    writer.writerow(_ICBC_HEADER)
    rows = []
    debit_fen = credit_fen = 0
    for number, movement, balance_fen in _with_balances(period):
        is_in = movement.amount_fen > 0
        amount = f"{_yuan(abs(movement.amount_fen), thousands=True):<18}"
        debit_fen += 0 if is_in else -movement.amount_fen
        credit_fen += movement.amount_fen if is_in else 0
        row = (
            "0", f"{number_of_account}\t", f"{movement.counterparty_account}\t",
            f"{movement.day} {movement.moment:%H:%M:%S}     ", "贷" if is_in else "借",
            " " * 18 if is_in else amount, amount if is_in else " " * 18, "",
            f"{movement.summary:<12}", f"{movement.remark:<20}", f"{movement.counterparty:<20}",
            _yuan(balance_fen, thousands=True), "", f"{_reference(estate, movement, number)}\t",
        )  # fmt: skip
        rows.append(row)
    writer.writerows(reversed(rows))
    totals = (_yuan(debit_fen, thousands=True), _yuan(credit_fen, thousands=True))
    writer.writerow(("人民币合计", "", "", "", "", *totals))
    opening, closing = (_yuan(f, thousands=True) for f in (period.opening_fen, period.closing_fen))
    writer.writerow(("期初余额", opening, "期末余额", closing))
    return text.getvalue().encode("gb18030")


def _camt053(estate: EstatePlan, period: BankPeriod) -> bytes:
    """A BkToCstmrStmt with one statement."""
    document = etree.Element("Document", xmlns=_CAMT)
    message = etree.SubElement(document, "BkToCstmrStmt")
    name = f"{estate.form.key}-{period.last:%Y%m%d}"
    made_at = datetime.combine(period.last, datetime.min.time(), SHANGHAI).replace(hour=23)
    _fill(message, "GrpHdr", {"MsgId": name, "CreDtTm": made_at.isoformat()})
    statement = etree.SubElement(message, "Stmt")
    _leaf(statement, "Id", name)
    _leaf(statement, "CreDtTm", made_at.isoformat())
    first = datetime.combine(period.first, datetime.min.time(), SHANGHAI)
    _fill(statement, "FrToDt", {"FrDtTm": first.isoformat(), "ToDtTm": made_at.isoformat()})
    account = _fill(statement, "Acct", {"Id/Othr/Id": estate.form.bank_account_no, "Ccy": "CNY"})
    _leaf(account, "Nm", estate.account_name)
    for code, fen, day in (
        ("OPBD", period.opening_fen, period.first),
        ("CLBD", period.closing_fen, period.last),
    ):
        balance = etree.SubElement(statement, "Bal")
        _leaf(balance, "Tp/CdOrPrtry/Cd", code)
        _amount(balance, fen)
        _leaf(balance, "Dt/Dt", day.isoformat())
    for number, movement, _ in _with_balances(period):
        _entry(statement, movement, _reference(estate, movement, number))
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _entry(statement: etree._Element, movement: Movement, reference: str) -> None:
    entry = etree.SubElement(statement, "Ntry")
    _amount(entry, movement.amount_fen)
    _leaf(entry, "Sts/Cd", "BOOK")
    booked_at = datetime.combine(movement.day, movement.moment, SHANGHAI)
    _leaf(entry, "BookgDt/DtTm", booked_at.isoformat())
    _leaf(entry, "ValDt/Dt", movement.day.isoformat())
    _leaf(entry, "AcctSvcrRef", reference)
    _leaf(entry, "BkTxCd/Prtry/Cd", movement.summary)
    details = etree.SubElement(etree.SubElement(entry, "NtryDtls"), "TxDtls")
    if movement.counterparty:
        side = "Dbtr" if movement.amount_fen > 0 else "Cdtr"
        parties = etree.SubElement(details, "RltdPties")
        _leaf(parties, f"{side}/Pty/Nm", movement.counterparty)
        if movement.counterparty_account:
            _leaf(parties, f"{side}Acct/Id/Othr/Id", movement.counterparty_account)
    if movement.remark:
        _leaf(details, "RmtInf/Ustrd", movement.remark)
    _leaf(entry, "AddtlNtryInf", movement.summary)


def _amount(parent: etree._Element, fen: int) -> None:
    _leaf(parent, "Amt", _yuan(abs(fen))).set("Ccy", "CNY")
    _leaf(parent, "CdtDbtInd", "DBIT" if fen < 0 else "CRDT")


def _leaf(parent: etree._Element, path: str, text: str) -> etree._Element:
    """A text at the end of a path of new elements."""
    element = parent
    for name in path.split("/"):
        element = etree.SubElement(element, name)
    element.text = text
    return element


def _fill(parent: etree._Element, name: str, leaves: dict[str, str]) -> etree._Element:
    element = etree.SubElement(parent, name)
    for path, text in leaves.items():
        _leaf(element, path, text)
    return element
