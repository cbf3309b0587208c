"""What an identity number must look like, and what it tells."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import today
from ledger.errors import InvalidInput
from ledger.foundation.details import read_details
from ledger.foundation.identity_numbers import (
    age_on,
    birthday_in,
    check_digit,
    read_id_number,
)

#: The example of GB 11643-1999, annex A.
EXAMPLE = "11010519491231002X"


@pytest.mark.parametrize(
    "typed",
    [
        EXAMPLE,
        "110105 19491231 002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
    ],
)
def test_a_number_has_one_form_however_it_is_typed(typed: str) -> None:
    assert read_id_number(typed) == EXAMPLE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "110105491231002",
        "110105194912310021",
        EXAMPLE[:-1],
        f"{EXAMPLE}0",
        "X10105194912310020",
        "000000000000000000",
        "一一〇一〇五一九四九一二三一〇〇二",
        "11010519490231" + "002" + check_digit("11010519490231002"),
        "11010529490131" + "002" + check_digit("11010529490131002"),
        "11010518490131" + "002" + check_digit("11010518490131002"),
    ],
)
def test_what_cannot_be_a_number_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_id_number(typed)
    assert refused.value.attributes()["field"] == "id_number"
    assert not typed or typed not in str(refused.value)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed(place: int, more: int) -> None:
    digit = (int(EXAMPLE[place]) + more) % 10
    with pytest.raises(InvalidInput):
        read_id_number(f"{EXAMPLE[:place]}{digit}{EXAMPLE[place + 1 :]}")


@given(st.integers(0, 15))
def test_two_neighbours_that_changed_places_are_noticed(place: int) -> None:
    one, other = EXAMPLE[place : place + 2]
    if one != other:
        with pytest.raises(InvalidInput):
            read_id_number(f"{EXAMPLE[:place]}{other}{one}{EXAMPLE[place + 2 :]}")


def test_a_number_tells_the_birthday_and_must_agree_with_one_that_is_told() -> None:
    born = date(1949, 12, 31)
    assert birthday_in(EXAMPLE) == born
    assert read_details(id_number=EXAMPLE).birthday == born
    assert read_details(id_number=EXAMPLE, birthday=born).birthday == born
    for wrong in ({"birthday": date(1949, 12, 30), "id_number": EXAMPLE}, {"birthday": TOMORROW}):
        with pytest.raises(InvalidInput) as refused:
            read_details(**wrong)  # type: ignore[arg-type]
        assert refused.value.attributes()["field"] == "birthday"
    assert birthday_in("110105491231002") is None, "of 15 digits: not read any more"


TOMORROW = today() + timedelta(days=1)


def test_age_changes_on_the_birthday() -> None:
    born = date(2008, 2, 29)
    assert age_on(born, date(2026, 2, 28)) == 17
    assert age_on(born, date(2026, 3, 1)) == 18
    assert age_on(date(2000, 6, 1), date(2026, 5, 31)) == 25
