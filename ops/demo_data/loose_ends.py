"""What makes a 余额调节表 worth reading: items that only one side knows, some explained later.

Of the past: an unknown payer who was found out, a deposit taken and returned. Of the last days
before the newest imported statement: one item of each of the four kinds.
"""

from datetime import date, time, timedelta

from ops.demo_data.chance import chance_for
from ops.demo_data.days import Span, after, working_day, working_day_before
from ops.demo_data.estates import EstatePlan, Household
from ops.demo_data.fees import never_paying
from ops.demo_data.trust_events import BANK, Holder, Movement, TrustEvent, TrustPlan

_BANK_HOLDER: Holder = (BANK, BANK)
_DEPOSIT_FEN = 200_000
#: Days before today on which the newest imported bank file ends.
IMPORTED_UNTIL_DAYS_AGO = 7


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


def _explained_later(
    household: Household, received_on: date
) -> tuple[list[TrustEvent], list[Movement]]:
    """A brother pays, without a word; two weeks later the owner asks where the money is."""
    amount = household.monthly_fen
    received = TrustEvent(
        event="TR24",
        day=after(received_on, 1),
        amounts={"received": amount},
        owners={"bank": _BANK_HOLDER},
        memo="待识别收款 钱多多",
    )
    identified = TrustEvent(
        event="TR25",
        day=after(received_on, 11),
        amounts={"identified": amount},
        owners={"unit": ("unit", household.room)},
        memo=f"{household.room} 认领待识别收款（物业费）",
    )
    return [received, identified], [_moved(received_on, amount, "钱多多", "跨行转账", "转账")]


def _deposit(
    household: Household, received_on: date, span: Span
) -> tuple[list[TrustEvent], list[Movement]]:
    """A renovation deposit, given back after three months if there have been three."""
    holder: Holder = ("deposit", f"{household.room} 装修押金")
    owners = {"deposit": holder, "bank": _BANK_HOLDER}
    words = f"{household.room} {household.owner} 装修押金"
    events = [
        TrustEvent(
            event="TR36",
            day=working_day(received_on),
            amounts={"received": _DEPOSIT_FEN},
            owners=owners,
            memo=words,
        )
    ]
    remark = f"{household.room}装修押金"
    movements = [
        _moved(working_day(received_on), _DEPOSIT_FEN, household.owner, "手机银行", remark)
    ]
    returned_on = after(received_on + timedelta(days=92), 0)
    if returned_on < last_imported_day(span):
        events.append(
            TrustEvent(
                event="TR37",
                day=returned_on,
                amounts={"returned": _DEPOSIT_FEN},
                owners=owners,
                memo=f"退还{words}",
            )
        )
        moved = _moved(after(returned_on, 1), -_DEPOSIT_FEN, household.owner, "转账支取", remark)
        movements.append(moved)
    return events, movements


def _of_four_kinds(
    estate: EstatePlan, debtor: Household, last_known: date
) -> tuple[list[TrustEvent], list[Movement]]:
    """One item of each kind at the end of `last_known`; what only the bank knows stays so."""
    payee = estate.form.suppliers[-1].name
    supplier: Holder = ("supplier", payee)
    bank = {"bank": _BANK_HOLDER}
    repair_fen, cash_fen = 286_540, 2 * debtor.monthly_fen
    words = f"应急维修费 {payee}"
    in_cash = f"{debtor.room} 物业费（现金）"

    def entry(event: str, amounts: dict[str, int], memo: str, **owners: Holder) -> TrustEvent:
        accounts = {"expense": "5102"} if event == "TR11" else {}
        return TrustEvent(
            event=event,
            day=last_known,
            amounts=amounts,
            owners=owners,
            accounts=accounts,
            memo=memo,
        )

    events = [
        entry("TR11", {"expense": repair_fen}, words, supplier=supplier),
        entry("TR12", {"paid": repair_fen}, f"支付{words}", supplier=supplier, **bank),
        entry("TR52", {"received": cash_fen}, in_cash, unit=("unit", debtor.room)),
        entry("TR51", {"deposited": cash_fen}, f"现金缴存 {estate.form.trustee}", **bank),
    ]
    one_before = working_day_before(last_known - timedelta(days=1))
    movements = [
        # only the bank knows, in and out
        _moved(one_before, 68_000, "赵启明", "跨行转账", "往来款"),
        _moved(one_before, -1_260, "", "手续费", "回单及汇划手续费"),
        # only the books know, until the next file
        _moved(after(last_known, 1), cash_fen, estate.form.trustee, "现金存入", "现金缴存 物业费"),
        _moved(after(last_known, 2), -repair_fen, payee, "代付", "应急维修费"),
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
