"""Names of payers and payees: one form to compare, and what a masked name still says."""

import unicodedata
from enum import IntEnum

_HONORIFICS = ("先生", "女士", "小姐")
_MASKS = str.maketrans("＊×✱●○", "*****")
_ORNAMENTS = str.maketrans("", "", "()[]「」·.,、 ")


class Likeness(IntEnum):
    """What two names say about each other."""

    DIFFERENT = -1
    UNKNOWN = 0
    MASKED_ALIKE = 1
    EQUAL = 2


def normalise_payer(name: str) -> str:
    """A name without blanks, brackets and honorifics, in ordinary characters."""
    folded = unicodedata.normalize("NFKC", name.translate(_MASKS)).upper()
    folded = "".join(folded.split()).translate(_ORNAMENTS)
    for honorific in _HONORIFICS:
        folded = folded.removesuffix(honorific)
    return "" if folded.strip("-*") == "" else folded


def compare_payers(one: str, other: str) -> Likeness:
    """How two normalised names stand to each other; an empty one says nothing.

    A masked name agrees with a name of its length that differs only where it is masked; of another
    length it says nothing as long as the first character agrees, since some banks always print
    two asterisks.
    """
    if not one or not other:
        return Likeness.UNKNOWN
    if "*" not in one and "*" not in other:
        return Likeness.EQUAL if one == other else Likeness.DIFFERENT
    if len(one) == len(other):
        agrees = all(a == b or "*" in (a, b) for a, b in zip(one, other, strict=True))
        return Likeness.MASKED_ALIKE if agrees else Likeness.DIFFERENT
    first = (one[0], other[0])
    return Likeness.UNKNOWN if "*" in first or first[0] == first[1] else Likeness.DIFFERENT
