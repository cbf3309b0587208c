"""Bank files of our own making: one list of movements, written in each layout that is read."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

import msgspec

ACCOUNT = "33050161000000004321"
NAME = "春晖苑小区业主共管账户"
OPENING = 1_000_000_00
FIRST, LAST = date(2025, 3, 1), date(2025, 3, 31)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the bank knows it; amount in fen, in positive."""

    at: datetime
    amount: int
    name: str = ""
    account: str = ""
    summary: str = "网银转账"
    remark: str = ""
    serial: str = ""


def movement(day: int, amount: int, name: str = "", remark: str = "", **rest: str) -> Movement:
    """A movement in March 2025; later calls on one day are later in time."""
    at = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day - 1, hours=10)
    return Movement(at=at, amount=amount, name=name, remark=remark, **rest)


def in_order(movements: Iterable[Movement]) -> list[Movement]:
    """The movements by time, a second apart where they share one, each with a serial number."""
    ordered: list[Movement] = []
    for number, item in enumerate(sorted(movements, key=lambda m: m.at), start=1):
        at = item.at
        if ordered and at <= ordered[-1].at:
            at = ordered[-1].at + timedelta(seconds=1)
        serial = item.serial or f"{number}-{700000000000 + 7919 * number}"
        ordered.append(msgspec.structs.replace(item, at=at, serial=serial))
    return ordered


def yuan(fen: int, *, thousands: bool = False) -> str:
    """Fen as the decimal text of an export."""
    value = Decimal(fen).scaleb(-2)
    return f"{value:,.2f}" if thousands else f"{value:.2f}"


def quoted(cell: str) -> str:
    """A CSV cell, quoted where it must be."""
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell


def rows_to_bytes(rows: Iterable[Sequence[str]], *, encoding: str) -> bytes:
    """Cells as a CSV file with the line ends of Windows."""
    return "".join(",".join(map(quoted, row)) + "\r\n" for row in rows).encode(encoding)


def balances(movements: Sequence[Movement], opening: int) -> list[int]:
    """The running balance beside each movement."""
    found = []
    for item in movements:
        opening += item.amount
        found.append(opening)
    return found


def sums(movements: Sequence[Movement]) -> tuple[int, int, int, int]:
    """Sum and count of money out, sum and count of money in."""
    outs = [-item.amount for item in movements if item.amount < 0]
    ins = [item.amount for item in movements if item.amount > 0]
    return sum(outs), len(outs), sum(ins), len(ins)


def ccb_csv(
    movements: Iterable[Movement],
    *,
    opening: int = OPENING,
    first: date = FIRST,
    last: date = LAST,
    account: str = ACCOUNT,
    encoding: str = "gb18030",
) -> bytes:
    """China Construction Bank, corporate details."""
    items = in_order(movements)
    after = balances(items, opening)
    out_sum, out_count, in_sum, in_count = sums(items)
    rows: list[Sequence[str]] = [
        ("中国建设银行账户明细信息",),
        (f"账号：{account}", "", f"账户名称：{NAME}"),
        ("币种：人民币", "", f"起始日期：{first:%Y%m%d}", "", f"结束日期：{last:%Y%m%d}"),
        ("期初余额：", yuan(opening, thousands=True)),
        (
            "账号", "账户名称", "交易时间", "借方发生额（支取）", "贷方发生额（收入）", "余额",
            "币种", "对方户名", "对方账号", "对方开户机构", "记账日期", "摘要", "备注",
            "账户明细编号-交易流水号", "企业流水号", "凭证种类", "凭证号", "关联账户",
        ),
    ]  # fmt: skip
    for item, balance in zip(items, after, strict=True):
        rows.append(
            (
                account, NAME, f"{item.at:%Y%m%d %H:%M:%S}", yuan(max(-item.amount, 0)),
                yuan(max(item.amount, 0)), yuan(balance), "人民币元", item.name, item.account, "",
                f"{item.at:%Y%m%d}", item.summary, item.remark, item.serial, "", "", "", "",
            )
        )  # fmt: skip
    closing = after[-1] if after else opening
    rows.append(("合计", "", "", *(yuan(x, thousands=True) for x in (out_sum, in_sum, closing))))
    rows.append((f"支出笔数：{out_count}", f"收入笔数：{in_count}"))
    rows.append(("以上数据仅供参考，具体内容请以柜台为准",))
    return rows_to_bytes(rows, encoding=encoding)


def cmb_csv(
    movements: Iterable[Movement],
    *,
    opening: int = OPENING,
    first: date = FIRST,
    last: date = LAST,
    account: str = ACCOUNT,
) -> bytes:
    """China Merchants Bank, corporate details."""
    items = in_order(movements)
    after = balances(items, opening)
    out_sum, out_count, in_sum, in_count = sums(items)
    rows: list[Sequence[str]] = [
        ("招商银行账务明细",),
        ("账号", account, "户名", NAME),
        ("起止日期", f"{first:%Y%m%d}至{last:%Y%m%d}", "上期余额", yuan(opening)),
        (
            "交易日", "交易时间", "起息日", "交易类型", "借方金额", "贷方金额", "余额", "摘要",
            "流水号", "收/付方名称", "收/付方帐号",
        ),
    ]  # fmt: skip
    for item, balance in zip(items, after, strict=True):
        rows.append(
            (
                f"{item.at:%Y%m%d}", f"{item.at:%H:%M:%S}", f"{item.at:%Y%m%d}", item.summary,
                yuan(-item.amount) if item.amount < 0 else "",
                yuan(item.amount) if item.amount > 0 else "",
                yuan(balance), item.remark, item.serial, item.name, item.account,
            )
        )  # fmt: skip
    rows.append((f"借方合计 {out_count} 笔 {yuan(out_sum)} 贷方合计 {in_count} 笔 {yuan(in_sum)}",))
    rows.append(("本期余额", yuan(after[-1] if after else opening)))
    return rows_to_bytes(rows, encoding="gb18030")


def icbc_csv(
    movements: Iterable[Movement],
    *,
    opening: int = OPENING,
    first: date = FIRST,
    last: date = LAST,
    account: str = ACCOUNT,
) -> bytes:
    """Industrial and Commercial Bank of China: newest first, cells padded with blanks and tabs."""
    items = in_order(movements)
    after = balances(items, opening)
    out_sum, _, in_sum, _ = sums(items)
    rows: list[Sequence[str]] = [
        ("明细查询文件下载",),
        ("",),
        (f"本方账号: {account}", f"户名: {NAME}"),
        (f"查询起止日期: {first} - {last}", "币种: 人民币"),
        ("",),
        (
            "凭证号", "本方账号", "对方账号", "交易时间", "借/贷", "借方发生额", "贷方发生额",
            "对方行号", "摘要", "用途", "对方单位名称", "余额", "个性化信息", "交易流水号",
        ),
    ]  # fmt: skip
    for item, balance in reversed(list(zip(items, after, strict=True))):
        debit = yuan(-item.amount, thousands=True) if item.amount < 0 else ""
        credit = yuan(item.amount, thousands=True) if item.amount > 0 else ""
        rows.append(
            (
                "0", f"{account}\t", f"{item.account}\t", f"{item.at:%Y-%m-%d %H:%M:%S}     ",
                "借" if item.amount < 0 else "贷", f"{debit:<18}", f"{credit:<18}", "",
                f"{item.summary:<12}", f"{item.remark:<16}", f"{item.name:<20}",
                yuan(balance, thousands=True), "", f"{item.serial}\t",
            )
        )  # fmt: skip
    rows.append((" ",))
    rows.append(
        ("人民币合计", "", "", "", "", yuan(out_sum, thousands=True), yuan(in_sum, thousands=True))
    )
    closing = after[-1] if after else opening
    rows.append(
        (
            "期初余额", yuan(opening, thousands=True), "期末余额", yuan(closing, thousands=True),
        )
    )  # fmt: skip
    return rows_to_bytes(rows, encoding="gb18030")


def camt053(
    movements: Iterable[Movement],
    *,
    opening: int = OPENING,
    first: date = FIRST,
    last: date = LAST,
    account: str = ACCOUNT,
    version: str = "08",
) -> bytes:
    """An ISO 20022 statement of one account."""
    statement = camt_statement(movements, opening=opening, first=first, last=last, account=account)
    return camt_document(statement, version=version)


def camt_document(*statements: str, version: str = "08") -> bytes:
    """A camt.053 message around statements."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">\n'
        "<BkToCstmrStmt>\n<GrpHdr><MsgId>M1</MsgId>"
        "<CreDtTm>2025-04-01T06:00:00+08:00</CreDtTm></GrpHdr>\n"
        f"{''.join(statements)}</BkToCstmrStmt>\n</Document>\n"
    ).encode()


def camt_statement(
    movements: Iterable[Movement],
    *,
    opening: int = OPENING,
    first: date = FIRST,
    last: date = LAST,
    account: str = ACCOUNT,
) -> str:
    """One Stmt with balances, totals and entries."""
    items = in_order(movements)
    out_sum, out_count, in_sum, in_count = sums(items)
    closing = opening + sum(item.amount for item in items)
    entries = "".join(camt_entry(item) for item in items)
    return (
        f"<Stmt><Id>S1</Id><FrToDt><FrDtTm>{first}T00:00:00+08:00</FrDtTm>"
        f"<ToDtTm>{last}T23:59:59+08:00</ToDtTm></FrToDt>\n"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>CNY</Ccy><Nm>{NAME}</Nm></Acct>\n"
        f"{camt_balance('OPBD', opening, first)}{camt_balance('CLBD', closing, last)}"
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(items)}</NbOfNtries></TtlNtries>"
        f"<TtlCdtNtries><NbOfNtries>{in_count}</NbOfNtries><Sum>{yuan(in_sum)}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><NbOfNtries>{out_count}</NbOfNtries><Sum>{yuan(out_sum)}</Sum>"
        f"</TtlDbtNtries></TxsSummry>\n{entries}</Stmt>\n"
    )


def camt_balance(code: str, fen: int, day: date) -> str:
    """A Bal element."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan(abs(fen))}</Amt><CdtDbtInd>{"CRDT" if fen >= 0 else "DBIT"}'
        f"</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def camt_entry(item: Movement, *, status: str = "<Cd>BOOK</Cd>", currency: str = "CNY") -> str:
    """One Ntry with one TxDtls."""
    side = "Dbtr" if item.amount > 0 else "Cdtr"
    return (
        f"<Ntry><NtryRef>{item.serial}</NtryRef>"
        f'<Amt Ccy="{currency}">{yuan(abs(item.amount))}</Amt>'
        f"<CdtDbtInd>{'CRDT' if item.amount > 0 else 'DBIT'}</CdtDbtInd><Sts>{status}</Sts>"
        f"<BookgDt><DtTm>{item.at.isoformat()}+08:00</DtTm></BookgDt>"
        f"<ValDt><Dt>{item.at.date()}</Dt></ValDt><AcctSvcrRef>{item.serial}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><RltdPties><{side}><Pty><Nm>{escape(item.name)}</Nm></Pty></{side}>"
        f"<{side}Acct><Id><Othr><Id>{item.account}</Id></Othr></Id></{side}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(item.remark)}</Ustrd></RmtInf></TxDtls></NtryDtls>"
        f"<AddtlNtryInf>{escape(item.summary)}</AddtlNtryInf></Ntry>\n"
    )
