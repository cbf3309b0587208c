"""What a payment is for, as far as its text says so in one of the usual words."""

import re
import unicodedata
from enum import StrEnum


class Kind(StrEnum):
    """Purposes that tell equal amounts of one household apart."""

    PROPERTY_FEE = "property_fee"
    PARKING = "parking"
    WATER = "water"
    POWER = "power"
    GAS = "gas"
    HEATING = "heating"
    MAINTENANCE_FUND = "maintenance_fund"
    DEPOSIT = "deposit"
    RENT = "rent"
    ADVERTISING = "advertising"
    INTEREST = "interest"
    BANK_FEE = "bank_fee"
    TAX = "tax"
    REMUNERATION = "remuneration"


_WORDS = (
    (Kind.MAINTENANCE_FUND, ("维修资金", "维修基金", "维修金")),
    (Kind.PARKING, ("车位", "停车", "车库", "泊车")),
    (Kind.PROPERTY_FEE, ("物业费", "物管费", "物业服务费", "物业管理费")),
    (Kind.WATER, ("水费",)),
    (Kind.POWER, ("电费",)),
    (Kind.GAS, ("燃气费", "煤气费", "天然气费")),
    (Kind.HEATING, ("采暖费", "供暖费", "暖气费", "取暖费")),
    (Kind.DEPOSIT, ("押金", "保证金")),
    (Kind.RENT, ("租金", "场地费", "房租")),
    (Kind.ADVERTISING, ("广告",)),
    (Kind.INTEREST, ("利息", "结息", "计息")),
    (Kind.BANK_FEE, ("手续费", "工本费", "账户管理费", "账户维护费", "汇划费", "短信费")),
    (Kind.TAX, ("税费", "税款", "缴税", "增值税", "所得税")),
    (Kind.REMUNERATION, ("酬金",)),
)
#: Several purposes in one payment: 「物业费等」, 「物业水电费」.
_SEVERAL = re.compile(r"费等|等费|水电|物业水|及|、|\+")


def read_kind(text: str) -> Kind | None:
    """The one purpose that a text names; None when it names none, or several."""
    folded = unicodedata.normalize("NFKC", text)
    found = {kind for kind, words in _WORDS if any(word in folded for word in words)}
    if len(found) != 1 or _SEVERAL.search(folded):
        return None
    return found.pop()
