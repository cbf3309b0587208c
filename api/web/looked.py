"""Two steps on one page: what is asked for is what was looked at.

The look leaves a digest of what was typed in a hidden field. Who changes a field after it, and
presses the return key, is shown what would become of it now instead of asking unseen.
"""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from api.web.forms import Form

_LOOKED = "looked"


class NotLookedAt(Exception):
    """What would be done is not what the last look showed; it is to be looked at again."""


def digest_of(form: Form, fields: Sequence[str], beside: str = "") -> str:
    """What stands in the fields, as the hidden field of the look keeps it.

    ``beside`` is what the look showed beside them and somebody else may change meanwhile.
    """
    typed = [form.values.get(name, "").strip() for name in fields]
    return sha256(msgspec.json.encode([*typed, beside])).hexdigest()


def was_looked_at(form: Form, fields: Sequence[str], beside: str = "") -> bool:
    """Whether the fields, and what stands beside them, are what the last look showed."""
    return form.values.get(_LOOKED) == digest_of(form, fields, beside)


def require_looked_at(form: Form, fields: Sequence[str], beside: str) -> None:
    """Let nothing be done but what the last look showed.

    Raises:
        NotLookedAt: it is something else by now.
    """
    if not was_looked_at(form, fields, beside):
        raise NotLookedAt
