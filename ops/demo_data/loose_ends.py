"""What makes a 余额调节表 worth reading: items that only one side knows, some explained later.

Of the past: an unknown payer who was found out, a deposit taken and returned. Of the last days
before the newest imported statement: one item of each of the four kinds.
"""

from datetime import date, time, timedelta

from ops.demo_data.chance import chance_for
from ops.demo_data.days import Span, after, working_day, working_day_before
from ops.demo_data.estates import EstatePlan, Household
from ops.demo_data.fees import never_paying
from ops.demo_data.trust_events import Holder, Movement, TrustEvent, TrustPlan

_DEPOSIT_FEN = 200_000
_REPAIR_FEN = 286_540
#: Age of the item that somebody has forgotten.
_FORGOTTEN_DAYS = 48
#: Days before today on which the newest imported bank file ends.
IMPORTED_UNTIL_DAYS_AGO = 7

Sides = tuple[list[TrustEvent], list[Movement]]


def last_imported_day(span: Span) -> date:
    """The last day of the newest bank file that is imported when the demo begins."""
    return span.today - timedelta(days=IMPORTED_UNTIL_DAYS_AGO)


def plan_loose_ends(estate: EstatePlan, span: Span) -> TrustPlan:
    """Explained and unexplained items of one estate."""
    chance = chance_for("loose ends", estate.form.key)
    debtor, payer, *_ = never_paying(estate)
    builder = chance.choice(estate.households)
    plan = TrustPlan()
    begin = working_day(span.first + timedelta(days=chance.randrange(20, 30)))
    plan.add(*_explained_later(payer, begin))
    plan.add(*_deposit(builder, begin + timedelta(days=6), span))
    plan.add(*_of_four_kinds(estate, debtor, working_day_before(last_imported_day(span))))
    return plan


def _explained_later(household: Household, received_on: date) -> Sides:
    """A brother pays, without a word; two weeks later the owner asks where the money is."""
    amount = household.monthly_fen
    events = [
        TrustEvent(
            event="TR24",
            day=after(received_on, 1),
            amount=amount,
            counterparty="钱多多",
            memo="待识别收款",
        ),
        TrustEvent(
            event="TR25",
            day=after(received_on, 11),
            amount=amount,
            holder=("unit", household.room),
            memo=f"{household.room} 认领待识别收款",
        ),
    ]
    return events, [_moved(received_on, amount, "钱多多", "跨行转账", "转账")]


def _deposit(household: Household, received_on: date, span: Span) -> Sides:
    """A renovation deposit, given back after three months if there have been three."""
    words, remark = f"{household.room} 装修押金", f"{household.room}装修押金"
    unit: Holder = ("unit", household.room)
    day, owner = working_day(received_on), household.owner
    received = TrustEvent(
        event="TR36", day=day, amount=_DEPOSIT_FEN, holder=unit, counterparty=owner, memo=words
    )
    movements = [_moved(day, _DEPOSIT_FEN, owner, "手机银行", remark)]
    returned_on = after(received_on + timedelta(days=92), 0)
    if returned_on >= last_imported_day(span):
        return [received], movements
    returned = TrustEvent(
        event="TR37",
        day=returned_on,
        amount=_DEPOSIT_FEN,
        holder=unit,
        counterparty=owner,
        memo=f"退还{words}",
    )
    moved = _moved(after(returned_on, 1), -_DEPOSIT_FEN, owner, "转账支取", remark)
    return [received, returned], [*movements, moved]


def _of_four_kinds(estate: EstatePlan, debtor: Household, last_known: date) -> Sides:
    """One item of each kind at the end of `last_known`; what only the bank knows stays so."""
    payee = next(s.name for s in estate.form.suppliers if "消防" in s.purpose)
    supplier: Holder = ("supplier", payee)
    owed_fen = 2 * debtor.monthly_fen
    events = [
        TrustEvent(
            event="TR11",
            day=last_known,
            amount=_REPAIR_FEN,
            holder=supplier,
            account="5102",
            memo="设备抢修费",
        ),
        TrustEvent(
            event="TR12",
            day=last_known,
            amount=_REPAIR_FEN,
            holder=supplier,
            counterparty=payee,
            memo="支付设备抢修费",
        ),
        TrustEvent(
            event="TR02",
            day=last_known,
            amount=owed_fen,
            holder=("unit", debtor.room),
            counterparty=debtor.owner,
            memo=f"{debtor.room} 物业费2个月（凭汇款回单）",
        ),
    ]
    one_before = working_day_before(last_known - timedelta(days=1))
    long_before = last_known - timedelta(days=_FORGOTTEN_DAYS)
    movements = [
        # only the bank knows, in and out, and one of them for some time
        _moved(one_before, 68_000, "赵启明", "跨行转账", "往来款"),
        _moved(one_before, -1_260, "", "手续费", "回单及汇划手续费"),
        _moved(working_day_before(long_before), -20_000, "", "服务费", "企业网银年服务费"),
        # only the books know, until the next file
        _moved(after(last_known, 1), owed_fen, debtor.owner, "跨行转账", f"{debtor.room}物业费"),
        _moved(after(last_known, 2), -_REPAIR_FEN, payee, "代付", "设备抢修费"),
    ]
    return events, movements


def _moved(day: date, amount: int, counterparty: str, summary: str, remark: str) -> Movement:
    number = chance_for("account", counterparty).randrange(10**14)
    return Movement(
        day=day,
        moment=time(11, abs(amount) % 60, len(remark)),
        amount_fen=amount,
        counterparty=counterparty,
        counterparty_account=f"62220{number:014d}" if counterparty else "",
        summary=summary,
        remark=remark,
    )
