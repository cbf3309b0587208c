"""Each form of an amount, a date and a masked name, fixed by example."""

from datetime import UTC, date, datetime

import pytest

from api.web import formatting

TODAY = date(2026, 11, 7)


@pytest.mark.parametrize(
    ("value", "unit", "signed", "chinese", "english"),
    [
        (120, "minute", True, "+2 小时", "+2 h"),
        (125, "minute", False, "2 小时 5 分钟", "2 h 5 min"),
        (-45, "minute", True, "−45 分钟", "−45 min"),
        (0, "minute", False, "0 小时", "0 h"),
        (60_000, "minute", False, "1,000 小时", "1,000 h"),
        (-1500, "point", True, "−15.00 分", "−15.00 pts"),
        (1, "point", False, "0.01 分", "0.01 pts"),
        (950, "star", True, "+9.50 星分", "+9.50 star pts"),
        (123456, "fen", False, "¥1,234.56", "¥1,234.56"),
        (-5, "fen", False, "−¥0.05", "−¥0.05"),
        (0, "fen", True, "¥0.00", "¥0.00"),
    ],
)
def test_amounts_carry_sign_unit_and_separators(
    value: int, unit: str, signed: bool, chinese: str, english: str
) -> None:
    assert str(formatting.format_amount(value, unit, "zh-CN", signed=signed)) == chinese
    assert str(formatting.format_amount(value, unit, "en", signed=signed)) == english


@pytest.mark.parametrize(
    ("day", "chinese", "english"),
    [
        (date(2026, 11, 7), "今天", "today"),
        (date(2026, 11, 6), "昨天", "yesterday"),
        (date(2026, 11, 8), "明天", "tomorrow"),
        (date(2026, 11, 5), "2026年11月5日", "5 November 2026"),
        (date(2024, 2, 29), "2024年2月29日", "29 February 2024"),
    ],
)
def test_near_days_are_words(day: date, chinese: str, english: str) -> None:
    assert formatting.format_date(day, "zh-CN", today=TODAY) == chinese
    assert formatting.format_date(day, "en", today=TODAY) == english


def test_moments_are_read_on_the_clock_of_shanghai() -> None:
    late_in_london = datetime(2026, 11, 6, 16, 30, tzinfo=UTC)
    assert formatting.format_moment(late_in_london, today=TODAY) == "今天 00:30"
    assert formatting.format_exact(late_in_london) == "2026-11-07 00:30:00"
    midnight = datetime(2026, 11, 6, 16, 0, tzinfo=UTC)
    assert formatting.format_moment(midnight, today=TODAY) == "今天"


def test_months_and_distances() -> None:
    assert formatting.format_month(TODAY) == "2026年11月"
    assert formatting.format_month(TODAY, "en") == "November 2026"
    assert formatting.days_until(date(2026, 11, 12), today=TODAY) == 5


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张*"), ("欧阳娜娜", "欧*"), (" 王 ", "王*"), ("", "*")]
)
def test_names_show_only_their_first_character(name: str, masked: str) -> None:
    assert formatting.mask_name(name) == masked


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("欧阳娜娜", "欧*"),
        ("欧阳建行", "欧*"),
        ("阿依古丽·买买提", "阿*"),
        ("钱物业", "钱*"),
        ("John Smith", "J*"),
        ("Siemens AG", "Siemens AG"),
        ("城建物业", "城建物业"),
        ("国网电力", "国网电力"),
        ("老张早点铺", "老张早点铺"),
        ("财付通", "财付通"),
        ("清源保洁服务有限公司", "清源保洁服务有限公司"),
        ("支付宝（中国）网络技术有限公司", "支付宝（中国）网络技术有限公司"),
        ("", ""),
    ],
)
def test_people_at_the_bank_are_masked_and_companies_are_not(name: str, shown: str) -> None:
    assert formatting.mask_counterparty(name) == shown


@pytest.mark.parametrize(
    ("number", "masked"),
    [("13800001234", "138****1234"), ("138 0000 1234", "138****1234"), ("66123", "****23")],
)
def test_phones_hide_their_middle(number: str, masked: str) -> None:
    assert formatting.mask_phone(number) == masked


def test_accounts_show_four_digits_and_codes_come_in_groups() -> None:
    assert formatting.mask_account("4402 0011 0908 0077 231") == "****7231"
    assert formatting.group_digits("48210937") == "4821 0937"
