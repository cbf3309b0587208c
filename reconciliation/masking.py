"""Names of people on reports that leave the desk: their first character and one star."""

import re

MASK = "*"
_PERSONAL_NAME = re.compile(r"(?:[\u4e00-\u9fff·]{2,4}|[A-Za-z][A-Za-z .'-]*)\Z")


def mask_name(name: str) -> str:
    """The first character and one star, whatever the length: 张*."""
    return f"{name.strip()[:1]}{MASK}"


def mask_counterparty(name: str) -> str:
    """The other side of a bank line: people masked, organisations as they are.

    A name of up to four Chinese characters, or of letters alone, is taken for a person's.
    """
    return mask_name(name) if _PERSONAL_NAME.match(name.strip()) else name.strip()


def mask_in_text(text: str, name: str) -> str:
    """A text that may repeat the name of its counterparty, with that name masked as well."""
    whole = name.strip()
    return text.replace(whole, mask_counterparty(whole)) if whole else text
