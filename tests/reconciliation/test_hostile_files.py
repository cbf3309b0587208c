"""Files that must be refused: each with one clear error, its place, and nothing else."""

import gzip
import zipfile
from contextlib import suppress
from io import BytesIO
from traceback import walk_tb

import pytest

from ledger.errors import LedgerError
from reconciliation.intake import camt053 as camt053_module
from reconciliation.intake import csv_statement, errors
from reconciliation.intake.detection import LARGEST_FILE_BYTES, detect, parse_statement_file
from tests.reconciliation.bank_files import (
    camt053,
    camt_document,
    camt_entry,
    camt_statement,
    ccb_csv,
    cmb_csv,
    icbc_csv,
    in_order,
    movement,
)

MOVEMENTS = [
    movement(1, 180_00, "张晓梅", "1栋2单元204物业费", account="6217000000001112345"),
    movement(2, -5_00, "", "对公转账手续费", summary="手续费"),
    movement(4, 180_00, "王建国", "1栋3单元402物业费"),
]
CCB, CMB, ICBC = ccb_csv(MOVEMENTS), cmb_csv(MOVEMENTS), icbc_csv(MOVEMENTS)
CAMT = camt053(MOVEMENTS)


def edited(data: bytes, old: str, new: str, *, count: int = 1) -> bytes:
    """The file with one text replaced by another, in its own encoding."""
    encoding = "utf-8" if data.startswith(b"<?xml") else "gb18030"
    text = data.decode(encoding)
    assert old in text
    return text.replace(old, new, count).encode(encoding)


def line(data: bytes, number: int) -> str:
    """A physical line of a file."""
    return data.decode("gb18030").split("\r\n")[number - 1]


def zipped() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return target.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>\n<Document>&j;</Document>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE d SYSTEM "file:///etc/passwd">'
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>'
)
DEEP = camt_document(camt_statement([]).replace("<Ccy>", "<x>" * 200 + "</x>" * 200 + "<Ccy>"))
UTF16_XML = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d []><d/>'.encode("utf-16")
UTF7_XML = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE d+AD4-<d/>'
FOREIGN_ENTRY = camt_entry(in_order([movement(3, 1_00)])[0], currency="USD")

CASES: dict[str, tuple[bytes, type[LedgerError], dict[str, object]]] = {
    "nothing": (b"", errors.FileIsEmpty, {}),
    "blanks": (b" \r\n\t\r\n", errors.FileIsEmpty, {}),
    "a byte order mark alone": (b"\xef\xbb\xbf\r\n", errors.FileIsEmpty, {}),
    "PDF named csv": (b"%PDF-1.7\n...", errors.FileTypeNotSupported, {"found": "PDF"}),
    "XLSX named csv": (zipped(), errors.FileTypeNotSupported, {"found": "XLSX or ZIP"}),
    "XLS named csv": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", errors.FileTypeNotSupported,
                      {"found": "XLS"}),
    "gzip": (gzip.compress(CCB), errors.FileTypeNotSupported, {"found": "GZIP"}),
    "HTML named xls": (b"<html><table><tr><td>1</td></tr></table></html>",
                       errors.FileTypeNotSupported, {"found": "HTML"}),
    "UTF-16": (CCB.decode("gb18030").encode("utf-16"), errors.FileTypeNotSupported,
               {"found": "UTF-16"}),
    "UTF-16 without mark": (CCB.decode("gb18030").encode("utf-16-le"), errors.FileIsBinary,
                            {"line": 1}),
    "binary": (bytes(range(256)) * 4, errors.FileIsBinary, {"line": 1, "offset": 0}),
    "a zero byte in a cell": (CCB.replace(b"6217", b"62\x0017"), errors.FileIsBinary, {"line": 6}),
    "neither UTF-8 nor GBK": (CCB.replace(b"6217", b"\xff\xff"), errors.EncodingNotSupported,
                              {"line": 6, "column": 84}),
    "UTF-8 mark on GBK": (b"\xef\xbb\xbf" + CCB, errors.EncodingNotSupported,
                          {"line": 1, "encoding": "UTF-8"}),
    "half a character at the end": (CCB[:-4][: CCB.rfind(b"\xb9")] + b"\xb9", errors.FileTruncated,
                                    {"line": 11}),
    "some other table": ("姓名,年龄\r\n张三,70\r\n".encode(), errors.LayoutNotRecognised, {}),
    "prose": ("尊敬的客户，您好。\n" * 100).encode() and (
        ("尊敬的客户，您好。\n" * 100).encode(), errors.LayoutNotRecognised, {}),
    "column renamed": (edited(CCB, "贷方发生额（收入）", "进账"), errors.ColumnMissing,
                       {"line": 5, "column": "贷方发生额（收入）", "layout": "ccb_csv"}),
    "column left out": (edited(CMB, "起息日,", ""), errors.ColumnMissing,
                        {"line": 4, "column": "起息日"}),
    "remark renamed": (edited(ICBC, "用途", "附言"), errors.ColumnMissing,
                       {"line": 6, "column": "用途"}),
    "column twice": (edited(CCB, "企业流水号", "交易流水号"), errors.ColumnRepeated, {"line": 5}),
    "row cut short": (edited(CCB, "1-700000007919,,,,", "1-700000007919"), errors.RowMisshapen,
                      {"line": 6, "found_cells": 14, "expected_cells": 18}),
    "row with a cell too many": (edited(CMB, "物业费,", "物业费,x,"), errors.RowMisshapen,
                                 {"line": 5, "found_cells": 12, "expected_cells": 11}),
    "cut in a row": (CCB[: CCB.rfind(b"20250304") - 10], errors.RowMisshapen,
                     {"line": 8, "perhaps_cut": True}),
    "cut between rows": (CCB[: CCB.rfind("合计".encode("gb18030"))], errors.FileTruncated,
                         {"line": 9}),
    "cut in the footer": (ICBC[: ICBC.rfind("期初余额".encode("gb18030"))], errors.FileTruncated,
                          {"line": 12}),
    "a row behind the totals": (CCB + line(CCB, 6).encode("gb18030"), errors.RowMisshapen,
                                {"line": 12}),
    "quote never closed": (edited(CMB, "1栋2单元204", '"1栋2单元204'), errors.RowUnreadable,
                           {"line": 5}),
    "a huge cell": (edited(CMB, "物业费", "物" * 200_000), errors.RowUnreadable, {"line": 5}),
    "no date": (edited(CCB, "20250302 10:00:00", "昨天"), errors.ValueNotUnderstood,
                {"line": 7, "column": "交易时间", "expected": "date"}),
    "30 February": (edited(CMB, "20250302,", "20250230,"), errors.ValueNotUnderstood,
                    {"line": 6, "column": "交易日"}),
    "25 o'clock": (edited(CMB, "10:00:00", "25:00:00"), errors.ValueNotUnderstood,
                   {"line": 5, "column": "交易时间", "expected": "time"}),
    "no amount": (edited(CCB, ",180.00,", ",一百八,"), errors.ValueNotUnderstood,
                  {"line": 6, "column": "贷方发生额（收入）", "expected": "amount"}),
    "a tenth of a fen": (edited(CCB, ",180.00,", ",180.001,"), errors.ValueNotUnderstood,
                         {"line": 6}),
    "an amount in exponent form": (edited(CCB, ",180.00,", ",1.8E+2,"), errors.ValueNotUnderstood,
                                   {"line": 6}),
    "not a number": (edited(CCB, ",180.00,", ",NaN,"), errors.ValueNotUnderstood, {"line": 6}),
    "beyond any balance": (edited(CCB, ",180.00,", f",{'9' * 40},"), errors.ValueNotUnderstood,
                           {"line": 6}),
    "beyond what can be added up": (edited(CCB, ",180.00,", ",100000000000.01,"),
                                    errors.ValueNotUnderstood, {"line": 6}),
    "a number of rows without end": (edited(CMB, "借方合计 1 笔", f"借方合计 {'1' * 5_000} 笔"),
                                     errors.ValueNotUnderstood, {"expected": "count"}),
    "a number of entries without end": (edited(CAMT, "<NbOfNtries>3", "<NbOfNtries>3000000000"),
                                        errors.ValueNotUnderstood, {"column": "NbOfNtries"}),
    "thousands in the wrong place": (edited(CCB, ",180.00,", ',"1,80.00",'),
                                     errors.ValueNotUnderstood, {"line": 6}),
    "both amount columns": (edited(CCB, ",0.00,180.00,", ",180.00,180.00,"),
                            errors.RowContradictsItself, {"line": 6}),
    "neither amount column": (edited(CMB, "180.00", ""), errors.RowContradictsItself, {"line": 5}),
    "indicator against its column": (edited(ICBC, ",贷,", ",借,"), errors.RowContradictsItself,
                                     {"line": 7, "column": "借/贷"}),
    "own number lost in the preamble": (edited(CMB, "33050161000000004321", "3.305E+19"),
                                        errors.AccountNumberLossy, {"line": 2}),
    "own number lost in a row": (edited(ICBC, ",33050161000000004321", ",3.305E+19"),
                                 errors.AccountNumberLossy, {"line": 7, "column": "本方账号"}),
    "rows of another account than stated": (
        edited(CCB, "账号：33050161000000004321", "账号：33050161000000009999"),
        errors.RowContradictsItself, {"line": 6, "column": "账号"}),
    "no account": (edited(CMB, "账号,33050161000000004321", "网点,0161"),
                   errors.AccountNumberMissing, {}),
    "dollars in a row": (edited(CCB, "人民币元", "美元"), errors.CurrencyNotSupported,
                         {"line": 6, "currency": "美元"}),
    "dollars in the preamble": (edited(CCB, "币种：人民币", "币种：美元"),
                                errors.CurrencyNotSupported, {"line": 3}),
    "balances that fit neither sign": (
        cmb_csv(MOVEMENTS).replace(b"1000180.00", b"5.00").replace(b"1000175.00", b"6.00")
        .replace(b"1000355.00", b"7.00"),
        errors.SignNotDecidable, {"line": 5, "column": "借方金额"}),
    "billion laughs": (LAUGHS, errors.XmlForbidden, {"line": 2}),
    "external entity": (EXTERNAL, errors.XmlForbidden, {"line": 1}),
    "DOCTYPE in UTF-16": (UTF16_XML, errors.FileTypeNotSupported, {"found": "UTF-16"}),
    "DOCTYPE in UTF-16 without mark": (
        f'<?xml version="1.0"?><!DOCTYPE d []>{camt_document(camt_statement([])).decode()[38:]}'
        .encode("utf-16-le"), errors.XmlForbidden, {"line": 1}),
    "DOCTYPE in UTF-7, said late": (
        UTF7_XML.replace(b"encoding", b" " * 300 + b"encoding", 1), errors.XmlForbidden, {}),
    "DOCTYPE in UTF-7": (UTF7_XML, errors.XmlMalformed, {"line": 1}),
    "nested 200 deep": (DEEP, errors.XmlTooDeep, {"limit_levels": 32}),
    "nested beyond the parser": (camt_document("<x>" * 5000), errors.XmlTooDeep, {}),
    "XML cut": (CAMT[: len(CAMT) // 2], errors.XmlMalformed, {}),
    "XML that is none": (b"< no XML", errors.XmlMalformed, {"line": 1}),
    "another message": (CAMT.replace(b"camt.053", b"camt.052"), errors.MessageNotSupported,
                        {"found": "camt.052.001.08"}),
    "a version from the future": (camt053([], version="14"), errors.MessageNotSupported, {}),
    "XML of anything": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", errors.MessageNotSupported,
                        {}),
    "camt without a statement": (camt_document(), errors.MessageNotSupported, {}),
    "camt without an account": (CAMT.replace(b"33050161000000004321", b""),
                                errors.AccountNumberMissing, {}),
    "camt entry in dollars": (camt_document(camt_statement([]).replace(
        "</Stmt>", f"{FOREIGN_ENTRY}</Stmt>")), errors.CurrencyNotSupported, {"currency": "USD"}),
    "camt without direction": (edited(CAMT, "<CdtDbtInd>DBIT</CdtDbtInd>", ""),
                               errors.ValueNotUnderstood, {"column": "CdtDbtInd"}),
    "camt with a negative amount": (edited(CAMT, '"CNY">180.00', '"CNY">-180.00'),
                                    errors.ValueNotUnderstood, {"column": "Amt"}),
    "camt without a date": (edited(CAMT, "2025-03-01T10:00:00+08:00", "gestern"),
                            errors.ValueNotUnderstood, {"column": "BookgDt"}),
    "camt with a count that is none": (edited(CAMT, "<NbOfNtries>3", "<NbOfNtries>x"),
                                       errors.ValueNotUnderstood, {"column": "NbOfNtries"}),
    "MT940": (b":20:STARTUMS\r\n:25:123/456\r\n", errors.FileTypeNotSupported, {"found": "MT940"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_refused_with_its_place(name: str) -> None:
    data, refusal, attributes = CASES[name]
    with pytest.raises(refusal) as refused:
        parse_statement_file(data, f"{name}.csv")
    assert type(refused.value) is refusal
    assert refused.value.attributes().items() >= attributes.items()
    assert "?" not in str(refused.value)


def held_by(error: BaseException | None) -> list[str]:
    """What a refusal and those before it still hold of the XML parser."""
    found: list[str] = []
    while error is not None:
        for frame, _ in walk_tb(error.__traceback__):
            found += [
                f"{frame.f_code.co_name}: {name}"
                for name, value in frame.f_locals.items()
                if type(value).__module__.startswith("lxml")
            ]
        error = error.__context__
    return found


@pytest.mark.parametrize("name", [name for name, (data, *_) in CASES.items() if b"<" in data[:40]])
def test_a_refusal_takes_no_parser_into_another_thread(name: str) -> None:
    data, refusal, _ = CASES[name]
    with pytest.raises(refusal) as refused:
        parse_statement_file(data, "x")
    assert not held_by(refused.value)


@pytest.mark.parametrize("name", CASES)
def test_detection_refuses_cleanly_too(name: str) -> None:
    with suppress(errors.StatementRefused):
        detect(CASES[name][0])


@pytest.mark.parametrize("name", CASES)
def test_no_refusal_quotes_the_payer(name: str) -> None:
    data, refusal, _ = CASES[name]
    with pytest.raises(refusal) as refused:
        parse_statement_file(data, "x")
    said = str(refused.value) + str(refused.value.attributes())
    assert not [text for text in ("张晓梅", "王建国", "204", "6217000000001112345") if text in said]


def test_what_a_file_lists_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = camt_document(f"<Stmt><Ntry>{'<a/>' * 1_100_000}</Ntry></Stmt>")
    with pytest.raises(errors.FileTooManyLines):
        parse_statement_file(parts, "x.xml")
    with pytest.raises(errors.RowUnreadable):
        parse_statement_file(CCB + b'"a\n",' * 300_000, "x.csv")
    with pytest.raises(errors.RowUnreadable):
        parse_statement_file("账号,".encode() * 1_001 + b"\r\n" + CCB, "x.csv")
    for module in (camt053_module, csv_statement):
        monkeypatch.setattr(module, "MOST_LINES", 3)
    for data in (CAMT, CCB):
        parse_statement_file(data, "x")
    for module in (camt053_module, csv_statement):
        monkeypatch.setattr(module, "MOST_LINES", 2)
    for data in (CAMT, CCB):
        with pytest.raises(errors.FileTooManyLines):
            parse_statement_file(data, "x")
    with pytest.raises(errors.FileTooManyLines):
        parse_statement_file(camt_document(camt_statement([]) * 3), "x.xml")


def test_a_batch_names_what_it_says_more_than_once_once() -> None:
    """And asks no list for it: 160,000 payers would be compared with each other."""
    said = [f"{number}号" for number in (1, 2, 1, 3, 2)]
    details = "".join(f"<TxDtls><RmtInf><Ustrd>{one}</Ustrd></RmtInf></TxDtls>" for one in said)
    entry = camt_entry(in_order([movement(3, 1_00)])[0])
    entry = entry[: entry.index("<TxDtls>")] + details + entry[entry.index("</NtryDtls>") :]
    file = parse_statement_file(
        camt_document(camt_statement([]).replace("</Stmt>", f"{entry}</Stmt>")), "x.xml"
    )
    assert file.statements[0].lines[0].remark == "1号 2号 3号"


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(errors.FileTooLarge) as refused:
        parse_statement_file(b"0" * (LARGEST_FILE_BYTES + 1), "big.csv")
    assert refused.value.limit_bytes == 50 * 1024 * 1024


def test_only_deliberate_refusals_leave_the_intake() -> None:
    """Cutting and flipping bytes anywhere ends in lines or in a refusal, never in another error."""
    for data in (CCB, ICBC, CMB, CAMT):
        for place in range(0, len(data), 37):
            for damaged in (
                data[:place],
                data[:place] + b"\xff" + data[place + 1 :],
                data[:place] + b'"' + data[place:],
                data[:place] + b"<" + data[place:],
                data[:place] + data[place + 11 :],
            ):
                try:
                    parse_statement_file(damaged, "x")
                except errors.StatementRefused:
                    continue
