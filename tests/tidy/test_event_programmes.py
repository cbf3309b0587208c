"""The catalogue's list of events that programmes post follows the programmes' code."""

import re
from pathlib import Path

from ledger.foundation.event_catalogue import Event, EventTransfer, list_events
from tests.tidy.sources import ROOT, place

PROGRAMMES = ROOT / "ledger" / "programmes"
EVENT_CODE = re.compile(r"\b(?:TB|SP|ST|PG|TR)\d\d[ab]?\b")
#: What no code names yet, though only a programme can post it: TB02 pays out of a recipient's hold
#: for a service, whose record has to say so.
WITHOUT_CODE = {"TB02"}
#: A bank, a payment provider, a term deposit. Petty cash (1001) is spent by whoever keeps it, and
#: comes out of the bank by two.
MONEY = ("1002", "1003", "1012")
#: What owners, contract parties, payees and the trustee owe the trust.
CLAIMS = ("1122", "1123", "1221", "1222")
#: What is given out of these was given by somebody: they never go below zero.
POOLS = ("2201",)
#: The bank has taken it already; whoever reads the statement puts down that it did.
FOUND_ON_STATEMENTS = {"PG23", "TR27", "TR28", "TR60"}


def programme_of(path: Path) -> str:
    """The package or module right below ``ledger/programmes``."""
    return path.relative_to(PROGRAMMES).parts[0].removesuffix(".py")


def named_in_code() -> list[tuple[str, Path]]:
    """Every event code in the modules and statements of a programme, comments included."""
    files = [path for path in PROGRAMMES.rglob("*") if path.suffix in (".py", ".sql")]
    return [
        (code, path)
        for path in sorted(files)
        for code in EVENT_CODE.findall(path.read_text(encoding="utf-8"))
    ]


def test_an_event_that_a_programme_names_is_posted_by_that_programme() -> None:
    owners = {event.event_code: event.posted_by for event in list_events()}
    found = named_in_code()
    assert len(found) > 50
    assert [
        f"{place(path)} names {code}, posted by {owners.get(code)}"
        for code, path in found
        if owners.get(code) != programme_of(path)
    ] == []


def test_no_event_is_kept_for_a_programme_that_does_not_name_it() -> None:
    kept = {event.event_code: event.posted_by for event in list_events() if event.posted_by}
    named = {(code, programme_of(path)) for code, path in named_in_code()}
    assert {code for code, owner in kept.items() if (code, owner) not in named} == WITHOUT_CODE


def test_money_leaves_and_units_are_made_by_two_people_or_a_programme() -> None:
    alone = {
        event.event_code
        for event in list_events()
        if event.posted_by is None and not event.two_people and not event.gives_back
        if any(pays_out(event, move) or makes_units(event, move) for move in event.transfers)
    }
    assert alone == FOUND_ON_STATEMENTS


def test_a_claim_is_settled_by_one_only_at_the_bank_or_from_what_its_debtor_has_here() -> None:
    assert {
        event.event_code
        for event in list_events()
        if event.posted_by is None and not event.two_people
        if any(settles_a_claim(event, move) for move in event.transfers)
    } == set()


def settles_a_claim(event: Event, transfer: EventTransfer) -> bool:
    """Whether somebody owes less afterwards, though no bank shows it and it is not their own."""
    return (
        transfer.book_code == "TR"
        and any(code in CLAIMS for code in event.accounts_of(transfer.credit))
        and not any(code in MONEY for code in event.accounts_of(transfer.debit))
        and transfer.debit.role != transfer.credit.role
    )


def pays_out(event: Event, transfer: EventTransfer) -> bool:
    """Whether it credits an account at a bank or a payment provider, and debits none."""
    return (
        transfer.book_code in ("PG", "TR")
        and any(code in MONEY for code in event.accounts_of(transfer.credit))
        and not any(code in MONEY for code in event.accounts_of(transfer.debit))
    )


def makes_units(event: Event, transfer: EventTransfer) -> bool:
    """Whether somebody holds units afterwards that nobody here gave up."""
    return (
        transfer.book_code in ("TB", "SP", "ST")
        and transfer.credit.role is not None
        and event.roles[transfer.credit.role] != "programme"
        and (transfer.debit.role is None or event.roles[transfer.debit.role] == "programme")
        and any(code not in POOLS for code in event.accounts_of(transfer.debit))
    )
