"""Words that people write about people: short, and without numbers that tell who somebody is.

They are kept for years, some of them beyond an erasure. One rule for pages, lists and interface.
"""

import re
import unicodedata

from ledger.errors import InvalidInput
from ledger.foundation.names import is_named
from ledger.sheets.cells import UNSHOWN

LONGEST_WORDS = 200
#: A reason that says something has so many characters, as that of a look at somebody's data.
SHORTEST_REASON = 4
_BETWEEN = r"[\s\-.·‐‑‒–—―_/()]*"  # strokes that people type between digits
_SIGN = r"(?:[^\w\n]|_)"  # any sign at all, which a list of numbers has as well
_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d\d([-./年])(?:0?[1-9]|1[0-2])[-./月](?:[12]\d|3[01]|0?[1-9])(?!\d)"
)
#: Circles that are written for 〇.
_ROUND = "○◯"
#: With commas after each three digits, and perhaps cents; hours and minutes.
_AMOUNT = re.compile(r"(?<![\d,])[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,2})?(?![\d,])")
_TIME = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])")
_NUMBERS = (
    # a mobile telephone, also behind its country's code
    re.compile(rf"(?<!\d)(?:(?:00)?86{_BETWEEN})?1{_BETWEEN}[3-9](?:{_BETWEEN}\d){{9}}(?!\d)"),
    # a mobile telephone in its usual three parts, or digit by digit, whatever stands between
    re.compile(rf"(?<!\d)(?:(?:00)?86{_SIGN}{{0,3}})?1[3-9]\d(?:{_SIGN}{{0,3}}\d{{4}}){{2}}(?!\d)"),
    re.compile(rf"(?<!\d)1{_SIGN}{{1,3}}[3-9](?:{_SIGN}{{1,3}}\d){{9}}(?!\d)"),
    # a telephone with its area's code
    re.compile(rf"(?<!\d)0{_BETWEEN}[1-9](?:{_BETWEEN}\d){{8,10}}(?!\d)"),
    # an identity number of either length, a bank card
    re.compile(rf"(?<!\d)\d(?:{_BETWEEN}\d){{14,18}}(?!\d)"),
)


def required_words(field: str, words: str) -> str:
    """Words without blanks around them and without marks that show nothing.

    Raises:
        InvalidInput: none, or more than 200 characters.
    """
    plain = shown_words(words)
    if not 1 <= len(plain) <= LONGEST_WORDS:
        remedy = f"Write 1 to {LONGEST_WORDS} characters."
        raise InvalidInput(field=field, value=plain[:LONGEST_WORDS], remedy=remedy)
    return plain


def shown_words(words: str) -> str:
    """What can be seen of words, without blanks around it."""
    return UNSHOWN.sub("", words).strip()


def told_words(field: str, words: str, *, shortest: int = 1) -> str:
    """What somebody wrote about a person, without blanks around it.

    Raises:
        InvalidInput: too short or too long, or with a number that tells who somebody is.
    """
    plain = required_words(field, words)
    if len(plain) < shortest:
        remedy = f"Say why in {shortest} characters at least."
        raise InvalidInput(field=field, value="…", remedy=remedy)
    refuse_numbers(field, plain)
    return plain


def told_reason(reason: str, *, field: str = "reason") -> str:
    """Why something is done to a person; as ``told_words``, and long enough to say it."""
    return told_words(field, reason, shortest=SHORTEST_REASON)


def refuse_numbers(field: str, words: str) -> None:
    """Refuse words with a number that tells who somebody is; they are of any length.

    Raises:
        InvalidInput: they hold one.
    """
    if holds_personal_number(words):
        remedy = "Write what was seen or why, without identity, telephone or card numbers."
        raise InvalidInput(field=field, value="…", remedy=remedy)


def refuse_name(field: str, words: str, name: str) -> None:
    """Refuse words with the name of the person they are about: it would outlast an erasure.

    Whoever cannot read the name may not learn it by trying: this comes behind every other check.

    Raises:
        InvalidInput: they hold it.
    """
    if is_named(name, shown_words(words)):
        remedy = "Leave the name out: whose matter it is, is on record."
        raise InvalidInput(field=field, value="…", remedy=remedy)


def holds_personal_number(words: str) -> bool:
    """Whether words hold what looks like an identity, telephone or card number, however written."""
    shown = UNSHOWN.sub("", unicodedata.normalize("NFKC", words))
    plain = _DAY.sub("年", "".join(map(_digit, shown)))
    plain = _TIME.sub("时", _AMOUNT.sub("元", plain))
    return any(pattern.search(plain) for pattern in _NUMBERS)


def _digit(char: str) -> str:
    """The digit that a character stands for, also one of 〇 to 九 and 零 to 玖; else itself."""
    value = 0 if char in _ROUND else unicodedata.numeric(char, -1)
    return str(int(value)) if value in range(10) else char
