"""The corrections that the catalogue has for an account (更正): one transfer each."""

from typing import NamedTuple

from ledger.books.accounts import Account, AccountName
from ledger.foundation.event_catalogue import Event, event_catalogue


class Correction(NamedTuple):
    """An event that corrects an account, and what stands at its other end."""

    event: Event
    other: AccountName
    #: Whether the account that is corrected is debited.
    debits: bool


def corrections_of(account: Account) -> list[Correction]:
    """Every correction that may name the account, in the order of the catalogue."""
    return [
        Correction(event, AccountName(account.book_code, str(end.account)), debits)
        for event in event_catalogue().values()
        for transfer in (event.transfers if event.corrects else ())
        for side, end, debits in (
            (transfer.debit, transfer.credit, True),
            (transfer.credit, transfer.debit, False),
        )
        if transfer.book_code == account.book_code
        and account.account_code in event.choices.get(side.choice or "", ())
    ]
