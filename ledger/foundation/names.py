"""Names of people, and titles of what has one: which cannot be, and which are unusual.

One rule for lists, forms and the interface. A name that nobody can see, that has no letter, or that
a spreadsheet would take for a formula is refused; one with signs that names rarely have, or whose
letters are of alphabets that look alike, is somebody's now and then: people are asked, lists point
it out, and the interface, which can ask nobody, takes it.
"""

import re
import unicodedata
from typing import Literal

from ledger.errors import InvalidInput
from ledger.sheets.cells import begins_formula, plain

NameFault = Literal["unseen", "formula", "letterless"]
#: Controls, marks without width, and characters that are none.
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
#: Letters by their kind that show nothing: fillers of Hangul, and the empty pattern of Braille.
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_ODD = re.compile(r"[0-9_=+@#$%^&*<>?|\\/{}\[\]\"!;:,，。！？、…]")
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE"})
_REMEDIES: dict[NameFault, str] = {
    "unseen": "It holds characters that nobody can see; type it anew.",
    "formula": "It may not begin with =, +, - or @: a spreadsheet takes that for a formula.",
    "letterless": "Give a name with letters in it.",
}


def name_fault(name: str, *, of_person: bool) -> NameFault | None:
    """Why this cannot be a name; None: it can. Shops and teams may be called by a number."""
    if any(char in _FILLERS or unicodedata.category(char) in UNSEEN for char in name):
        return "unseen"
    if begins_formula(plain(name)):
        return "formula"
    kinds = "L" if of_person else "LN"
    if not any(unicodedata.category(char)[0] in kinds for char in name):
        return "letterless"
    return None


def check_name(name: str, *, field: str = "display_name") -> str:
    """The name of a person, when it can be one.

    Raises:
        InvalidInput: nobody is called so.
    """
    return _checked(name, field, of_person=True)


def check_title(name: str, *, field: str = "name") -> str:
    """The name of a unit, a merchant, a partner or a team, when it can be one.

    Raises:
        InvalidInput: nothing is called so.
    """
    return _checked(name, field, of_person=False)


def _checked(name: str, field: str, *, of_person: bool) -> str:
    fault = name_fault(name, of_person=of_person)
    if fault is not None:
        raise InvalidInput(field=field, value="…", remedy=_REMEDIES[fault])
    return name


def is_odd_name(name: str) -> bool:
    """Whether a person's name has signs that names rarely have, or letters that only look right."""
    return _ODD.search(plain(name)) is not None or is_odd_title(name)


def is_odd_title(name: str) -> bool:
    """Whether letters of several alphabets that look alike are mixed, such as а and a."""
    letters = (char for char in name if unicodedata.category(char)[0] == "L")
    alphabets = {unicodedata.name(char, "").partition(" ")[0] for char in letters}
    return len(alphabets & _LOOK_ALIKE) > 1
