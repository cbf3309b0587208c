"""Why a purchase is refused. Precedence: the order of the checks in ``sql/functions``."""

from ledger.books.refusals import register_refusals
from ledger.errors import LedgerError, NotFound
from ledger.foundation.participation import MemberNotActive
from ledger.foundation.terminals import TerminalNotActive


class MerchantNotActive(LedgerError):
    """The merchant is suspended or has left."""

    template = "The merchant does not accept points at present."


class MerchantWithoutContract(LedgerError):
    """No version of a contract is in force on the day."""

    template = "The merchant has no contract in force on this day."


class MerchantReferenceUsed(LedgerError):
    """The merchant's transaction number names another purchase of this terminal."""

    template = "Transaction {reference} is purchase {redemption} already."


class HoldOfPurchase(LedgerError):
    """A purchase keeps a row beside its hold; only its own functions keep both true."""

    template = "Hold {hold} belongs to a purchase; capture, void or refund the purchase."


class TooManyWrongCodes(LedgerError):
    """Too many unknown codes at this terminal or merchant lately."""

    template = "Too many unknown codes here. Try again in {retry_after_seconds} seconds."


class CodeNotKnown(LedgerError):
    """No such code in this programme."""

    template = "This code is not known. Nothing was taken; check the digits."


class CodeAlreadyUsed(LedgerError):
    """A code pays once."""

    template = "This code was used already. Ask for a new one."


class CodeExpired(LedgerError):
    """Its time is over."""

    template = "This code has expired. Ask for a new one."


class CodeReplaced(LedgerError):
    """The member has asked for a newer code since."""

    template = "The member has a newer code. Ask for that one."


class CodeNotForThisMerchant(LedgerError):
    """The member bound it to another merchant."""

    template = "This code is for another merchant."


class CodeOfAnotherProgramme(LedgerError):
    """A code is good in its own programme."""

    template = "This code is of another programme."


class CodeLimitExceeded(LedgerError):
    """The member limited the code to less."""

    template = "This code is good for {limit} hundredths of a point; this needs {needed}."


class DailyCapExceeded(LedgerError):
    """More than a member may spend in a day."""

    template = "{spent} of {cap} hundredths of a point are spent today; {needed} more are too many."


class MerchantCapExceeded(LedgerError):
    """More than a member may spend at one merchant in a day."""

    template = (
        "{spent} of {cap} hundredths of a point are spent here today; {needed} more are too many."
    )


class RefundNotAgreed(LedgerError):
    """The contract in force at the capture excludes refunds."""

    template = "The merchant's contract excludes refunds."


class RefundWindowOver(LedgerError):
    """Too long after the capture."""

    template = "A refund was possible until {last_day}."


register_refusals(
    NotFound,
    MerchantNotActive,
    MerchantWithoutContract,
    MerchantReferenceUsed,
    TooManyWrongCodes,
    CodeNotKnown,
    CodeAlreadyUsed,
    CodeExpired,
    CodeReplaced,
    CodeNotForThisMerchant,
    CodeLimitExceeded,
    MemberNotActive,
    TerminalNotActive,
    DailyCapExceeded,
    MerchantCapExceeded,
    RefundNotAgreed,
    RefundWindowOver,
)
