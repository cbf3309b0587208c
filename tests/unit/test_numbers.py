"""Short numbers lead back to their uuid, and to no other; a slip of the pen shows."""

import re

import pytest

from api.web.numbers import read_number, short_number
from ledger.identifiers import uuid7


def test_a_number_leads_back_to_its_uuid() -> None:
    for _ in range(200):
        made = uuid7()
        found = read_number(short_number(made))
        assert found is not None
        assert found[0] <= made < found[1]


def test_numbers_of_one_process_are_all_different() -> None:
    made = [short_number(uuid7()) for _ in range(5_000)]
    assert len(set(made)) == len(made)
    assert made == sorted(made, key=lambda one: one[:-1])
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-?){3}", one) for one in made)


def test_any_one_wrong_character_shows() -> None:
    number = short_number(uuid7())
    for place, right in enumerate(number):
        if right == "-":
            continue
        for wrong in set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") - {right}:
            assert read_number(number[:place] + wrong + number[place + 1 :]) is None


def test_a_number_is_read_as_people_type_it() -> None:
    number = short_number(uuid7())
    typed = number.replace("-", " ").replace("0", "o").replace("1", "l").lower()
    assert read_number(f" {typed} ") == read_number(number)


@pytest.mark.parametrize("typed", ["", "0", "你好", "0B5R-7K3M-9QX", "U" * 12, "0" * 40])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed) is None
