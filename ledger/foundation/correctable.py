"""What can be corrected of a person's data, and what each can look like."""

import re
import unicodedata

from ledger.errors import InvalidInput

CORRECTABLE = ("name", "phone", "address", "id_number")
LONGEST_NAME = 60
LONGEST_VALUE = 200
_PHONE = re.compile(r"\+?[0-9 -]{5,20}\Z")
_ID_NUMBER = re.compile(r"[0-9]{15}(?:[0-9]{2}[0-9X])?\Z")


def check_value(field: str, value: str) -> str:
    """The value in one Unicode form, when it can be right.

    Raises:
        InvalidInput: no field to correct, or a value that cannot be.
    """
    plain = unicodedata.normalize("NFC", value).strip()
    if field not in CORRECTABLE:
        raise InvalidInput(
            field="field", value=field, remedy=f"Name one of {', '.join(CORRECTABLE)}."
        )
    if field == "id_number":
        plain = plain.upper()
    fits = {
        "name": 0 < len(plain) <= LONGEST_NAME,
        "phone": _PHONE.match(plain) is not None,
        "address": 0 < len(plain) <= LONGEST_VALUE,
        "id_number": _ID_NUMBER.match(plain) is not None,
    }
    if not fits[field]:
        raise InvalidInput(field="value", value="…", remedy=f"It is no {field} as it stands.")
    return plain
