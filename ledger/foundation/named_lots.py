"""The dates of use that an entry gives units by naming accounts.

Source: docs/decisions/0045-named-accounts.md
"""

from collections.abc import Iterable
from datetime import date
from functools import cache

from ledger.errors import InvalidInput
from ledger.foundation.chart import chart_positions
from ledger.foundation.named_accounts import Move, position_of


def check_new_lots(lots: Iterable[tuple[Move, date | None]], *, on: date) -> None:
    """Units that an entry gives a date are of use on a day or longer.

    Where the debited account keeps dates, the lot named has to be there, and goes on with its date
    however old it is. What two people post is not asked here: members who move bring their lots.

    Raises:
        InvalidInput: a lot that would be expired when it is given; names its line.
    """
    dated = _dated_positions()
    for line, (move, expires_on) in enumerate(lots):
        if move.debit not in dated and expires_on is not None and expires_on < on:
            remedy = "Units that are given now are of use on the day of booking or longer."
            field = f"transfers[{line}].expires_on"
            raise InvalidInput(field=field, value=expires_on.isoformat(), remedy=remedy)


@cache
def _dated_positions() -> frozenset[str]:
    """Positions of the chart whose units may expire."""
    return frozenset(
        position_of(book, code)
        for (book, code), row in chart_positions().items()
        if row.tracks_expiry == "yes"
    )
