"""What can be corrected of a person's data, and what each can look like."""

import unicodedata
from datetime import date

from ledger.errors import InvalidInput
from ledger.foundation.identity_numbers import check_birthday, read_id_number
from ledger.foundation.names import check_name
from ledger.foundation.phones import FEWEST_DIGITS, MOST_DIGITS, is_phone, plain_phone

CORRECTABLE = ("name", "phone", "id_number", "birthday", "address")
LONGEST_NAME = 60
LONGEST_VALUE = 200
_REMEDIES = {
    "name": f"Give a name of 1 to {LONGEST_NAME} characters.",
    "phone": f"Give a telephone number of {FEWEST_DIGITS} to {MOST_DIGITS} digits.",
    "address": f"Give an address of 1 to {LONGEST_VALUE} characters.",
}


def check_value(field: str, value: str) -> str:
    """The value in its one form, when it can be right.

    Raises:
        InvalidInput: no field to correct, or a value that cannot be.
    """
    plain = unicodedata.normalize("NFC", value).strip()
    if field not in CORRECTABLE:
        raise InvalidInput(
            field="field", value=field, remedy=f"Name one of {', '.join(CORRECTABLE)}."
        )
    if field == "id_number":
        return read_id_number(plain)
    if field == "birthday":
        return check_birthday(_read_day(plain)).isoformat()
    if field == "phone":
        plain = plain_phone(plain)
    fits = {
        "name": 0 < len(plain) <= LONGEST_NAME,
        "phone": is_phone(plain),
        "address": 0 < len(plain) <= LONGEST_VALUE,
    }
    if not fits[field]:
        raise InvalidInput(field=field, value="…", remedy=_REMEDIES[field])
    return check_name(plain, field=field) if field == "name" else plain


def _read_day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        remedy = "Write the day as 1990-03-07."
        raise InvalidInput(field="birthday", value="…", remedy=remedy) from error
