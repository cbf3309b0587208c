"""Households, names and purposes, as people write them and as bank systems cut them."""

import pytest

from reconciliation.matching.kinds import Kind, read_kind
from reconciliation.matching.lines import read_channel
from reconciliation.matching.memos import read_memo
from reconciliation.matching.payers import Likeness, compare_payers, normalise_payer
from reconciliation.matching.rooms import Room, read_room, read_room_label

WHOLE = Room("1", "2", "204")
OPEN = Room("1", "2", "204", open_ended=True)

ROOMS = {
    "1栋2单元204物业费": WHOLE,
    "１栋２单元２０４物业费": WHOLE,
    "1幢2单元204室 物业费": WHOLE,
    "1号楼2单元204水费": WHOLE,
    "1#2-204物业费": WHOLE,
    "1#楼2单元204车位费": WHOLE,
    "1座2门204 物业费": WHOLE,
    "交物业费 1－2－204 三月": WHOLE,
    "1-2-204物业费": WHOLE,
    "01-02-204车位费": WHOLE,
    "1—2—204费用": WHOLE,
    "一栋二单元204物业费": WHOLE,
    "十二栋二单元1703物业费": Room("12", "2", "1703"),
    "二十一幢1单元101室": Room("21", "1", "101"),
    "物业费1栋2单元204": OPEN,
    "张三1栋2单元204": OPEN,
    "1-2-204": OPEN,
    "1栋2单元1204": Room("1", "2", "1204"),
    "A座1203物业费": Room("A", "", "1203"),
    "3栋502室": Room("3", "", "502"),
    "1栋2单元120": Room("1", "2", "120", open_ended=True),
    "1栋2单元1": Room("1", "2", "1", open_ended=True),
    "1栋2单元": Room("1", "2", "", open_ended=True),
    "1栋2单": Room("1", "2", "", open_ended=True),
    "李刚1栋3": Room("1", "", "", open_ended=True),
    "1栋2单元物业费": Room("1", "2"),
    "3-502物业费": Room("3", "", "502"),
    "物业费": None,
    "": None,
    "手机转账": None,
    "2025年1月物业费": None,
    "2025-01-15 缴费": None,
    "转账 13800001234": None,
    "商户号1230000706 笔数9": None,
    "保洁费 3月": None,
    "3#楼梯12级台阶": None,
    "批次DK0111 成功3笔": None,
}


@pytest.mark.parametrize("text", ROOMS)
def test_rooms(text: str) -> None:
    assert read_room(text) == ROOMS[text]


@pytest.mark.parametrize(
    ("label", "room"),
    [
        ("3-2-501", Room("3", "2", "501")),
        ("03-02-0501", Room("3", "2", "501")),
        ("3-501", Room("3", "", "501")),
        ("3幢-2单元-501室", Room("3", "2", "501")),
        ("1栋2单元204", OPEN),
        ("", None),
    ],
)
def test_labels_of_the_books(label: str, room: Room | None) -> None:
    assert read_room_label(label) == room


def test_rooms_that_name_each_other() -> None:
    assert WHOLE.names(OPEN)
    assert not WHOLE.names(Room("1", "3", "204"))
    assert not Room("1", "2").names(Room("1", "2"))


@pytest.mark.parametrize(
    ("one", "other", "possible"),
    [
        (Room("1", "2", "120", open_ended=True), Room("1", "2", "1204"), True),
        (Room("1", "2", "120"), Room("1", "2", "1204"), False),
        (Room("1", "2", open_ended=True), WHOLE, True),
        (Room("1", open_ended=True), WHOLE, True),
        (Room("2", open_ended=True), WHOLE, False),
        (Room("1", "3", open_ended=True), WHOLE, False),
        (Room("1", "", "204"), WHOLE, True),
    ],
)
def test_rooms_that_may_be_each_other(one: Room, other: Room, *, possible: bool) -> None:
    assert one.may_be(other) is possible
    assert other.may_be(one) is possible


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" 张 三 ", "张三"),
        ("张三先生", "张三"),
        ("Ａｂｃ（杭州）有限公司", "ABC杭州有限公司"),
        ("李＊＊", "李**"),
        ("**", ""),
        ("-", ""),
    ],
)
def test_names_are_brought_to_one_form(written: str, normal: str) -> None:
    assert normalise_payer(written) == normal


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("张三", "张三", Likeness.EQUAL),
        ("张三", "张四", Likeness.DIFFERENT),
        ("", "张三", Likeness.UNKNOWN),
        ("林**", "林芳勇", Likeness.MASKED_ALIKE),
        ("张*梅", "张晓梅", Likeness.MASKED_ALIKE),
        ("张*梅", "张晓兰", Likeness.DIFFERENT),
        ("*芳勇", "林芳勇", Likeness.MASKED_ALIKE),
        ("林*", "王芳", Likeness.DIFFERENT),
        ("林**", "林芳", Likeness.UNKNOWN),
        ("林**", "王芳", Likeness.DIFFERENT),
    ],
)
def test_names_are_compared(one: str, other: str, likeness: Likeness) -> None:
    assert compare_payers(one, other) is likeness
    assert compare_payers(other, one) is likeness


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1栋2单元204物业费", Kind.PROPERTY_FEE),
        ("车位费1栋2单元204", Kind.PARKING),
        ("公摊电费", Kind.POWER),
        ("维修资金", Kind.MAINTENANCE_FUND),
        ("结息", Kind.INTEREST),
        ("对公转账手续费", Kind.BANK_FEE),
        ("1栋3单元403物业水电费", None),
        ("1栋1单元201物业费等", None),
        ("物业费、车位费", None),
        ("1栋2单元802费用", None),
        ("", None),
    ],
)
def test_purposes(text: str, kind: Kind | None) -> None:
    assert read_kind(text) is kind


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("财付通支付科技有限公司 微信支付结算", "wechat"),
        ("支付宝（中国）网络技术有限公司", "alipay"),
        ("银联商务股份有限公司 POS清算", "pos"),
        ("批量代扣物业费 批次DK0111", "debit"),
        ("张三 物业费", ""),
    ],
)
def test_channels(text: str, channel: str) -> None:
    assert read_channel(text) == channel


@pytest.mark.parametrize(
    ("memo", "name"),
    [
        ("1栋2单元204 张晓梅 2025年3月物业费", "张晓梅"),
        ("支付 绿城保洁服务部 3月保洁费", "绿城保洁服务部"),
        ("支付 宏达电梯有限公司（杭州） 维保费", "宏达电梯有限公司（杭州）"),
        ("红冲 1栋2单元204 张晓梅 物业费", "张晓梅"),
        ("利息", ""),
        ("账户管理费", ""),
        ("1栋2单元204 2025年3月物业费", ""),
        ("", ""),
    ],
)
def test_who_a_memo_names(memo: str, name: str) -> None:
    assert read_memo(memo).counterparty == name
