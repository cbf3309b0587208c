"""Property fees: bills, and how each household pays: by transfer, code or cash, late or never."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random

import msgspec

from ops.demo_data.chance import chance_for, one_in, percent
from ops.demo_data.days import Span, after, day_of, working_day
from ops.demo_data.estates import EstatePlan, Household
from ops.demo_data.trust_events import BANK, Holder, Movement, TrustEvent, TrustPlan

_BANK_HOLDER: Holder = (BANK, BANK)
#: Fee of a payment by code, in thousandths of the payment, rounded for each payment.
PROVIDER_FEE_PER_MILLE = 6
PROVIDERS = {
    "wechat": ("财付通支付科技有限公司", "微信支付结算"),
    "alipay": ("支付宝（中国）网络技术有限公司", "支付宝结算"),
}
_BATCH_LETTERS = {"wechat": "WX", "alipay": "ZF"}
_PROVIDER_ACCOUNT = "2433000090"
_HABITS = ("transfer", "wechat", "alipay", "cash", "year", "never")
_HABIT_WEIGHTS = (46, 30, 13, 4, 4, 3)
_MONTHS_OF_A_YEAR = 12
_TRANSFER_WORDS = ("网银转账", "手机银行", "跨行转账", "转账存入")


class Payment(msgspec.Struct, frozen=True):
    """A household pays so much on a day, in its own way."""

    household: Household
    day: date
    amount_fen: int
    way: str
    months: int


def plan_fees(estate: EstatePlan, span: Span) -> TrustPlan:
    """Bills and payments of every household, up to today."""
    chance = chance_for("fees", estate.form.key)
    plan = TrustPlan()
    by_code: dict[tuple[str, date], list[Payment]] = defaultdict(list)
    in_cash: dict[date, list[Payment]] = defaultdict(list)
    for household, habit in zip(estate.households, _habits(estate), strict=True):
        plan.add(_bills(household, span, paid_ahead=habit == "year"))
        for payment in _payments(household, habit, span, chance):
            if payment.way in PROVIDERS:
                settled_on = after(payment.day + timedelta(days=1), 0)
                by_code[payment.way, settled_on].append(payment)
            elif payment.way == "cash":
                in_cash[working_day(payment.day + timedelta(days=2))].append(payment)
            else:
                plan.add(*_transfer(payment, chance, recent=_is_recent(payment.day, span)))
    for (provider, settled_on), payments in by_code.items():
        plan.add(*_settlement(provider, settled_on, payments))
    for deposited_on, payments in in_cash.items():
        plan.add(*_deposit(deposited_on, payments, estate))
    return plan


def _habits(estate: EstatePlan) -> list[str]:
    """How each household pays, in their order."""
    chance = chance_for("habits", estate.form.key)
    return chance.choices(_HABITS, _HABIT_WEIGHTS, k=len(estate.households))


def never_paying(estate: EstatePlan) -> list[Household]:
    """Households that pay nothing of their own accord."""
    pairs = zip(estate.households, _habits(estate), strict=True)
    return [household for household, habit in pairs if habit == "never"]


def _is_recent(day: date, span: Span) -> bool:
    """Remarks of old lines have been cleared up; those of the last weeks are as they came."""
    return (span.today - day).days < 45


def _bills(household: Household, span: Span, *, paid_ahead: bool) -> Iterator[TrustEvent]:
    unit: Holder = ("unit", household.room)
    for month in span.months():
        words = f"{household.room} {month.year}年{month.month}月物业费"
        yield TrustEvent(
            event="TR01",
            day=month,
            amounts={"billed": household.monthly_fen},
            owners={"unit": unit},
            memo=words,
        )
        if paid_ahead:
            yield TrustEvent(
                event="TR43",
                day=day_of(month, 28),
                amounts={"applied": household.monthly_fen},
                owners={"unit": unit},
                memo=f"{words}（预收抵应收）",
            )


def _payments(household: Household, habit: str, span: Span, chance: Random) -> Iterator[Payment]:
    if habit == "never":
        return
    usual_day = chance.randrange(3, 24)
    if habit == "year":
        months = _MONTHS_OF_A_YEAR + 1
        day = day_of(span.first, usual_day)
        yield Payment(household, day, months * household.monthly_fen, "year", months)
        return
    owed = 0
    for month in span.months():
        owed += 1
        if one_in(chance, 14) and owed < 3:
            continue  # forgets it, and pays the next time
        day = day_of(month, max(1, usual_day + chance.randrange(-2, 3)))
        yield Payment(household, day, owed * household.monthly_fen, habit, owed)
        owed = 0


def _transfer(
    payment: Payment, chance: Random, *, recent: bool
) -> tuple[list[TrustEvent], list[Movement]]:
    """A transfer, and the entry made from its slip on the same or one of the next working days."""
    household = payment.household
    booked_on = after(payment.day, chance.choices((0, 1, 2), (7, 2, 1))[0])
    in_advance = payment.way == "year"
    event = TrustEvent(
        event="TR03" if in_advance else "TR02",
        day=booked_on,
        amounts={"in_advance" if in_advance else "received": payment.amount_fen},
        owners={"unit": ("unit", household.room), "bank": _BANK_HOLDER},
        memo=f"{household.room} {household.owner} {_purpose(payment)}",
    )
    movement = Movement(
        day=payment.day,
        moment=time(chance.randrange(8, 21), chance.randrange(60), chance.randrange(60)),
        amount_fen=payment.amount_fen,
        counterparty=household.owner,
        counterparty_account=household.bank_account_no,
        summary=chance.choice(_TRANSFER_WORDS),
        remark=_remark(household.room, chance, careless=recent and percent(chance, 15)),
    )
    return [event], [movement]


def _purpose(payment: Payment) -> str:
    if payment.months == 1:
        return "物业费"
    return f"物业费{payment.months}个月"


def _remark(room: str, chance: Random, *, careless: bool) -> str:
    """What people write: the room in one of many spellings, or nothing of use."""
    if careless:
        return chance.choice(("物业费", "转账", ""))
    short = room.replace("栋", "-").replace("单元", "-")
    return chance.choice((f"{room}物业费", f"{short}物业费", f"物业费{room}", f"{room}室 物业费"))


def _settlement(
    provider: str, settled_on: date, payments: list[Payment]
) -> tuple[list[TrustEvent], list[Movement]]:
    """Payments by code, and the sum less fees that the provider transfers the working day after."""
    name, word = PROVIDERS[provider]
    batch_no = f"{_BATCH_LETTERS[provider]}{settled_on:%Y%m%d}{len(payments):02d}"
    holder: Holder = ("psp", provider)
    events = [
        TrustEvent(
            event="TR05",
            day=payment.day,
            amounts={"received": payment.amount_fen},
            owners={"unit": ("unit", payment.household.room), "provider": holder},
            memo=f"{payment.household.room} {_purpose(payment)}（扫码）",
        )
        for payment in payments
    ]
    gross = sum(payment.amount_fen for payment in payments)
    fee = sum((payment.amount_fen * PROVIDER_FEE_PER_MILLE + 500) // 1000 for payment in payments)
    events.append(
        TrustEvent(
            event="TR06",
            day=settled_on,
            amounts={"net": gross - fee, "fee": fee},
            owners={"provider": holder, "bank": _BANK_HOLDER},
            memo=f"{word} 批次{batch_no} {len(payments)}笔",
        )
    )
    movement = Movement(
        day=settled_on,
        moment=time(4, sum(map(ord, provider)) % 60, settled_on.day),
        amount_fen=gross - fee,
        counterparty=name,
        counterparty_account=_PROVIDER_ACCOUNT,
        summary=word,
        remark=f"批次{batch_no} 笔数{len(payments)}",
    )
    return events, [movement]


def _deposit(
    deposited_on: date, payments: list[Payment], estate: EstatePlan
) -> tuple[list[TrustEvent], list[Movement]]:
    """Cash taken at the counter, and the day on which it is carried to the bank."""
    events = [
        TrustEvent(
            event="TR52",
            day=payment.day,
            amounts={"received": payment.amount_fen},
            owners={"unit": ("unit", payment.household.room)},
            memo=f"{payment.household.room} {_purpose(payment)}（现金）",
        )
        for payment in payments
    ]
    total = sum(payment.amount_fen for payment in payments)
    slip_no = f"JK{deposited_on:%Y%m%d}"
    events.append(
        TrustEvent(
            event="TR51",
            day=deposited_on,
            amounts={"deposited": total},
            owners={"bank": _BANK_HOLDER},
            memo=f"现金缴存 {estate.form.trustee} 缴款单{slip_no}",
        )
    )
    movement = Movement(
        day=deposited_on,
        moment=time(10, 12, len(payments) % 60),
        amount_fen=total,
        counterparty=estate.form.trustee,
        counterparty_account="",
        summary="现金存入",
        remark=f"物业费 缴款单{slip_no}",
    )
    return events, [movement]
