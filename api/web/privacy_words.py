"""Words about personal data that the own page and the staff's page share."""

from collections.abc import Sequence
from typing import NamedTuple

from api.web.formatting import Language, format_amount, unit_of_book
from api.web.texts import text
from ledger.foundation.consents import Consent, consent_purposes
from ledger.foundation.roles import shipped_roles
from ledger.journeys.erasure import Duty


class ConsentRow(NamedTuple):
    """One purpose with its text in force, and what the person says about it now."""

    purpose: str
    name: str
    words: str
    version: int
    #: The latest row; None: never asked.
    latest: Consent | None

    @property
    def given(self) -> bool:
        """The person agrees to the text in force."""
        return self.latest is not None and self.latest.in_force

    @property
    def lapsed(self) -> bool:
        """A guardian agreed, whose guardianship is over, and with it this consent."""
        return self.latest is not None and self.latest.has_lapsed

    @property
    def state(self) -> str:
        """What the page says of it, as a key below ``privacy_consent``."""
        return "given" if self.given else "lapsed" if self.lapsed else "withheld"

    @property
    def outdated(self) -> bool:
        """She agreed to an older text, which counts no more."""
        latest = self.latest
        return latest is not None and latest.given and latest.text_version != self.version


def consent_rows(consents: Sequence[Consent], language: Language) -> list[ConsentRow]:
    """Every purpose in the order of the list, with the latest word about it."""
    latest: dict[str, Consent] = {}
    for one in consents:
        latest.setdefault(one.purpose, one)
    chinese = language == "zh-CN"
    return [
        ConsentRow(
            code,
            known.zh if chinese else known.en,
            known.text_zh if chinese else known.text_en,
            known.version,
            latest.get(code),
        )
        for code, known in consent_purposes().items()
    ]


def duty_words(duty: Duty, language: Language) -> str:
    """What must come to its end first, as a line of a list."""
    if duty.role is not None:
        role = shipped_roles()[duty.role]
        name = role.name_in(language)
        return text(language, "privacy_duty.role", name=name)
    if duty.book_code is not None:
        amount = str(format_amount(duty.pieces, unit_of_book(duty.book_code), language))
        return text(language, f"privacy_duty.{duty.kind}", amount=amount)
    return text(language, f"privacy_duty.{duty.kind}", count=duty.pieces)
