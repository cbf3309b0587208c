"""Which names cannot be, and which are looked at twice: one rule for lists, forms and /v1."""

import pytest

from ledger.errors import InvalidInput
from ledger.foundation.names import (
    check_name,
    check_title,
    is_odd_name,
    is_odd_title,
    name_fault,
    name_key,
    person_key,
)
from ledger.journeys.imports.reading import Cells


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        *(
            (one, "unseen")
            for one in ("\u3164", "\u115f", "\u2800", "\uffa0", "王\u3164", "a\u202eb")
        ),
        *(
            (one, "unseen")
            for one in (
                "王小明\ufe00",
                "王\u034f小明",
                "王\U000e0100小明",
                "陈静\u180b",
                "王\U000e0fff",
                "王\ufff0",
            )
        ),
        *(
            (one, "marks")
            for one in (
                "王\u20dd",
                "王\u0301\u0301",
                "王\u0301",
                "\u0301王",
                "Anna\u20dd",
                "Anna\u0323\u0336\u0336",
                "王\u3099",
                "⺠族",
                "㇐心",
            )
        ),
        *(
            (one, "formula")
            for one in (
                "⁄＝a",
                '"=cmd|1',
                "(+86)王",
                '=HYPERLINK("http://x","王")',
                "＝1",
                "@王",
                "-王",
                "+86",
            )
        ),
        *((one, "letterless") for one in (".", "…", "***", "😀", " ")),
    ],
)
def test_what_is_no_name_is_refused_everywhere(typed: str, fault: str) -> None:
    for check in (check_name, check_title):
        with pytest.raises(InvalidInput):
            check(typed)
    assert name_fault(typed, of_person=True) == fault
    cells = Cells({"name": typed})
    assert cells.name("name") is None
    assert [one.field for one in cells.problems] in (["name"], []), "a blank cell says nothing"


def test_a_shop_may_be_called_by_a_number_and_a_person_may_not() -> None:
    assert check_title("1") == "1"
    assert check_title("7-11便利店") == "7-11便利店"
    assert name_fault("1", of_person=True) == "letterless"


@pytest.mark.parametrize(
    "name",
    [
        "王小明",
        "欧阳·娜娜",
        "O'Brien",
        "Anna Smith-Jones",
        "阿不都·热合曼",
        "𠮷田",
        "བཀྲ་ཤིས།",
        "Nguyễn Thị Hồng",
        "ที่รัก",
        "مُحَمَّد",
    ],
)
def test_names_of_people_are_taken_without_a_word(name: str) -> None:
    assert check_name(name) == name
    assert not is_odd_name(name)


@pytest.mark.parametrize("name", ["аdmin", "王1", "<script>alert(1)</script>", "Αnna", "王，李"])
def test_unusual_names_are_looked_at_twice(name: str) -> None:
    assert check_name(name) == name
    assert is_odd_name(name)
    cells = Cells({"name": name})
    assert cells.name("name") == name
    assert [one.reason for one in cells.warnings] == ["odd_name"]


def test_titles_are_odd_only_where_alphabets_look_alike() -> None:
    assert is_odd_title("Саfe 1")
    assert not is_odd_title("7-11 便利店, 2")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 王小明\u3000", "王小明"),
        ("Anna \u00a0 Smith", "Anna Smith"),
        ("e\u0301mile", "émile"),
        ("便利⼾店", "便利戶店"),
        ("ＡＢＣ（东湖）店", "ＡＢＣ（东湖）店"),
    ],
)
def test_a_name_is_kept_as_it_was_chosen_without_what_nobody_sees(typed: str, kept: str) -> None:
    assert check_title(typed) == kept
    assert check_name(typed) == kept
    assert Cells({"name": typed}).name("name") == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("张 三", "张三"),
        ("张\u3000三", "张三"),
        *((f"阿依古丽{dot}买买提", "阿依古丽·买买提") for dot in "·•．・‧･."),
        ("阿依古丽 • 买买提", "阿依古丽·买买提"),
        ("Li  Ming", "Li Ming"),
        ("J. R. Smith", "J. R. Smith"),
        ("Ｌｉ Ｍｉｎｇ", "Ｌｉ Ｍｉｎｇ"),
    ],
)
def test_a_persons_name_has_one_dot_and_no_padding(typed: str, kept: str) -> None:
    assert check_name(typed) == kept
    assert Cells({"name": typed}).name("name") == kept
    assert person_key(typed) == person_key(kept)


def test_people_are_compared_without_what_only_keyboards_differ_in() -> None:
    assert person_key("Ｌｉ Ｍｉｎｇ") == person_key("li ming") == person_key("LI MING")
    assert person_key("⼾ 部") == person_key("戶部")
    assert person_key("Li Ming") != person_key("Liming")
    assert person_key("王小明") != person_key("王晓明")
    assert check_title("东湖 一队") == "东湖 一队", "titles keep their blanks"


def test_names_that_look_alike_are_the_same_name() -> None:
    assert name_key("ＡＢＣ\u3000店 ") == name_key(" ABC  店")
    assert name_key("⼾部") == name_key("戶部")
    assert name_key("王小明") != name_key("王晓明")
