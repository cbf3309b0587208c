"""From named amounts and owners to transfers, and the refusal of everything unclear."""

from datetime import date

import pytest

from ledger.books.accounts import AccountName
from ledger.errors import LedgerError
from ledger.foundation.event_lines import EventLine, build_lines
from tests.events.books import holder

MEMBER, MERCHANT, UNIT = holder("member"), holder("merchant"), holder("unit")
BOTH = {"member": MEMBER, "merchant": MERCHANT}
JULY, AUGUST = date(2026, 7, 31), date(2026, 8, 31)


def test_an_optional_amount_of_zero_is_dropped():
    """Nothing released: one transfer, and its owner is not asked for."""
    expected = (
        EventLine(AccountName("SP", "2102", MEMBER), AccountName("SP", "2301", MERCHANT), 5000),
    )
    for amounts in ({"captured": 5000, "released": 0}, {"captured": 5000}):
        assert build_lines("SP03", amounts=amounts, owners=BOTH) == expected


def test_dates_go_beside_the_amounts_of_a_repeated_transfer():
    """A refund restores two lots with their own dates."""
    lines = build_lines(
        "SP05", amounts={"refunded": [100, 200]}, owners=BOTH, expires_on=[JULY, AUGUST]
    )
    assert [(line.amount, line.expires_on) for line in lines] == [(100, JULY), (200, AUGUST)]


def test_a_date_is_left_out_where_nothing_expires():
    """Correcting a merchant's account carries no date although members' would."""
    (line,) = build_lines(
        "SP44",
        amounts={"corrected": 1},
        owners={"holder": MERCHANT},
        accounts={"account": "2301"},
        expires_on=JULY,
    )
    assert line.expires_on is None


def test_an_account_without_holder_needs_no_owner():
    """Opening balances: cash has no holder, a bank account has one."""
    (line,) = build_lines("TR66", amounts={"asset": 5}, accounts={"asset": "1001"})
    assert line.debit == AccountName("TR", "1001")


@pytest.mark.parametrize(
    ("event", "given", "code", "attributes"),
    [
        ("XX01", {}, "unknown_event", {"event": "XX01"}),
        ("SP01", {"owners": {"member": MEMBER}}, "event_input_missing", {"name": "held"}),
        ("SP01", {"amounts": {"held": 1}}, "event_input_missing", {"kind": "owner"}),
        (
            "SP01",
            {"amounts": {"held": 1}, "owners": {"member": None}},
            "event_input_missing",
            {"name": "member"},
        ),
        ("SP01", {"amounts": {"held": 1, "x": 1}}, "event_input_unknown", {"kind": "amount"}),
        (
            "SP01",
            {"amounts": {"held": 1}, "owners": BOTH},
            "event_input_unknown",
            {"name": "merchant"},
        ),
        (
            "SP01",
            {"amounts": {"held": 1}, "owners": {"member": MEMBER}, "accounts": {"x": "2101"}},
            "event_input_unknown",
            {"kind": "account"},
        ),
        (
            "SP01",
            {"amounts": {"held": 1}, "owners": {"member": MEMBER}, "expires_on": JULY},
            "event_input_unknown",
            {"kind": "date"},
        ),
        ("SP01", {"amounts": {"held": 0}}, "event_amount_invalid", {"value": 0}),
        ("SP01", {"amounts": {"held": -1}}, "event_amount_invalid", {"value": -1}),
        ("SP01", {"amounts": {"held": 1.0}}, "event_amount_invalid", {"name": "held"}),
        ("SP01", {"amounts": {"held": True}}, "event_amount_invalid", {"value": True}),
        ("SP01", {"amounts": {"held": [1]}}, "event_amount_invalid", {"name": "held"}),
        ("SP05", {"amounts": {"refunded": []}}, "event_amount_invalid", {"value": []}),
        (
            "SP03",
            {"amounts": {"captured": 1, "released": -1}, "owners": BOTH},
            "event_amount_invalid",
            {"name": "released"},
        ),
        (
            "SP05",
            {"amounts": {"refunded": [1, 2]}, "owners": BOTH, "expires_on": [JULY]},
            "event_lists_differ",
            {"given": 1, "needed": 2},
        ),
        (
            "TR11",
            {"amounts": {"expense": 1}, "owners": {"supplier": UNIT}},
            "event_input_missing",
            {"kind": "account", "name": "expense"},
        ),
        (
            "TR11",
            {
                "amounts": {"expense": 1},
                "owners": {"supplier": UNIT},
                "accounts": {"expense": "5301"},
            },
            "event_account_not_allowed",
            {"account": "5301"},
        ),
        ("TB14", {"amounts": {"recovered": 0}}, "event_moves_nothing", {"event": "TB14"}),
        ("TR31", {}, "unknown_event", {"event": "TR31"}),
    ],
)
def test_unclear_input_is_refused(event, given, code, attributes):
    """Each refusal has its code and names what is wrong."""
    with pytest.raises(LedgerError) as refusal:
        build_lines(event, **({"amounts": {}} | given))
    assert refusal.value.code == code
    assert attributes.items() <= refusal.value.attributes().items()
    assert "?" not in str(refusal.value)
