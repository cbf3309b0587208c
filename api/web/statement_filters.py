"""The filters of a statement: read from the address, complained about beside their field."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from api.gate import GatedCall
from api.web.formatting import Language, format_amount, format_day
from api.web.forms import Form
from api.web.frame import PageRequest, language_of_page
from api.web.movements import event_name, plain_event_name
from api.web.sealed_words import read_typed
from api.web.texts import text
from ledger.books.accounts import Account
from ledger.clock import month_of, today
from ledger.foundation.event_catalogue import event_catalogue
from ledger.journeys.account_statement import StatementSearch

#: Days that a statement covers unless the reader asks for others.
USUAL_DAYS = 365
#: An account with more movements than this shows its months one at a time.
LARGE_ACCOUNT = 50_000
LARGE_DAYS = 31
SIDES: Mapping[str, int | None] = {"": None, "in": 1, "out": -1}
NAMES = ("from", "to", "event", "side", "least", "most", "words")
_BANK = "1002"


class Filters(NamedTuple):
    """What was asked for, with its form; wrong fields are left out of the search."""

    form: Form
    search: StatementSearch
    #: Names of the fields in use beyond the usual period.
    in_use: tuple[str, ...]
    #: Key of what the field for words is called.
    words_name: str


def read_filters(
    request: PageRequest,
    call: GatedCall,
    account: Account,
    version: int,
    subjects: Mapping[UUID, str] | None,
) -> Filters:
    """The filters in the address of a page or download; ``version`` counts its movements.

    Words are looked for where the reader sees them: in memos, in ``subjects`` where she has them.
    """
    asked = read_typed(request, call)
    typed = {name: asked.get(name, "").strip() for name in NAMES}
    form = Form(typed, language_of_page(request))
    booked_from, booked_to = _period(form, is_large=version > LARGE_ACCOUNT)
    for name, day in (("from", booked_from), ("to", booked_to)):
        if name not in form.errors:
            form.values[name] = day.isoformat()
    event = form.values["event"] or None
    if event is not None and event not in event_catalogue():
        form.refuse("event", "form.choose")
        event = None
    if form.values["side"] not in SIDES:
        form.refuse("side", "form.choose")
    least, most = (_amount(form, name, account.unit_code) for name in ("least", "most"))
    if least is not None and most is not None and least > most:
        form.refuse("most", "filter.amount_order")
        most = None
    words = form.text("words", required=False)
    names_of_banks = account.account_code == _BANK and _reads_banks(call)
    search = StatementSearch(
        booked_from=booked_from,
        booked_to=booked_to,
        event_codes=(event,) if event else None,
        side=SIDES.get(form.values["side"]),
        least=least,
        most=most,
        words=words,
        names_of_banks=names_of_banks,
        subjects=_fitting(words, subjects or {}),
    )
    own = "filter.words" if subjects is None else "filter.words_own"
    return Filters(
        form,
        search,
        tuple(name for name in NAMES if typed[name]),
        "filter.words_bank" if names_of_banks else own,
    )


def _fitting(words: str | None, subjects: Mapping[UUID, str]) -> tuple[UUID, ...]:
    """What the words occur in."""
    if words is None:
        return ()
    return tuple(one for one, name in subjects.items() if words.lower() in name.lower())


def _period(form: Form, *, is_large: bool) -> tuple[date, date]:
    """First and last accounting date; a year up to today unless asked otherwise."""
    days = LARGE_DAYS if is_large else USUAL_DAYS
    last = _day(form, "to") or today()
    first = _day(form, "from")
    if first is None:
        first = month_of(last) if is_large else last - timedelta(days=days)
    if first > last:
        form.refuse("to", "filter.order")
        last = first
    if is_large and (last - first).days > LARGE_DAYS:
        form.refuse("from", "filter.too_long", days=LARGE_DAYS)
        first = last - timedelta(days=LARGE_DAYS)
    return first, last


def _day(form: Form, name: str) -> date | None:
    if not form.values[name]:
        return None
    return form.day(name)


def _amount(form: Form, name: str, unit: str) -> int | None:
    if not form.values[name]:
        return None
    return form.amount(name, unit)


def _reads_banks(call: GatedCall) -> bool:
    return call.who.permissions.reach("bank_statements.read", call.tenant_id) is not None


def describe_filters(
    filters: Filters, unit: str, language: Language, *, is_own: bool = False
) -> list[str]:
    """What a download was narrowed to, in words, one line each; the period always."""
    search = filters.search
    period = text(
        language,
        "filter.period",
        first=format_day(search.booked_from, language),
        last=format_day(search.booked_to, language),
    )
    lines = [period]
    if search.event_codes:
        code = search.event_codes[0]
        name = (
            plain_event_name(code, language) if is_own else f"{code} {event_name(code, language)}"
        )
        lines.append(f"{text(language, 'filter.event')}: {name}")
    if search.side:
        lines.append(text(language, "filter.only_in" if search.side > 0 else "filter.only_out"))
    for name, value in (("least", search.least), ("most", search.most)):
        if value is not None:
            amount = format_amount(value, unit, language)
            lines.append(f"{text(language, f'filter.{name}')}: {amount}")
    if search.words:
        lines.append(f"{text(language, filters.words_name)}: {search.words}")
    return lines
