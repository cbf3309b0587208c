"""What people type into forms, and what the form makes of it."""

from datetime import date, time

import pytest

from api.web.forms import Form, FormRefused, plain_code


def read(**values: str) -> Form:
    return Form(values, "zh-CN")


@pytest.mark.parametrize(
    ("typed", "hundredths"),
    [
        *[("12.50", 1250), ("12", 1200), (" 0.5 ", 50), ("１２．５", 1250), ("12。5", 1250)],
        *[("1 000", 100_000), ("1\u00a0000.5", 100_050), ("1\u202f234\u2009567", 123_456_700)],
        *[("1,000", 100_000), ("12，345.6", 1_234_560), ("1,000,000", 100_000_000)],
    ],
)
def test_points_are_read_as_hundredths(typed: str, hundredths: int) -> None:
    assert read(amount=typed).points("amount") == hundredths


@pytest.mark.parametrize(
    "typed",
    [
        *["0", "-1", "1.234", "1e3", "一百", "1,00", "1,0000", "1000,000", ",100", "9999999999"],
        *["nan", "1 00", "1 0000", "1,000 000", "12 .5", "¥5", "$5"],
    ],
)
def test_what_is_no_amount_is_refused_with_the_value(typed: str) -> None:
    form = read(amount=typed)
    assert form.points("amount") is None
    assert typed in form.errors["amount"]


def test_hours_become_whole_minutes() -> None:
    assert read(hours="1.5").minutes("hours") == 90
    assert read(hours="0.05").minutes("hours") == 3
    form = read(hours="0.01")
    assert form.minutes("hours") is None
    assert form.errors["hours"] == "“0.01”小时合 0.6 分钟，不是整分钟。请填 0.05 或 0.10。"
    form = read(hours="1.33")
    assert form.minutes("hours") is None
    assert form.errors["hours"] == "“1.33”小时合 79.8 分钟，不是整分钟。请填 1.30 或 1.35。"


def test_an_empty_field_is_asked_for() -> None:
    form = read(amount="")
    form.points("amount")
    with pytest.raises(FormRefused) as refused:
        form.finish()
    assert refused.value.form.errors == {"amount": "这一项要填。"}


def test_text_is_trimmed_bounded_and_visible() -> None:
    assert read(name=" 陪李奶奶 ").text("name") == "陪李奶奶"
    assert read().text("name", required=False) is None
    form = read(name="a" * 201)
    assert form.text("name") is None
    assert "name" in form.errors


@pytest.mark.parametrize("unseen", ["\x00", "\x07", "\u202e", "\u2028", "\ue000"])
def test_text_with_unseen_characters_comes_back_without_them(unseen: str) -> None:
    form = read(name=f"陪李{unseen}奶奶")
    assert form.text("name") is None
    assert f"U+{ord(unseen):04X}" in form.errors["name"]
    assert form.values["name"] == "陪李奶奶"
    assert read(name=form.values["name"]).text("name") == "陪李奶奶"


@pytest.mark.parametrize("harmless", ["\u200b", "\ufeff", "\u2060", "\u00ad", "\u200e"])
def test_marks_without_width_do_no_harm(harmless: str) -> None:
    assert read(name=f"{harmless}陪李{harmless}奶奶").text("name") == "陪李奶奶"
    assert read(amount=f"12{harmless}.5").points("amount") == 1250


def test_lines_of_a_text_area_become_one() -> None:
    assert read(reason="没有签到\r\n也没有签退").text("reason") == "没有签到 也没有签退"


def test_a_code_has_no_unseen_characters() -> None:
    form = read(code="\u202d4821\u200b 0937\u202c\n")
    assert form.code("code") == "4821 0937"
    assert form.errors == {}


def test_a_password_is_read_as_it_was_typed() -> None:
    assert read(password=" a\u200db\t ").secret("password") == " a\u200db\t "


def test_days_and_times() -> None:
    form = read(day="2026-11-07", at="09:30")
    assert form.day("day") == date(2026, 11, 7)
    assert form.time_of_day("at") == time(9, 30)
    for nobody_means in ("0001-01-01", "9999-12-31"):
        assert read(day=nobody_means).day("day") is None
    wrong = read(day="2026-02-30", at="25:00")
    assert wrong.day("day") is None
    assert wrong.time_of_day("at") is None
    assert set(wrong.errors) == {"day", "at"}


def test_a_choice_must_have_been_offered() -> None:
    assert read(item="a").choice("item", frozenset({"a"})) == "a"
    form = read(item="z")
    assert form.choice("item", frozenset({"a"})) is None
    assert "item" in form.errors


def test_a_code_is_read_however_it_was_grouped() -> None:
    assert plain_code("4821 0937") == "48210937"
    assert plain_code("４８２１-０９３７") == "48210937"
    assert plain_code(" GZ1.abc-def ") == "GZ1.abc-def"


def test_an_amount_is_complained_about_in_the_unit_of_its_field() -> None:
    for unit, word in (("fen", "元"), ("point", "积分"), ("minute", "小时")):
        form = read(least="x")
        assert form.amount("least", unit) is None
        assert word in form.errors["least"], unit
        assert ("积分" in form.errors["least"]) == (unit == "point")
    assert read(least="1.5").amount("least", "minute") == 90
    assert read(least="1.5").amount("least", "fen") == 150


@pytest.mark.parametrize("typed", ["¥1,000.00", "￥1000", "¥ 1 000", " ¥1,000 "])
def test_yuan_are_read_as_pages_print_them(typed: str) -> None:
    assert read(amount=typed).amount("amount", "fen") == 100_000
    assert read(amount=typed).amount("amount", "minute") is None
    for wrong in ("¥", "¥¥1", "¥-1", "-¥1", "1¥"):
        assert read(amount=wrong).amount("amount", "fen") is None


@pytest.mark.parametrize("typed", ["9" * 20, "9,999,999,999.50"])
def test_an_amount_that_is_too_large_is_called_that(typed: str) -> None:
    form = read(amount=typed)
    assert form.points("amount") is None
    assert "太大" in form.errors["amount"]
    assert "小数" not in form.errors["amount"]
