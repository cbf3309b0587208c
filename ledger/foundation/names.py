"""Names of people, and titles of what has one: which cannot be, and which are unusual.

One rule for lists, forms and the interface. A name with what nobody can see, with marks that belong
on no letter of it, without a letter, or that a spreadsheet would take for a formula is refused; one
with signs that names rarely have, or whose letters are of alphabets that look alike, is somebody's
now and then: people are asked, lists point it out, and the interface, which can ask nobody, takes
it. A name is kept settled: without blanks around it, and of whole characters.
"""

import re
import unicodedata
from itertools import takewhile
from typing import Literal

from ledger.errors import InvalidInput
from ledger.sheets.cells import UNSHOWN, begins_formula, plain

NameFault = Literal["unseen", "marks", "formula", "letterless"]
#: Controls, marks without width, and characters that are none.
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
#: The empty pattern of Braille.
_BLANK_PATTERN = "\u2800"
#: Radicals of dictionaries that stand for a whole character (U+2F00 … U+2FD5, and two more).
_RADICAL = re.compile("[\u2e9f\u2ef3\u2f00-\u2fd5]")
#: Parts of characters that look like whole ones: other radicals, strokes, signs of composition.
_PART = re.compile("[\u2e80-\u2ef3\u2ff0-\u2fff\u31c0-\u31ef]")
#: Alphabets whose letters take the marks that belong to no alphabet, such as an acute.
_MARKED = frozenset({"LATIN", "GREEK", "CYRILLIC"})
#: Tibetan sets so many marks of its own on one letter.
_MOST_OWN_MARKS = 4
_ODD = re.compile(r"[0-9_=+@#$%^&*<>?|\\/{}\[\]\"!;:,，。！？、…]")
#: 汉字, without the radicals that stand for none.
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_BLANKS_IN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
#: What people type for the dot of 阿依古丽·买买提, and lists have instead of it.
_DOT_IN_HAN = re.compile(rf"(?<=[{_HAN}])\s*[·\u0387•‧∙⋅・･．﹒.]\s*(?=[{_HAN}])")
#: One character stands in too many words.
_SHORTEST_TO_SEEK = 2
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE"})
_REMEDIES: dict[NameFault, str] = {
    "unseen": "It holds characters that nobody can see; type it anew.",
    "marks": "It holds marks or parts of characters that belong to no name; type it anew.",
    "formula": "It may not begin with =, +, - or @: a spreadsheet takes that for a formula.",
    "letterless": "Give a name with letters in it.",
}


def settle_name(name: str) -> str:
    """The name as it is kept: no blanks around it, one blank within, whole characters.

    Full-width letters and signs stay as people chose them.
    """
    whole = _RADICAL.sub(lambda one: unicodedata.normalize("NFKC", one[0]), name)
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in whole)
    parts = unicodedata.normalize("NFC", spaced).strip().split(" ")
    return " ".join(part for part in parts if part)


def settle_person_name(name: str) -> str:
    """A person's name as it is kept: as ``settle_name``, with one dot and no blanks among 汉字.

    Lists pad names of two characters with a blank, and every keyboard has a dot of its own.
    """
    return _BLANKS_IN_HAN.sub("", _DOT_IN_HAN.sub("·", settle_name(name)))


def person_key(name: str) -> str:
    """By what names of people are compared, whatever was typed or is on record."""
    return settle_person_name(unicodedata.normalize("NFKC", name)).casefold()


def is_named(name: str, words: str) -> bool:
    """Whether words hold somebody's whole name, however typed; of one character alone: never."""
    key, said = (person_key(one).replace("·", "") for one in (name, words))
    if len(key) < _SHORTEST_TO_SEEK:
        return False
    if re.match(f"[{_HAN}]", key):
        return key in said
    # no part of a longer word of an alphabet
    letter = rf"[^\W\d_{_HAN}]"
    return re.search(f"(?<!{letter}){re.escape(key)}(?!{letter})", said) is not None


def name_key(name: str) -> str:
    """By what titles are compared: two of one key are the same name, however they are typed."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def branch_key(name: str) -> str:
    """By what names of Party branches are compared: as ``name_key``, without blanks among 汉字."""
    return _BLANKS_IN_HAN.sub("", name_key(name))


def name_fault(name: str, *, of_person: bool) -> NameFault | None:
    """Why this cannot be a name; None: it can. Shops and teams may be called by a number."""
    settled = settle_name(name)
    if any(_is_unseen(char) for char in settled):
        return "unseen"
    if _PART.search(settled) or _has_stray_marks(settled):
        return "marks"
    before = takewhile(lambda char: not char.isalnum(), plain(settled))
    if any(begins_formula(char) for char in before):
        return "formula"
    kinds = "L" if of_person else "LN"
    if not any(unicodedata.category(char)[0] in kinds for char in settled):
        return "letterless"
    return None


def _is_unseen(char: str) -> bool:
    if char == _BLANK_PATTERN or unicodedata.category(char) in UNSEEN:
        return True
    return UNSHOWN.match(char) is not None


def _has_stray_marks(name: str) -> bool:
    """Whether marks stand where no alphabet sets them: on 汉字, around letters, or heaped up."""
    base, run = "", ""
    for char in name:
        kind = unicodedata.category(char)
        if kind[0] != "M":
            base, run = char, ""
            continue
        run += char
        alphabet = _alphabet(base) if base.isalpha() else ""
        if kind == "Me" or not alphabet:
            return True
        if _alphabet(char) == alphabet:
            if len(run) > _MOST_OWN_MARKS or run.endswith(char * 2):
                return True
        elif _alphabet(char) != "COMBINING" or alphabet not in _MARKED or len(run) > 1:
            return True
    return False


def _alphabet(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def check_name(name: str, *, field: str = "display_name") -> str:
    """The name of a person as it is kept, when it can be one.

    Raises:
        InvalidInput: nobody is called so.
    """
    return _checked(name, field, of_person=True)


def check_title(name: str, *, field: str = "name") -> str:
    """The name of a unit, a merchant, a till, a partner or a team, when it can be one.

    Raises:
        InvalidInput: nothing is called so.
    """
    return _checked(name, field, of_person=False)


def _checked(name: str, field: str, *, of_person: bool) -> str:
    fault = name_fault(name, of_person=of_person)
    if fault is not None:
        raise InvalidInput(field=field, value="…", remedy=_REMEDIES[fault])
    return settle_person_name(name) if of_person else settle_name(name)


def is_odd_name(name: str) -> bool:
    """Whether a person's name has signs that names rarely have, or letters that only look right."""
    return _ODD.search(plain(name)) is not None or is_odd_title(name)


def is_odd_title(name: str) -> bool:
    """Whether letters of several alphabets that look alike are mixed, such as а and a."""
    letters = (char for char in name if unicodedata.category(char)[0] == "L")
    alphabets = {_alphabet(char) for char in letters}
    return len(alphabets & _LOOK_ALIKE) > 1
