"""Who a memo of the books names, when no field of its own says so.

Memos are written as 「1栋2单元204 张三 2025年1月物业费」 or 「支付 绿城保洁服务部 1月保洁费」:
words parted by blanks, one of them the payer or payee.
"""

import re

import msgspec

from reconciliation.matching.kinds import read_kind
from reconciliation.matching.rooms import read_room

_PERSON = re.compile(r"[\u3400-\u9fff·]{2,4}")
_ORGANISATION = re.compile(
    r"[\u3400-\u9fffA-Za-z0-9()（）]{2,40}"
    r"(?:公司|服务部|事务所|工程队|中心|供电局|电力局|水务局|银行|商行|经营部|工作室|厂|店|站|所|局)"
    r"(?:[(（][^)）]{1,20}[)）])?"
)
_VERBS = frozenset(
    [
        "支付",
        "付款",
        "收款",
        "收到",
        "缴纳",
        "交纳",
        "退还",
        "退款",
        "转账",
        "转入",
        "转出",
        "红冲",
        "更正",
        "冲销",
        "预收",
        "预付",
        "本月",
        "上月",
        "其他",
    ]
)


class MemoFacts(msgspec.Struct, frozen=True):
    """What a memo says beyond household and purpose, which are read elsewhere."""

    counterparty: str = ""


def read_memo(memo: str) -> MemoFacts:
    """The first word that is an organisation, else the first that can be a person's name."""
    words = [word for word in re.split(r"[\s,，;；:：/]+", memo) if word]
    for word in words:
        if _ORGANISATION.fullmatch(word):
            return MemoFacts(word)
    for word in words:
        if _PERSON.fullmatch(word) and word not in _VERBS and not _says_something_else(word):
            return MemoFacts(word)
    return MemoFacts()


def _says_something_else(word: str) -> bool:
    return read_kind(word) is not None or read_room(word) is not None or word.endswith(("费", "款"))
