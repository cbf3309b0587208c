"""Numbers that people read aloud: twelve characters for the uuid of a receipt or voucher.

The first eleven are the moment the uuid was made, in 1/4096 of a millisecond since 2020: within
one process no two are equal, and the number leads back to the uuids of that moment. The last one
finds out slips of the pen. Letters that look like digits are not used.
"""

import unicodedata
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_BITS = 5
_DIGITS = 11
_GROUP = 4
_EPOCH_MILLISECONDS = 1_577_836_800_000
_FRACTION_BITS = 12
_MOMENT_SHIFT, _FRACTION_SHIFT = 80, 64
_FRACTION_MASK = (1 << _FRACTION_BITS) - 1
_VERSION_7 = 0x7 << 76


def short_number(public_id: UUID) -> str:
    """The number of a uuid, such as 0B5R-7K3M-9QXA."""
    number = public_id.int
    fraction = number >> _FRACTION_SHIFT & _FRACTION_MASK
    moment = (number >> _MOMENT_SHIFT) - _EPOCH_MILLISECONDS << _FRACTION_BITS | fraction
    digits = [moment >> _BITS * place & 31 for place in reversed(range(_DIGITS))]
    written = "".join(_ALPHABET[digit] for digit in (*digits, _check_digit(digits)))
    groups = (written[start : start + _GROUP] for start in range(0, len(written), _GROUP))
    return "-".join(groups)


def read_number(typed: str) -> tuple[UUID, UUID] | None:
    """The least uuid that a number may mean, and the least after those; None: no number of ours."""
    plain = unicodedata.normalize("NFKC", typed).upper().translate(_LOOKALIKES)
    digits = [_ALPHABET.find(char) for char in plain]
    if len(digits) != _DIGITS + 1 or -1 in digits or _check_digit(digits[:-1]) != digits[-1]:
        return None
    moment = 0
    for digit in digits[:-1]:
        moment = moment << _BITS | digit
    return _first_uuid(moment), _first_uuid(moment + 1)


def _check_digit(digits: list[int]) -> int:
    """Odd weights: any one wrong digit shows."""
    return sum((2 * place + 1) * digit for place, digit in enumerate(digits)) % len(_ALPHABET)


def _first_uuid(moment: int) -> UUID:
    milliseconds = (moment >> _FRACTION_BITS) + _EPOCH_MILLISECONDS
    fraction = moment & _FRACTION_MASK
    return UUID(int=milliseconds << _MOMENT_SHIFT | _VERSION_7 | fraction << _FRACTION_SHIFT)
