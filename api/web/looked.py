"""Two steps on one page: what is asked for is what was looked at.

The look leaves a digest of what was typed in a hidden field. Who changes a field after it, and
presses the return key, is shown what would become of it now instead of asking unseen.
"""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from api.web.forms import Form

_LOOKED = "looked"


def digest_of(form: Form, fields: Sequence[str]) -> str:
    """What stands in the fields, as the hidden field of the look keeps it."""
    typed = [form.values.get(name, "").strip() for name in fields]
    return sha256(msgspec.json.encode(typed)).hexdigest()


def was_looked_at(form: Form, fields: Sequence[str]) -> bool:
    """Whether the fields hold what the last look showed."""
    return form.values.get(_LOOKED) == digest_of(form, fields)
