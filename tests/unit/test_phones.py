"""A telephone is one, however it is typed."""

import pytest

from ledger.errors import InvalidInput
from ledger.foundation.correctable import check_value
from ledger.foundation.member_search import Wanted, read_search
from ledger.foundation.personal_data import PersonalDataKeys, _index
from ledger.foundation.phones import plain_phone
from ledger.journeys.imports.reading import Cells

KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")
MOBILE = "13922220001"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (MOBILE, MOBILE),
        ("+86 139 2222 0001", MOBILE),
        ("8613922220001", MOBILE),
        ("0086-139-2222-0001", MOBILE),
        ("(+86)139 2222 0001", MOBILE),
        ("＋８６１３９２２２２０００１", MOBILE),
        ("139–2222–0001", MOBILE),
        ("\u200b13922220001\u00a0", MOBILE),
        ("010-6512 3456", "01065123456"),
        ("+86 10 6512 3456", "01065123456"),
        ("0086 (010) 6512 3456", "01065123456"),
        ("86512345", "86512345"),
        ("+852 2345 6789", "+85223456789"),
        ("00852-23456789", "+85223456789"),
    ],
)
def test_forms_lists_searches_and_indexes_have_one_plain_form(typed: str, kept: str) -> None:
    assert plain_phone(typed) == kept
    assert plain_phone(kept) == kept
    assert check_value("phone", typed) == kept
    assert Cells({"phone": typed}).phone("phone") == kept
    assert read_search(typed, by_name=False) == Wanted(phone=kept)
    assert KEYS.blind_index("phone", typed) == KEYS.blind_index("phone", kept)


@pytest.mark.parametrize(
    "typed", ["110", "123456", "1234567890123456", "11010119900307002X", "abc", "13922220001转2"]
)
def test_what_is_no_telephone_is_one_nowhere(typed: str) -> None:
    with pytest.raises(InvalidInput):
        check_value("phone", typed)
    assert Cells({"phone": typed}).phone("phone") is None
    assert read_search(typed, by_name=False) is None


@pytest.mark.parametrize("before", ["+8613922220001", "8613922220001", "0086 139 2222 0001"])
def test_telephones_kept_as_they_were_typed_are_still_found(before: str) -> None:
    (key,) = KEYS._secrets.keys("personal data: blind index")
    kept = _index(key, "phone", before)
    assert kept in KEYS.blind_indexes("phone", MOBILE)
    assert kept in KEYS.blind_indexes("phone", "+86 139-2222-0001")
