"""Lines of a file of people: what each says of a person, and what is wrong with it by itself."""

import re
from collections.abc import Mapping
from datetime import date

import msgspec

from ledger.foundation.details import read_details
from ledger.foundation.identity_numbers import birthday_in, check_digit
from ledger.foundation.people import PersonalDetails
from ledger.journeys.imports.reading import LONGEST_NAME, Cells, Problem
from ledger.sheets.cells import header_word

_LONGEST_ADDRESS = 200
_LONGEST_NUMBER = 40
_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]\Z")
#: A passport or permit: letters before fewer digits than an identity number has.
_OTHER_DOCUMENT = re.compile(r"[A-Z]{1,3}[0-9]{6,12}\Z")
_BETWEEN_TEAMS = re.compile(r"[、,，;；|/]")
HEAD = "head"
#: What people write for the relation to the head; only the head is told from the others.
_RELATIONS = {
    HEAD: ("户主", "head", "本人", "户主本人"),
    "member": (
        *("配偶", "妻", "妻子", "夫", "丈夫", "子", "女", "儿子", "女儿", "子女", "父亲", "母亲"),
        *("父", "母", "父母", "公公", "婆婆", "岳父", "岳母", "儿媳", "女婿", "媳", "婿", "孙子"),
        *("孙女", "外孙", "外孙子", "外孙女", "孙子女", "祖父", "祖母", "外祖父", "外祖母"),
        *("祖父母", "爷爷", "奶奶", "外公", "外婆", "姥爷", "姥姥", "兄弟", "姐妹", "兄弟姐妹"),
        *("兄", "弟", "姐", "妹", "哥哥", "弟弟", "姐姐", "妹妹", "侄子", "侄女", "外甥", "外甥女"),
        *("长子", "次子", "三子", "长女", "二女", "次女", "三女", "独生子", "独生女", "媳妇"),
        *("长媳", "孙媳", "孙媳妇", "孙女婿", "养子", "养女", "继子", "继女", "养父", "养母"),
        *("户主之子", "户主之女", "户主之妻", "户主之夫", "户主之父", "户主之母"),
        *("家属", "成员", "其他", "其他亲属", "非亲属", "保姆", "租客"),
        *("spouse", "wife", "husband", "child", "son", "daughter", "parent", "father", "mother"),
        *("grandchild", "grandparent", "sibling", "brother", "sister", "other", "relative"),
    ),
}


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a line says of a person."""

    name: str
    details: PersonalDetails
    branch: str | None
    household: str | None
    is_head: bool
    joined_on: date | None
    groups: tuple[str, ...]
    own_number: str | None

    @property
    def is_bare(self) -> bool:
        """Nothing but the name could tell this person from another of the same name."""
        return not self.details.phone and not self.details.id_number


def read_person(values: Mapping[str, str]) -> tuple[PersonLine | None, Cells]:
    """The person of a line, None when something is wrong; the cells know what."""
    cells = Cells(values)
    name = cells.name("name", required=True)
    id_number = _id_number(cells)
    birthday = cells.day("birthday")
    household = read_household(cells)
    relation = cells.choice("relation", _RELATIONS, required=False)
    if relation == HEAD and household is None:
        cells.refuse("household", "household_missing")
    if birthday and id_number and birthday != birthday_in(id_number):
        cells.refuse("birthday", "birthday_differs")
    line = {
        "branch": cells.text("branch", limit=LONGEST_NAME),
        "joined_on": cells.day("joined_on"),
        "groups": _groups(cells),
        "own_number": cells.text("own_number", limit=_LONGEST_NUMBER),
    }
    phone = cells.phone("phone")
    address = cells.text("address", limit=_LONGEST_ADDRESS)
    if cells.problems or name is None:
        return None, cells
    details = read_details(phone=phone, id_number=id_number, birthday=birthday, address=address)
    person = PersonLine(
        name=name,
        details=details,
        household=household,
        is_head=relation == HEAD,
        **line,  # type: ignore[arg-type]
    )
    return person, cells


def read_household(cells: Cells) -> str | None:
    """The number of the household that a line names."""
    return cells.text("household", limit=LONGEST_NAME)


def names_head(values: Mapping[str, str]) -> bool:
    """Whether a line says that it is about the head of its household."""
    return header_word(values.get("relation", "")) in map(header_word, _RELATIONS[HEAD])


def _id_number(cells: Cells) -> str | None:
    number = cells.digits("id_number")
    if number is None:
        return None
    if _OTHER_DOCUMENT.match(number):
        cells.warnings.append(Problem("id_number", "other_document"))
    elif not _ID_NUMBER.match(number):
        cells.refuse("id_number", "id_form")
    elif number[-1] != check_digit(number[:-1]):
        cells.refuse("id_number", "id_check_digit")
    elif birthday_in(number) is None:
        cells.refuse("id_number", "id_birthday")
    else:
        return number
    return None


def _groups(cells: Cells) -> tuple[str, ...]:
    words = cells.text("groups", limit=_LONGEST_ADDRESS) or ""
    named = (part.strip() for part in _BETWEEN_TEAMS.split(words))
    return tuple(dict.fromkeys(part for part in named if part))
