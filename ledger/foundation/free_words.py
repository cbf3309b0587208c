"""Words that people write about people: short, and without numbers that tell who somebody is.

They are kept for years, some of them beyond an erasure. One rule for pages, lists and interface.
"""

import re
import unicodedata

from ledger.errors import InvalidInput

LONGEST_WORDS = 200
#: A reason that says something has so many characters, as that of a look at somebody's data.
SHORTEST_REASON = 4
_BETWEEN = r"[\s\-.·‐‑‒–—―_/()]*"  # strokes that people type between digits
_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d\d([-./年])(?:0?[1-9]|1[0-2])[-./月](?:[12]\d|3[01]|0?[1-9])(?!\d)"
)
_NUMBERS = (
    # a mobile telephone, also behind its country's code
    re.compile(rf"(?<!\d)(?:(?:00)?86{_BETWEEN})?1{_BETWEEN}[3-9](?:{_BETWEEN}\d){{9}}(?!\d)"),
    # a telephone with its area's code
    re.compile(rf"(?<!\d)0{_BETWEEN}[1-9](?:{_BETWEEN}\d){{8,10}}(?!\d)"),
    # an identity number of either length, a bank card
    re.compile(rf"(?<!\d)\d(?:{_BETWEEN}\d){{14,18}}(?!\d)"),
)


def required_words(field: str, words: str) -> str:
    """Words without blanks around them.

    Raises:
        InvalidInput: none, or more than 200 characters.
    """
    plain = words.strip()
    if not 1 <= len(plain) <= LONGEST_WORDS:
        remedy = f"Write 1 to {LONGEST_WORDS} characters."
        raise InvalidInput(field=field, value=plain[:LONGEST_WORDS], remedy=remedy)
    return plain


def told_words(field: str, words: str, *, shortest: int = 1) -> str:
    """What somebody wrote about a person, without blanks around it.

    Raises:
        InvalidInput: too short or too long, or with a number that tells who somebody is.
    """
    plain = required_words(field, words)
    if len(plain) < shortest:
        remedy = f"Say why in {shortest} characters at least."
        raise InvalidInput(field=field, value="…", remedy=remedy)
    if holds_personal_number(plain):
        remedy = "Write what was seen or why, without identity, telephone or card numbers."
        raise InvalidInput(field=field, value="…", remedy=remedy)
    return plain


def told_reason(reason: str, *, field: str = "reason") -> str:
    """Why something is done to a person; as ``told_words``, and long enough to say it."""
    return told_words(field, reason, shortest=SHORTEST_REASON)


def holds_personal_number(words: str) -> bool:
    """Whether words hold what looks like an identity, telephone or card number, however written."""
    plain = "".join(
        str(unicodedata.decimal(one)) if one.isdecimal() else one
        for one in unicodedata.normalize("NFKC", words)
    )
    plain = _DAY.sub("…", plain)
    return any(pattern.search(plain) for pattern in _NUMBERS)
