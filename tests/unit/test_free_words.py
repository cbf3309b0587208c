"""Words about people hold no numbers that tell who somebody is, however they are written."""

import pytest

from ledger.errors import InvalidInput
from ledger.foundation.free_words import SHORTEST_REASON, refuse_name, told_reason, told_words


@pytest.mark.parametrize(
    "words",
    [
        "身份证110101196001017777",
        "身份证 11010119600101777X",
        "１１０１０１１９６００１０１７７７７",
        "旧证110101600101777",
        "1101-0119-6001-0177-77",
        "电话13977770001",
        "电话 139 7777 0001",
        "+86-139-7777-0001",
        "３ 栋，１３９７７７７０００１",
        "138,0013,8000",
        "138、0013、8000",
        "138，0013，8000",
        "138+0013+8000",
        "138:0013:8000",
        "138*0013*8000",
        "138 0013|8000",
        "电话138，00138000",
        "138~0013 ~ 8000，女儿的",
        "+86:138*0013*8000",
        "138\u200d0013\u200d8000",
        "13\ufe008\u034f00138000",
        "1,3,8,0,0,1,3,8,0,0,0",
        "一三八零零一三八零零零",
        "电话一三八〇〇一三八〇〇〇",
        "幺三八○○幺三八○○○",
        "壹叁捌 零零壹叁 捌零零零",
        "座机0571-88886666",
        "(010) 8888 6666",
        "卡号 6222 7777 0000 7777 001",
        "٠١٠٨٨٨٨٦٦٦٦",
    ],
)
def test_numbers_of_persons_are_refused(words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        told_words("evidence", words)
    assert caught.value.attributes()["field"] == "evidence"
    assert caught.value.attributes()["value"] == "…"


@pytest.mark.parametrize(
    "words",
    [
        "户口本",
        "户口簿第 3 页，2026-11-23 至 2027-11-23",
        "委托书 2026-014 号",
        "2026年11月23日上午10:30 来电",
        "民〔2026〕7号，共 12 页",
        "2026/6/3 2026/6/4 2026/6/5",
        "20261123",
        "补贴 1,500,000.00 元",
        "15,000,000,000 分",
        "1,500,000 元和 3,000,000 元",
        "13:30 到 14:30，16:20 再来",
        "10:30、11:30、12:30、13:30",
        "13:30:15 来电",
        "订单 1、2、3、4、5、6、7、8、9、10、11、12",
        "第 13、14、15、16、17、18 号楼",
        "1栋301、302、401、402、501",
        "二〇二六年十一月二十三日，一三五七九单元",
        "一心一意，三番五次，九九八十一",
        "2023、2024、2025 三年",
        "1380 分钟，共 13 次，8000 元",
        "身份证看过，号码无误",
    ],
)
def test_what_was_seen_and_days_are_taken(words: str) -> None:
    assert told_words("evidence", f" {words} ") == words


def test_a_reason_says_something() -> None:
    with pytest.raises(InvalidInput):
        told_reason("x" * (SHORTEST_REASON - 1))
    with pytest.raises(InvalidInput):
        told_reason("迁\u200d\u2060\ufe00往")
    assert told_reason("迁往外地") == "迁往外地"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("云雀鸣", "云雀鸣住院"),
        ("云雀鸣", "因云 雀　鸣搬走"),
        ("云雀鸣", "云\u200b雀鸣住院"),
        ("阿依古丽·买买提", "阿依古丽•买买提已迁走"),
        ("阿依古丽·买买提", "阿依古丽买买提已迁走"),
        ("Ann Lee", "per ANN  LEE's letter"),
    ],
)
def test_words_about_somebody_do_not_hold_the_name(name: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        refuse_name("reason", words, name)
    assert caught.value.attributes()["value"] == "…"
    refuse_name("reason", "本人住院，家属代办", name)


@pytest.mark.parametrize(("name", "words"), [("Ann", "planned annually"), ("李", "李子园搬迁")])
def test_a_name_within_another_word_is_none(name: str, words: str) -> None:
    refuse_name("reason", words, name)
