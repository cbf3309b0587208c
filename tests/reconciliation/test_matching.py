"""Which bank line is which book line: small cases, each a fact about the rules.

A case is written as lines: ``B1 5 180.00 张晓梅 | 1栋2单元204物业费`` is bank line B1 on 5 March,
``L1 4 180.00 张晓梅 | …`` a book line; behind ``=`` stands what must be matched.
"""

import random
import re
from datetime import date

import msgspec
import pytest

from reconciliation.matching.lines import BankLine, BookLine, read_bank_line, read_book_line
from reconciliation.matching.passes import match_lines

_LINE = re.compile(r"([BL])(\d+) (-?\d+) (-?[\d.]+) ?([^|]*)(?:\|(.*))?")

STORIES = {
    "the household in the remark decides among equal fees": """
        B1 5 180.00 王小明 | 1栋3单元402物业费
        B2 5 180.00 张小明 | 1栋2单元204物业费
        L1 4 180.00 张晓梅 | 1栋2单元204 张晓梅 物业费
        L2 4 180.00 王建国 | 1栋3单元402 王建国 物业费
        = B1 L2, B2 L1""",
    "the payer decides where the remark says nothing": """
        B1 5 180.00 张晓梅 | 转账
        L1 4 180.00 张晓梅 | 1栋2单元204 张晓梅 物业费
        L2 4 180.00 王建国 | 1栋3单元402 王建国 物业费
        = B1 L1""",
    "amount and date alone decide nothing": """
        B1 5 180.00 |
        L1 5 180.00 |
        =""",
    "not even for a single pair without any evidence": """
        B1 5 77.13 陈某 | 转账
        L1 5 77.13 | 其他收入
        =""",
    "a masked name is not enough for a common fee": """
        B1 5 180.00 张* | 转账
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        L2 5 180.00 李四 | 1栋2单元301 李四 物业费
        =""",
    "a masked name is enough for an amount seen once": """
        B1 5 1163.37 张* | 转账
        L1 5 1163.37 张三 | 1栋2单元204 张三 维修资金
        = B1 L1""",
    "but not against another name": """
        B1 5 1163.37 李* | 转账
        L1 5 1163.37 张三 | 1栋2单元204 张三 维修资金
        =""",
    "a family member may pay when the room is whole": """
        B1 5 180.00 赵六 | 1栋2单元204物业费
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        = B1 L1""",
    "the room of another household contradicts an equal name": """
        B1 5 180.00 张三 | 1栋2单元301物业费
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        =""",
    "another purpose contradicts an equal household": """
        B1 5 180.00 张三 | 1栋2单元204车位费
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        =""",
    "the purpose tells two equal amounts of one household apart": """
        B1 5 150.00 张三 | 1栋2单元204水费
        B2 5 150.00 张三 | 1栋2单元204车位费
        L1 5 150.00 张三 | 1栋2单元204 张三 车位费
        L2 5 150.00 张三 | 1栋2单元204 张三 水费
        = B1 L2, B2 L1""",
    "a payment made twice stays open with what it pays": """
        B1 5 180.00 张三 | 1栋2单元204物业费
        B2 5 180.00 张三 | 1栋2单元204物业费
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        =""",
    "a remark cut in the number is settled by the households that exist": """
        B1 5 180.00 赵六 | 物业费1栋2单元204
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        = B1 L1""",
    "a number that a longer household begins with is doubted": """
        B1 5 180.00 赵六 | 物业费1栋2单元120
        L1 5 180.00 张三 | 1栋2单元120 张三 物业费
        L2 5 180.00 李四 | 1栋2单元1204 李四 物业费
        =""",
    "a mother named in the remark": """
        B1 5 180.00 赵小六 | 代刘秀英交费
        L1 5 180.00 刘秀英 | 1栋2单元204 刘秀英 物业费
        L2 5 180.00 刘国强 | 1栋2单元301 刘国强 物业费
        = B1 L1""",
    "lags of up to ten days": """
        B1 14 180.00 张三 | 1栋2单元204物业费
        L1 4 180.00 张三 | 1栋2单元204 张三 物业费
        = B1 L1""",
    "and no more": """
        B1 15 180.00 张三 | 1栋2单元204物业费
        L1 4 180.00 张三 | 1栋2单元204 张三 物业费
        =""",
    "an entry made from the slip, five days later": """
        B1 5 180.00 张三 | 1栋2单元204物业费
        L1 10 180.00 张三 | 1栋2单元204 张三 物业费
        = B1 L1""",
    "a supplier by name": """
        B1 6 -6000.00 绿城保洁服务部 | 保洁费 3月
        B2 6 -6000.00 宏达电梯有限公司 | 维保费
        L1 5 -6000.00 宏达电梯有限公司 | 支付宏达电梯有限公司电梯维保费
        L2 5 -6000.00 绿城保洁服务部 | 支付绿城保洁服务部保洁费
        = B1 L2, B2 L1""",
    "in is never matched with out": """
        B1 5 -180.00 张三 | 1栋2单元204物业费
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        =""",
    "a return and what it returns cancel out, and one payment is left": """
        B1 3 83.29 孙秀兰 | 1栋2单元404水费
        B2 3 -83.29 孙秀兰 | 1栋2单元404水费 退汇
        B3 4 83.29 孙秀兰 | 1栋2单元404水费
        L1 4 83.29 孙秀兰 | 1栋2单元404 孙秀兰 水费
        = B1 B2, B3 L1""",
    "a return that the books know is matched with its own entry": """
        B1 3 83.29 孙秀兰 | 1栋2单元404水费
        B2 5 -83.29 孙秀兰 | 退回 1栋2单元404水费
        L1 3 83.29 孙秀兰 | 1栋2单元404 孙秀兰 水费
        L2 5 -83.29 孙秀兰 | 1栋2单元404 孙秀兰 退水费
        = B1 L1, B2 L2""",
    "money that merely goes back without a word of return stays open": """
        B1 3 83.29 孙秀兰 | 转账
        B2 3 -83.29 孙秀兰 | 转账
        =""",
    "a return of another payer's money is none": """
        B1 3 83.29 孙秀兰 | 水费
        B2 3 -83.29 王建国 | 退汇
        =""",
    "an order number in remark and memo": """
        B1 9 88.00 | 订单WX20250309123456
        L1 3 88.00 | 扫码 WX20250309123456
        L2 3 88.00 | 扫码 WX20250309999999
        = B1 L1""",
    "an order number with another amount is no proof": """
        B1 9 88.01 | 订单WX20250309123456
        L1 3 88.00 | 扫码 WX20250309123456
        =""",
    "an order number used twice is no proof": """
        B1 9 88.00 | 订单WX20250309123456
        L1 3 88.00 | 扫码 WX20250309123456
        L2 3 88.00 | 扫码 WX20250309123456
        =""",
    "a settlement is no payment of a household": """
        B1 5 180.00 财付通支付科技有限公司 | 微信支付结算 商户号1230000706
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        =""",
    "interest seen once": """
        B1 21 31.20 | 结息
        L1 21 31.20 | 利息收入
        = B1 L1""",
    "equal bank fees without a key": """
        B1 5 -2.00 | 对公转账手续费
        B2 6 -2.00 | 对公转账手续费
        L1 5 -2.00 | 银行手续费
        L2 6 -2.00 | 银行手续费
        =""",
    "a foreign line does not hide the right one": """
        B1 5 180.00 张三 | 1栋2单元204物业费
        L1 5 180.00 张三 | 1栋2单元204 张三 物业费
        L2 5 180.00 李四 | 1栋2单元2041 李四 物业费
        = B1 L1""",
}


def read(story: str) -> tuple[list[BankLine], list[BookLine], set[frozenset[str]]]:
    """The lines of a story and the pairs it asks for."""
    given, _, wanted = story.partition("=")
    bank: list[BankLine] = []
    book: list[BookLine] = []
    for text in filter(None, map(str.strip, given.splitlines())):
        match = _LINE.fullmatch(text)
        assert match, text
        side, number, day, amount, who, remark = match.groups()
        on = date.fromordinal(date(2025, 3, 1).toordinal() + int(day) - 1)
        fen = round(100 * float(amount))
        name, words = who.strip(), (remark or "").strip()
        if side == "B":
            bank.append(
                read_bank_line(
                    BankLine(
                        id=f"B{number}",
                        booked_on=on,
                        sequence=len(bank),
                        amount_fen=fen,
                        counterparty=name,
                        remark=words,
                    )
                )
            )
        else:
            line = BookLine(
                id=f"L{number}",
                entry_id=f"L{number}",
                booked_on=on,
                amount_fen=fen,
                counterparty=name,
                memo=words,
            )
            book.append(read_book_line(line))
    pairs = {frozenset(pair.split()) for pair in wanted.split(",") if pair.strip()}
    return bank, book, pairs


@pytest.mark.parametrize("name", STORIES)
def test_stories(name: str) -> None:
    bank, book, wanted = read(STORIES[name])
    found = {frozenset(map(str, (*m.bank, *m.book))) for m in match_lines(bank, book)}
    assert found == wanted


@pytest.mark.parametrize("name", STORIES)
def test_the_order_of_input_is_no_matter(name: str, seed: int) -> None:
    bank, book, _ = read(STORIES[name])
    first = match_lines(bank, book)
    shuffled = random.Random(seed)
    for _ in range(5):
        shuffled.shuffle(bank)
        shuffled.shuffle(book)
        assert match_lines(bank, book) == first


def test_300_equal_fees_with_blank_remarks_are_never_matched() -> None:
    bank = [
        BankLine(id=n, booked_on=date(2025, 3, 5), sequence=n, amount_fen=180_00)
        for n in range(300)
    ]
    book = [
        read_book_line(
            BookLine(id=n, entry_id=n, booked_on=date(2025, 3, 5), amount_fen=180_00,
                     memo=f"1栋1单元{101 + n} 2025年3月物业费")
        )
        for n in range(300)
    ]  # fmt: skip
    assert match_lines(map(read_bank_line, bank), book) == []


def test_a_reversed_reversal_leaves_the_last_entry() -> None:
    day = date(2025, 3, 5)
    book = [
        BookLine(id=1, entry_id=1, booked_on=day, amount_fen=100),
        BookLine(id=2, entry_id=2, booked_on=day, amount_fen=-100, reverses=1),
        BookLine(id=3, entry_id=3, booked_on=day, amount_fen=100, reverses=2),
    ]
    (match,) = match_lines([], book)
    assert match.book == (1, 2)


def test_an_amount_is_common_when_its_matched_lines_are_counted() -> None:
    """What was matched last week still makes the amount a common one today."""
    bank, book, _ = read(STORIES["a masked name is enough for an amount seen once"])
    crowded = [msgspec.structs.replace(line, crowded=True) for line in bank]
    assert match_lines(crowded, book) == []


def test_a_match_says_why() -> None:
    bank, book, _ = read(STORIES["the household in the remark decides among equal fees"])
    match = next(m for m in match_lines(bank, book) if m.bank == ("B2",))
    assert (match.rule, match.version, match.residual_fen) == ("keyed", 1, 0)
    assert match.evidence == ("room_equal", "kind_equal", "days:1")
    assert match.score == 65


def test_rivals_are_counted() -> None:
    bank, book, _ = read(STORIES["the purpose tells two equal amounts of one household apart"])
    assert {match.rivals for match in match_lines(bank, book)} == {0}
    bank, book, _ = read(
        """
        B1 5 150.00 张三 | 1栋2单元204费用
        B2 5 150.00 张三 | 1栋2单元204车位费
        L1 5 150.00 张三 | 1栋2单元204 张三 车位费
        L2 5 150.00 张三 | 1栋2单元204 张三 水费
        = B2 L1, B1 L2"""
    )
    found = {match.bank: match.rivals for match in match_lines(bank, book)}
    assert found == {("B2",): 1, ("B1",): 0}
