"""Enrolling a second factor: a secret that is shown, scanned, and taken into use by its first code.

Until then it lies nowhere but sealed in the form of the browser it was made for.
"""

from datetime import timedelta

import msgspec
from markupsafe import Markup

from api.sealed import Sealer
from api.web.forms import Form
from api.web.volunteer import draw_qr
from ledger.foundation.people import Person
from ledger.foundation.second_factor import enrolment_address, new_secret
from ledger.foundation.secrets import SecretRing

_LASTS = timedelta(minutes=30)
#: The hidden field with the sealed secret.
FIELD = "enrolment"
ISSUER = "共账"


class _Pending(msgspec.Struct, frozen=True):
    secret: str


class EnrolmentView(msgspec.Struct, frozen=True):
    """What the page shows: a picture to be scanned, the same to be typed, the sealed secret."""

    picture: Markup
    typed: str
    sealed: str


def begin_or_go_on(
    secrets: SecretRing, form: Form, *, person: Person, holder: str
) -> EnrolmentView:
    """A new secret for a person, or the one that her form brought back.

    ``holder`` is what the browser alone has: the token of its session or of its sign-in.
    """
    secret = secret_of(secrets, form, holder=holder) or new_secret()
    address = enrolment_address(secret, name=person.volunteer_no, issuer=ISSUER)
    typed = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return EnrolmentView(
        draw_qr(address), typed, _sealer(secrets).seal(_Pending(secret), holder=holder)
    )


def secret_of(secrets: SecretRing, form: Form, *, holder: str) -> str | None:
    """The secret that the form brought back; None when it is over or not this browser's."""
    pending = _sealer(secrets).open(form.values.get(FIELD, ""), holder=holder)
    return None if pending is None else pending.secret


def _sealer(secrets: SecretRing) -> Sealer[_Pending]:
    return Sealer(secrets, "pending second factor", _Pending, lasts=_LASTS)
