"""Why an item is not proposed, approved or scored."""

from ledger.errors import LedgerError


class ItemNotScored(LedgerError):
    """The programme's county has no such item on that day."""

    template = "Item {item} is not scored on {day}."


class NotInABranch(LedgerError):
    """Only members of a Party branch are scored."""

    template = "The member belongs to no Party branch."


class ClaimInFuture(LedgerError):
    """Only what has happened is scored."""

    template = "{day} has not come yet."


class MonthAlreadyScored(LedgerError):
    """A scored month takes no further items; corrections are made in later months."""

    template = "{month} is scored already: by the branch, or by another one for the member."


class MonthNotOver(LedgerError):
    """A month is scored when it is over."""

    template = "{month} is not over yet."


class EarlierMonthOpen(LedgerError):
    """Months are scored in their order."""

    template = "Score {month} of the branch first."


class ClaimAlreadyDecided(LedgerError):
    """An item is approved or declined once."""

    template = "The item is {status} already."


class ApproverInvolved(LedgerError):
    """Who proposed an item, or is scored by it, cannot decide about it."""

    template = "The {role} of an item cannot decide about it."


class ResultNotPublished(LedgerError):
    """Only what is under publicity can be cancelled."""

    template = "The result is {status} already."
