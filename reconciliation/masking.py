"""Names of people on reports that leave the desk: their first character and one star.

A payer is an organisation when its name says so; everybody else with a name is taken for a person.
"""

import re

MASK = "*"
#: What stands before the volunteer number where a name was.
_ERASED = "已注销"
#: Written in Chinese characters alone, or in letters alone: what a person's name looks like.
_LIKE_A_NAME = re.compile(r"(?:[\u4e00-\u9fff·•]+|[A-Za-z][A-Za-z .'-]*)\Z")
#: No person's name, however short.
_KNOWN = frozenset({"支付宝", "财付通", "微信支付", "云闪付", "拉卡拉", "抖音支付"})
_SHORTEST_ORGANISATION = 4
#: Words that name an organisation wherever they stand.
_WORDS = re.compile(
    "公司|集团|银行|物业|委员会|居委|村委|业委|中心|协会|学会|商会|基金|政府|街道|社区|小区|医院"
    "|学校|大学|小学|中学|幼儿|超市|商行|商店|商贸|酒店|饭店|餐饮|食品|药房|服务|管理|科技|工程"
    "|建设|建材|建筑|装饰|园林|绿化|保洁|保安|消防|电梯|电力|电网|供电|燃气|热力|供水|自来水|水务"
    "|移动|联通|电信|铁塔|邮政|保险|石油|石化|物流|快递|传媒|广告|租赁|合作社|工作室|经营部|门市|维修"
    "|家政|养老|清洁|环保|能源|国网|城建|城投|房产|置业|地产|财政|税务|法院|公证|律师|代收|专户"
    "|账户|共管|支付|结算"
)
#: Characters on which the name of an organisation of four or more characters may end.
_ENDS = tuple("厂店行社局所院校馆站处队会部坊铺苑园")
_COMPOUND_SURNAMES = (
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐",
    "宇文", "长孙", "司徒", "端木", "夏侯", "南宫", "独孤", "轩辕",
)  # fmt: skip
_ENGLISH = re.compile(
    r"\b(?:Ltd|Inc|Co|Corp|Company|LLC|LLP|GmbH|AG|SA|Bank|Group|Limited|Services?)\b",
    re.IGNORECASE,
)


def mask_name(name: str) -> str:
    """The first character and one star, whatever the length: 张*. Of the erased nothing is left."""
    if name.startswith(_ERASED):
        return _ERASED
    return f"{name.strip()[:1]}{MASK}"


def is_organisation(name: str) -> bool:
    """Whether a name says that it is no person's: 城建物业, 老张豆浆店, but not 欧阳娜娜."""
    plain = name.strip()
    if plain in _KNOWN or _ENGLISH.search(plain):
        return True
    if len(plain) < _SHORTEST_ORGANISATION:
        return False
    if _WORDS.search(plain):
        return True
    return plain.endswith(_ENDS) and not plain.startswith(_COMPOUND_SURNAMES) and "·" not in plain


def mask_counterparty(name: str) -> str:
    """The other side of a bank line: people masked, organisations as they are.

    What looks like a name and does not say that it is an organisation's is taken for a person's.
    """
    plain = name.strip()
    is_person = _LIKE_A_NAME.match(plain) and not is_organisation(plain)
    return mask_name(plain) if is_person else plain


def mask_in_text(text: str, name: str) -> str:
    """A text that may repeat the name of its counterparty, with that name masked as well."""
    whole = name.strip()
    return text.replace(whole, mask_counterparty(whole)) if whole else text
