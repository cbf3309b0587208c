"""The event catalogue refuses events that contradict the chart or themselves."""

import pytest

from ledger.foundation.chart import ChartInvalid, chart_positions
from ledger.foundation.event_catalogue import check_event, list_events, read_events

TRANSFER = {"book": "TB", "debit": "2101 member", "credit": "2102 member", "amount": "held"}
EVENT = {"zh": "冻结", "en": "Hold", "roles": {"member": "member"}, "transfers": [TRANSFER]}


def problems(code="TB90", **changes):
    """What the check says about the sound event with these changes."""
    (event,) = read_events({code: EVENT | changes})
    return check_event(event, chart_positions())


def moved(**changes):
    """The sound transfer with these changes, alone."""
    return [TRANSFER | changes]


def test_the_sound_event_passes():
    """What the other tests change is sound before the change."""
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"code": "XX90"}, "XX90: the code is not a book, two digits and perhaps a letter"),
        ({"zh": ""}, "TB90: a name is missing"),
        ({"transfers": [], "roles": {}}, "TB90: it moves nothing"),
        ({"roles": {"member": "member", "heir": "member"}}, "TB90: role heir is never used"),
        ({"roles": {}}, "TB90: role member is not declared"),
        ({"choices": {"x": ["2101", "2102"]}}, "TB90: choice x is never used"),
        ({"transfers": moved(debit="2999 member")}, "TB90: TB-2999 is not on the chart"),
        ({"transfers": moved(credit="2101 member")}, "a transfer has the same account"),
        ({"transfers": moved(debit="2104 member")}, "TB90: TB-2104 is held by organisation"),
        (
            {"transfers": moved(credit="2201 member")},
            "TB-2201 is held by none, not by member",
        ),
        ({"transfers": moved(debit="5101")}, "TB90: held issues units that may expire"),
        (
            {"transfers": moved(debit="5101", credit="4104", dated=True), "roles": {}},
            "TB90: held is dated, but nothing there expires",
        ),
        (
            {
                "choices": {"x": ["2101"]},
                "transfers": moved(debit="{x} member"),
            },
            "TB90: choice x needs two or more different accounts",
        ),
        (
            {"transfers": [TRANSFER, TRANSFER | {"optional": True}]},
            "TB90: amount held stands for different things",
        ),
        (
            {"transfers": [TRANSFER, TRANSFER | {"book": "SP"}]},
            "TB90: amount held stands for different things",
        ),
        ({"transfers": moved(amount="Held!")}, "TB90: 'Held!' is not a name"),
        ({"posted_by": "Shop"}, "TB90: 'Shop' is not a name"),
    ],
)
def test_a_contradiction_in_an_event_is_named(changes, problem):
    """Each rule of the catalogue refuses the event that breaks it."""
    assert any(problem in found for found in problems(**changes)), problems(**changes)


def test_a_side_must_be_readable():
    """A side is an account or a choice, and a role."""
    with pytest.raises(ChartInvalid, match="is not a side"):
        problems(transfers=moved(debit="2101:member"))


def test_names_are_in_both_languages():
    """The handbook can be printed in either."""
    for event in list_events():
        assert any("\u4e00" <= sign <= "\u9fff" for sign in event.name_zh), event.event_code
        assert event.name_en.isascii(), event.event_code
