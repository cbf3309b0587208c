"""The rest of a trust: public revenue, suppliers, remuneration, taxes, interest, bank fees."""

from datetime import date, time
from random import Random

from ops.demo_data.chance import chance_for
from ops.demo_data.days import Span, after, day_of, last_day
from ops.demo_data.estates import EstatePlan, Supplier
from ops.demo_data.trust_events import BANK, Holder, Movement, TrustEvent, TrustPlan

_BANK_HOLDER: Holder = (BANK, BANK)
_QUARTER_ENDS = (3, 6, 9, 12)
_INTEREST_DAY = 21
#: What banks pay on current accounts, in 1/100,000 a quarter.
_INTEREST_PER_100000 = 50
#: A monthly price, and a price for each transfer of the month. Fen.
_ACCOUNT_FEE_FEN, _TRANSFER_FEE_FEN = 500, 200
_REMUNERATION_PERCENT = 10
_MAINTENANCE_PERCENT = 50
_TAX_PERCENT = 1
#: Events whose amounts are fees received, the base of the remuneration.
_FEES_RECEIVED = ("TR02", "TR03", "TR05", "TR52")


def plan_spending(estate: EstatePlan, span: Span, fees: list[TrustEvent]) -> TrustPlan:
    """Everything but property fees, up to today; `fees` are the base of the remuneration."""
    plan = TrustPlan()
    chance = chance_for("spending", estate.form.key)
    for number, month in enumerate(span.months()):
        plan.add(*_public_revenue(estate, month, chance))
        for supplier in estate.form.suppliers:
            if number % supplier.every_months == supplier.every_months - 1:
                plan.add(*_supplier_month(supplier, month, chance))
        received = sum(
            sum(event.amounts.values())
            for event in fees
            if event.event in _FEES_RECEIVED and month <= event.day <= last_day(month)
        )
        plan.add(*_remuneration(estate, month, received * _REMUNERATION_PERCENT // 100, chance))
        plan.add(*_bank_charges(month, chance.randrange(4, 14)))
        if month.month in _QUARTER_ENDS:
            plan.add(*_quarter_end(estate, month))
    return plan


def _public_revenue(
    estate: EstatePlan, month: date, chance: Random
) -> tuple[list[TrustEvent], list[Movement]]:
    """Parking every month, the advertising contract and the site rent every quarter."""
    form = estate.form
    parking_fen = form.parking_fen * (95 + chance.randrange(11)) // 100
    paid_on = after(day_of(month, 6), 0)
    bank = {"bank": _BANK_HOLDER}
    words = f"{month.year}年{month.month}月"
    parking = TrustEvent(
        event="TR07",
        day=after(paid_on, 1),
        amounts={"received": parking_fen},
        owners=bank,
        memo=f"{words}共有车位停车费 兰汀停车管理有限公司",
    )
    events = [parking]
    movements = [_incoming(paid_on, parking_fen, "兰汀停车管理有限公司", f"{words}停车费")]
    if month.month in _QUARTER_ENDS:
        contract: Holder = ("contract", "电梯广告")
        billed_on, advert_on = day_of(month, 1), after(day_of(month, 12), 0)
        events += [
            TrustEvent(
                event="TR08",
                day=billed_on,
                amounts={"billed": form.advertising_fen},
                owners={"contract": contract},
                accounts={"revenue": "4202"},
                memo=f"{words}电梯广告季度款",
            ),
            TrustEvent(
                event="TR39",
                day=advert_on,
                amounts={"received": form.advertising_fen},
                owners={"contract": contract, **bank},
                memo="电梯广告款 新视界传媒有限公司",
            ),
            TrustEvent(
                event="TR09",
                day=after(day_of(month, 16), 1),
                amounts={"received": form.site_rent_fen},
                owners=bank,
                memo="快递柜场地租金 速递易智能科技有限公司",
            ),
        ]
        movements += [
            _incoming(advert_on, form.advertising_fen, "新视界传媒有限公司", "电梯广告款"),
            _incoming(
                after(day_of(month, 16), 0),
                form.site_rent_fen,
                "速递易智能科技有限公司",
                "快递柜场地租金",
            ),
        ]
    return events, movements


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


def _company_account(name: str) -> str:
    """An account number for a company, the same every time."""
    return f"4425{chance_for('account', name).randrange(10**15):015d}"


def _supplier_month(
    supplier: Supplier, month: date, chance: Random
) -> tuple[list[TrustEvent], list[Movement]]:
    """The bill accrued, then paid by two signatures; the bank carries it out within two days."""
    varies = supplier.varies_percent
    change = chance.randrange(-varies, varies + 1) if varies else 0
    amount = supplier.monthly_fen * (100 + change) // 100
    billed_on = after(day_of(month, chance.randrange(3, 8)), 0)
    paid_on = after(billed_on, chance.randrange(4, 10))
    words = f"{month.year}年{month.month}月{supplier.purpose}"
    holder: Holder = ("supplier", supplier.name)
    accrued = TrustEvent(
        event="TR11",
        day=billed_on,
        amounts={"expense": amount},
        owners={"supplier": holder},
        accounts={"expense": supplier.expense},
        memo=f"{words} {supplier.name}",
    )
    paid = TrustEvent(
        event="TR12",
        day=paid_on,
        amounts={"paid": amount},
        owners={"supplier": holder, "bank": _BANK_HOLDER},
        memo=f"支付{words} {supplier.name}",
    )
    lag = chance.choices((0, 1, 2), (6, 3, 1))[0]
    moved = _outgoing(after(paid_on, lag), amount, supplier.name, "代付", words)
    return [accrued, paid], [moved]


def _remuneration(
    estate: EstatePlan, month: date, amount: int, chance: Random
) -> tuple[list[TrustEvent], list[Movement]]:
    """A tenth of the fees received, accrued at the month's end and paid in the next."""
    if amount == 0:
        return [], []
    trustee: Holder = ("trustee", estate.form.trustee)
    words = f"{month.year}年{month.month}月受托人酬金"
    paid_on = after(last_day(month), chance.randrange(4, 8))
    accrued = TrustEvent(
        event="TR13",
        day=last_day(month),
        amounts={"remuneration": amount},
        owners={"trustee": trustee},
        memo=words,
    )
    paid = TrustEvent(
        event="TR14",
        day=paid_on,
        amounts={"paid": amount},
        owners={"trustee": trustee, "bank": _BANK_HOLDER},
        memo=f"支付{words} {estate.form.trustee}",
    )
    return [accrued, paid], [
        _outgoing(after(paid_on, 1), amount, estate.form.trustee, "转账支取", words)
    ]


def _bank_charges(month: date, transfers: int) -> tuple[list[TrustEvent], list[Movement]]:
    """The month's fee, which the books learn of from the slip a few days later."""
    amount = _ACCOUNT_FEE_FEN + transfers * _TRANSFER_FEE_FEN
    charged_on = after(day_of(month, 25), 0)
    words = f"{month.year}年{month.month}月对公账户手续费"
    event = TrustEvent(
        event="TR21",
        day=after(charged_on, 2),
        amounts={"fee": amount},
        owners={"bank": _BANK_HOLDER},
        memo=words,
    )
    movement = Movement(
        day=charged_on,
        moment=time(23, 10),
        amount_fen=-amount,
        counterparty="",
        counterparty_account="",
        summary="手续费",
        remark=words,
    )
    return [event], [movement]


def _quarter_end(estate: EstatePlan, month: date) -> tuple[list[TrustEvent], list[Movement]]:
    """Interest on the 21st; tax on public revenue; half of that revenue for the repair fund."""
    form = estate.form
    interest = form.opening_fen * _INTEREST_PER_100000 // 100_000
    revenue = 3 * form.parking_fen + form.advertising_fen + form.site_rent_fen
    tax = revenue * _TAX_PERCENT // 100
    share = (revenue - tax) * _MAINTENANCE_PERCENT // 100
    words = f"{month.year}年第{month.month // 3}季度"
    settled_on = day_of(month, _INTEREST_DAY)
    paid_on = after(last_day(month), 5)
    bank = {"bank": _BANK_HOLDER}

    def entry(
        event: str, day: date, text: str, amounts: dict[str, int], **owners: Holder
    ) -> TrustEvent:
        memo = f"{words}{text}"
        return TrustEvent(event=event, day=day, amounts=amounts, owners=owners, memo=memo)

    events = [
        entry("TR20", after(settled_on, 2), "利息", {"interest": interest}, **bank),
        entry("TR18", last_day(month), "公共收益税费", {"tax": tax}),
        entry("TR19", paid_on, "税费缴纳 兰汀区税务局", {"paid": tax}, **bank),
        entry("TR22", last_day(month), "拨补维修资金", {"appropriated": share}),
        entry("TR23", paid_on, "维修资金 兰汀区维修资金中心", {"transferred": share}, **bank),
    ]
    movements = [
        Movement(
            day=settled_on,
            moment=time(3, 0),
            amount_fen=interest,
            counterparty="",
            counterparty_account="",
            summary="利息",
            remark=f"{words}结息",
        ),
        _outgoing(after(paid_on, 0), tax, "兰汀区税务局", "税款", f"{words}税费"),
        _outgoing(after(paid_on, 1), share, "兰汀区维修资金中心", "转账支取", f"{words}维修资金"),
    ]
    return events, movements
