"""The rest of a trust: public revenue, suppliers, remuneration, taxes, interest, bank fees."""

from datetime import date, time
from random import Random

from ops.demo_data.chance import chance_for
from ops.demo_data.days import Span, after, day_of, last_day
from ops.demo_data.estates import EstatePlan, Supplier
from ops.demo_data.trust_events import Holder, Movement, TrustEvent, TrustPlan

_QUARTER_ENDS = (3, 6, 9, 12)
_INTEREST_DAY = 21
#: What banks pay on current accounts, in 1/100,000 a quarter.
_INTEREST_PER_100000 = 50
#: A monthly price, and prices for each transfer and each slip of the month. Fen.
_ACCOUNT_FEE_FEN, _TRANSFER_FEE_FEN, _SLIP_FEE_FEN = 500, 200, 20
_REMUNERATION_PERCENT = 10
_MAINTENANCE_PERCENT = 50
_TAX_PERCENT = 1
#: Events whose amounts are fees received, the base of the remuneration.
_FEES_RECEIVED = ("TR02", "TR05")
_PARKING, _ADVERTISER, _LOCKERS = (
    "兰汀停车管理有限公司",
    "新视界传媒有限公司",
    "速递易智能科技有限公司",
)
_TAX_OFFICE, _MAINTENANCE_FUND = "兰汀区税务局", "兰汀区维修资金中心"

Sides = tuple[list[TrustEvent], list[Movement]]


def plan_spending(estate: EstatePlan, span: Span, fees: list[TrustEvent]) -> TrustPlan:
    """Everything but property fees, up to today; `fees` are the base of the remuneration."""
    plan = TrustPlan()
    chance = chance_for("spending", estate.form.key)
    for number, month in enumerate(span.months()):
        plan.add(*_parking(estate, month, chance))
        for supplier in estate.form.suppliers:
            if number % supplier.every_months == supplier.every_months - 1:
                plan.add(*_supplier_month(supplier, month, chance))
        received = sum(
            event.amount
            for event in fees
            if event.event in _FEES_RECEIVED and month <= event.day <= last_day(month)
        )
        plan.add(*_remuneration(estate, month, received * _REMUNERATION_PERCENT // 100, chance))
        plan.add(*_bank_charges(month, chance.randrange(4, 14)))
        if month.month in _QUARTER_ENDS:
            plan.add(*_contracts(estate, month))
            plan.add(*_quarter_end(estate, month))
    return plan


def _parking(estate: EstatePlan, month: date, chance: Random) -> Sides:
    """What the operator of the parking places pays over every month."""
    amount = estate.form.parking_fen * (95 + chance.randrange(11)) // 100
    paid_on = after(day_of(month, 6), 0)
    words = f"{_month(month)}停车费"
    event = TrustEvent(
        event="TR07",
        day=after(paid_on, 1),
        amount=amount,
        counterparty=_PARKING,
        memo=f"共有车位{words}",
    )
    return [event], [_incoming(paid_on, amount, _PARKING, words)]


def _contracts(estate: EstatePlan, month: date) -> Sides:
    """The quarter of the advertising contract, and of the site rent for parcel lockers."""
    form = estate.form
    advert_on, rent_on = after(day_of(month, 12), 0), after(day_of(month, 16), 0)
    contract: Holder = ("contract", "电梯广告")
    events = [
        TrustEvent(
            event="TR08",
            day=month,
            amount=form.advertising_fen,
            holder=contract,
            account="4202",
            memo=f"{_month(month)}电梯广告季度款",
        ),
        TrustEvent(
            event="TR39",
            day=advert_on,
            amount=form.advertising_fen,
            holder=contract,
            counterparty=_ADVERTISER,
            memo="电梯广告款",
        ),
        TrustEvent(
            event="TR09",
            day=after(rent_on, 1),
            amount=form.site_rent_fen,
            counterparty=_LOCKERS,
            memo="快递柜场地租金",
        ),
    ]
    return events, [
        _incoming(advert_on, form.advertising_fen, _ADVERTISER, "电梯广告款"),
        _incoming(rent_on, form.site_rent_fen, _LOCKERS, "快递柜场地租金"),
    ]


def _supplier_month(supplier: Supplier, month: date, chance: Random) -> Sides:
    """The bill accrued, then paid by two signatures; the bank carries it out within two days."""
    varies = supplier.varies_percent
    change = chance.randrange(-varies, varies + 1) if varies else 0
    amount = supplier.monthly_fen * (100 + change) // 100
    billed_on = after(day_of(month, chance.randrange(3, 8)), 0)
    paid_on = after(billed_on, chance.randrange(4, 10))
    words = f"{_month(month)}{supplier.purpose}"
    holder: Holder = ("supplier", supplier.name)
    events = [
        TrustEvent(
            event="TR11",
            day=billed_on,
            amount=amount,
            holder=holder,
            account=supplier.expense,
            memo=words,
        ),
        TrustEvent(
            event="TR12",
            day=paid_on,
            amount=amount,
            holder=holder,
            counterparty=supplier.name,
            memo=f"支付{words}",
        ),
    ]
    carried_out_on = after(paid_on, chance.choices((0, 1, 2), (6, 3, 1))[0])
    return events, [_outgoing(carried_out_on, amount, supplier.name, "代付", words)]


def _remuneration(estate: EstatePlan, month: date, amount: int, chance: Random) -> Sides:
    """A tenth of the fees received, accrued at the month's end and paid in the next."""
    if amount == 0:
        return [], []
    trustee = estate.form.trustee
    words = f"{_month(month)}受托人酬金"
    paid_on = after(last_day(month), chance.randrange(4, 8))
    holder: Holder = ("trustee", trustee)
    events = [
        TrustEvent(event="TR13", day=last_day(month), amount=amount, holder=holder, memo=words),
        TrustEvent(
            event="TR14",
            day=paid_on,
            amount=amount,
            holder=holder,
            counterparty=trustee,
            memo=f"支付{words}",
        ),
    ]
    return events, [_outgoing(after(paid_on, 1), amount, trustee, "转账支取", words)]


def _bank_charges(month: date, transfers: int) -> Sides:
    """The month's fee, which the books learn of from the slip a few days later."""
    slips = month.month
    amount = _ACCOUNT_FEE_FEN + transfers * _TRANSFER_FEE_FEN + slips * _SLIP_FEE_FEN
    charged_on = after(day_of(month, 25), 0)
    words = f"{_month(month)}对公账户手续费"
    event = TrustEvent(event="TR21", day=after(charged_on, 2), amount=amount, memo=words)
    return [event], [_by_the_bank(charged_on, -amount, "手续费", words)]


def _quarter_end(estate: EstatePlan, month: date) -> Sides:
    """Interest on the 21st; tax on public revenue; half of that revenue for the repair fund."""
    form = estate.form
    interest = form.opening_fen * _INTEREST_PER_100000 // 100_000
    revenue = 3 * form.parking_fen + form.advertising_fen + form.site_rent_fen
    tax = revenue * _TAX_PERCENT // 100
    share = (revenue - tax) * _MAINTENANCE_PERCENT // 100
    words = f"{month.year}年第{month.month // 3}季度"
    settled_on = day_of(month, _INTEREST_DAY)
    paid_on = after(last_day(month), 5)

    def entry(
        event: str, day: date, amount: int, text: str, payee: str | None = None
    ) -> TrustEvent:
        memo = f"{words}{text}"
        return TrustEvent(event=event, day=day, amount=amount, counterparty=payee, memo=memo)

    events = [
        entry("TR20", after(settled_on, 2), interest, "利息"),
        entry("TR18", last_day(month), tax, "公共收益税费"),
        entry("TR19", paid_on, tax, "税费缴纳", _TAX_OFFICE),
        entry("TR22", last_day(month), share, "拨补维修资金"),
        entry("TR23", paid_on, share, "划转维修资金", _MAINTENANCE_FUND),
    ]
    return events, [
        _by_the_bank(settled_on, interest, "利息", f"{words}结息"),
        _outgoing(paid_on, tax, _TAX_OFFICE, "税款", f"{words}税费"),
        _outgoing(after(paid_on, 1), share, _MAINTENANCE_FUND, "转账支取", f"{words}维修资金"),
    ]


def _month(month: date) -> str:
    return f"{month.year}年{month.month}月"


def _incoming(day: date, amount_fen: int, payer: str, remark: str) -> Movement:
    return Movement(
        day=day,
        moment=time(14, len(remark), amount_fen % 60),
        amount_fen=amount_fen,
        counterparty=payer,
        counterparty_account=_company_account(payer),
        summary="转账存入",
        remark=remark,
    )


def _outgoing(day: date, amount_fen: int, payee: str, summary: str, remark: str) -> Movement:
    return Movement(
        day=day,
        moment=time(16, len(payee), amount_fen % 60),
        amount_fen=-amount_fen,
        counterparty=payee,
        counterparty_account=_company_account(payee),
        summary=summary,
        remark=remark,
    )


def _by_the_bank(day: date, amount_fen: int, summary: str, remark: str) -> Movement:
    return Movement(
        day=day,
        moment=time(23, 10),
        amount_fen=amount_fen,
        counterparty="",
        counterparty_account="",
        summary=summary,
        remark=remark,
    )


def _company_account(name: str) -> str:
    """An account number for a company, the same every time."""
    return f"4425{chance_for('account', name).randrange(10**15):015d}"
