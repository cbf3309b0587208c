"""Telephones in one plain form, however they are typed: stored, indexed, looked for, compared.

Digits alone, full-width ones like others; China's code is left out, that of another country stays
behind a plus. ``+86 139 2222 0001``, ``0086-13922220001`` and ``13922220001`` are one telephone.
"""

import re

from ledger.sheets.cells import UNSHOWN, plain

FEWEST_DIGITS, MOST_DIGITS = 7, 15
_BETWEEN = re.compile(r"[\s\-()\[\].·]+")
_PHONE = re.compile(rf"\+?[0-9]{{{FEWEST_DIGITS},{MOST_DIGITS}}}\Z")
_ABROAD = re.compile(r"\A00(?=[1-9])")
#: Without a plus before it, 86 is China's code only before a mobile telephone.
_CHINA = re.compile(r"\A(?:\+86|86(?=1[3-9][0-9]{9}\Z))")
_MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
#: How China's code was kept before there was one form; nobody is stored so any more.
_CODES_BEFORE = ("+86", "86", "0086")


def plain_phone(typed: str) -> str:
    """A telephone as it is kept; what is none comes back without what stands between its signs."""
    digits = _ABROAD.sub("+", _BETWEEN.sub("", plain(UNSHOWN.sub("", typed))))
    if not digits.startswith("+") and not digits.isdecimal():
        return digits
    national = _CHINA.sub("", digits)
    if national == digits or not national:
        return digits
    # an area's code begins with the 0 that is left out behind the country's
    return national if national.startswith("0") or _MOBILE.match(national) else f"0{national}"


def is_phone(kept: str) -> bool:
    """Whether a plain form can be a telephone; no number of any country is longer."""
    return _PHONE.match(kept) is not None


def spellings(typed: str) -> tuple[str, ...]:
    """Every form under which a telephone may have been kept, the plain one first."""
    kept = plain_phone(typed)
    if kept.startswith("+"):
        return kept, f"00{kept[1:]}"
    if not is_phone(kept):
        return (kept,)
    ends = dict.fromkeys((kept, kept.removeprefix("0")))
    return kept, *(code + end for code in _CODES_BEFORE for end in ends)
