"""Property fees: bills, and how each household pays: by transfer or by code, late or never."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random
from typing import Literal

import msgspec

from ops.demo_data.chance import chance_for, one_in, percent
from ops.demo_data.days import Span, after, day_of
from ops.demo_data.estates import EstatePlan, Household
from ops.demo_data.trust_events import BILL, Movement, TrustEvent, TrustPlan

#: Fee of a payment by code, in thousandths of the payment, rounded for each payment.
PROVIDER_FEE_PER_MILLE = 6
Provider = Literal["wechat", "alipay"]
Habit = Literal["transfer", "wechat", "alipay", "year", "never"]
PROVIDERS: dict[Provider, tuple[str, str]] = {
    "wechat": ("财付通支付科技有限公司", "微信支付结算"),
    "alipay": ("支付宝（中国）网络技术有限公司", "支付宝结算"),
}
_BATCH_LETTERS = {"wechat": "WX", "alipay": "ZF"}
_PROVIDER_ACCOUNT = "2433000090"
_HABITS: tuple[Habit, ...] = ("transfer", "wechat", "alipay", "year", "never")
_HABIT_WEIGHTS = (50, 30, 13, 4, 3)
#: Two households of which it is known: stories are told about them.
_FIRST_DOOR, _LAST_DOOR = 4, 17
_MONTHS_OF_A_YEAR = 12
_TRANSFER_WORDS = ("网银转账", "手机银行", "跨行转账", "转账存入")


class Payment(msgspec.Struct, frozen=True):
    """A household pays so much on a day, in its own way."""

    household: Household
    day: date
    amount_fen: int
    way: Habit
    months: int


def plan_fees(estate: EstatePlan, span: Span) -> TrustPlan:
    """Bills and payments of every household, up to today."""
    chance = chance_for("fees", estate.form.key)
    plan = TrustPlan()
    plan.add([TrustEvent(event=BILL, day=month) for month in span.months()])
    by_code: dict[tuple[Provider, date], list[Payment]] = defaultdict(list)
    for household, habit in zip(estate.households, _habits(estate), strict=True):
        for payment in _payments(household, habit, span, chance):
            provider = _provider_of(payment.way)
            if provider is not None:
                settled_on = after(payment.day + timedelta(days=1), 0)
                by_code[provider, settled_on].append(payment)
            else:
                plan.add(*_transfer(payment, chance, recent=_is_recent(payment.day, span)))
    for (provider, settled_on), payments in by_code.items():
        plan.add(*_settlement(provider, settled_on, payments))
    return plan


def _habits(estate: EstatePlan) -> list[Habit]:
    """How each household pays, in their order."""
    chance = chance_for("habits", estate.form.key)
    habits = chance.choices(_HABITS, _HABIT_WEIGHTS, k=len(estate.households))
    habits[_LAST_DOOR], habits[_FIRST_DOOR] = "never", "never"
    return habits


def never_paying(estate: EstatePlan) -> list[Household]:
    """Households that pay nothing of their own accord."""
    pairs = zip(estate.households, _habits(estate), strict=True)
    return [household for household, habit in pairs if habit == "never"]


def _provider_of(way: Habit) -> Provider | None:
    """Through whom a household pays by code."""
    return next((provider for provider in PROVIDERS if provider == way), None)


def _is_recent(day: date, span: Span) -> bool:
    """Remarks of old lines have been cleared up; those of the last weeks are as they came."""
    return (span.today - day).days < 45


def _payments(household: Household, habit: Habit, span: Span, chance: Random) -> Iterator[Payment]:
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
    event = TrustEvent(
        event="TR02",
        day=after(payment.day, chance.choices((0, 1, 2), (7, 2, 1))[0]),
        amount=payment.amount_fen,
        holder=("unit", household.room),
        counterparty=household.owner,
        memo=f"{household.room} {_purpose(payment)}",
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
    provider: Provider, settled_on: date, payments: list[Payment]
) -> tuple[list[TrustEvent], list[Movement]]:
    """Payments by code, and the sum less fees that the provider transfers the working day after."""
    name, word = PROVIDERS[provider]
    batch_no = f"{_BATCH_LETTERS[provider]}{settled_on:%Y%m%d}{len(payments):02d}"
    events = [
        TrustEvent(
            event="TR05",
            day=payment.day,
            amount=payment.amount_fen,
            holder=("unit", payment.household.room),
            counterparty=payment.household.owner,
            channel=provider,
            memo=f"{payment.household.room} {_purpose(payment)}（扫码）",
        )
        for payment in payments
    ]
    gross = sum(payment.amount_fen for payment in payments)
    fee = sum((payment.amount_fen * PROVIDER_FEE_PER_MILLE + 500) // 1000 for payment in payments)
    settled = TrustEvent(
        event="TR06",
        day=settled_on,
        amount=gross - fee,
        fee=fee,
        holder=("psp", provider),
        counterparty=name,
        channel=provider,
        order_no=batch_no,
        memo=f"{word} {len(payments)}笔",
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
    return [*events, settled], [movement]
