"""Words about people hold no numbers that tell who somebody is, however they are written."""

import pytest

from ledger.errors import InvalidInput
from ledger.foundation.free_words import SHORTEST_REASON, told_reason, told_words


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
    ],
)
def test_what_was_seen_and_days_are_taken(words: str) -> None:
    assert told_words("evidence", f" {words} ") == words


def test_a_reason_says_something() -> None:
    with pytest.raises(InvalidInput):
        told_reason("x" * (SHORTEST_REASON - 1))
    assert told_reason("迁往外地") == "迁往外地"
