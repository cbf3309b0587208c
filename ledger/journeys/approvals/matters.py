"""What can be asked of a second person: one struct a kind, tagged with it.

A request keeps its matter as canonical JSON; nobody changes it afterwards.
"""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from ledger.foundation.unit_rights import UnitRight


class Matter(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What is asked; the tag of its class is its kind."""

    @property
    def kind(self) -> str:
        """Kind, as in approval_kinds.toml."""
        return str(self.__struct_config__.tag)


class Reversal(Matter, frozen=True, kw_only=True, tag="reversal"):
    """An entry to be mirrored (红冲)."""

    entry_id: UUID
    occurred_at: datetime
    #: Accounting date of the mirror; None: the day of approval.
    booked_on: date | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer of an adjustment: public ids of accounts, smallest units."""

    debit_account: UUID
    credit_account: UUID
    amount: int
    expires_on: date | None = None


class Adjustment(Matter, frozen=True, kw_only=True, tag="adjustment"):
    """An entry of an event that two people post: a correction, a payment out, units made (更正)."""

    event_code: str
    occurred_at: datetime
    transfers: tuple[Move, ...]
    booked_on: date | None = None
    subject_id: UUID | None = None


class Payout(Matter, frozen=True, kw_only=True, tag="payout"):
    """A payment out of a trust, fen; asked for through the trust's payments."""

    event: str
    payee_id: UUID | None
    bank_account_id: UUID
    amount_fen: int
    purpose: str


class PolicyChange(Matter, frozen=True, kw_only=True, tag="policy_change"):
    """A value for a rule from a day to come; no unit: the whole platform."""

    org_unit_id: UUID | None
    key: str
    #: In the rule's unit, as JSON types; None: inherit again.
    value: Any
    valid_from: date
    document_no: str


class PeriodReopening(Matter, frozen=True, kw_only=True, tag="period_reopening"):
    """A closed month to be opened for a day (反结账)."""

    book: str
    month: date


class RoleChange(Matter, frozen=True, kw_only=True, tag="role_change"):
    """A role to be given to a person, or a grant to be ended."""

    action: Literal["give", "end"]
    role: str
    #: Public id; None: the grant is a connected system's.
    person_id: UUID | None = None
    #: Given in this unit; asked for on the platform.
    org_unit_id: UUID | None = None
    object_id: UUID | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    #: The grant to be ended.
    grant_id: UUID | None = None


class SecondFactorReset(Matter, frozen=True, kw_only=True, tag="second_factor_reset"):
    """A lost second factor to be taken out of use."""

    #: Public id.
    person_id: UUID


class SignInInvitation(Matter, frozen=True, kw_only=True, tag="sign_in_invitation"):
    """An invitation for somebody who decides, or is to: its code opens once it is approved."""

    #: Public id.
    person_id: UUID
    #: Of the code that was shown to whoever asked, in hexadecimal.
    code_hash: str


class OrgUnitChange(Matter, frozen=True, kw_only=True, tag="org_unit_change"):
    """A change of units that gives or takes somebody's role over a place."""

    act: Literal["move", "merge", "split", "dissolve", "withdraw"]
    org_unit_id: UUID
    #: Withdrawn: the day of the change that is taken back.
    valid_from: date
    #: Moved: the name from then on. Merged: of the new unit; None: it goes into ``other_id``.
    name: str | None = None
    #: Moved: where it lies from then on; None: at the top.
    parent_id: UUID | None = None
    #: Merged: with which unit.
    other_id: UUID | None = None
    #: Split: into which units, the main one first.
    parts: tuple[str, ...] = ()
    #: Who gets which role in which place by it, and who loses one, as both people read it.
    gains: tuple[UnitRight, ...] = ()
    loses: tuple[UnitRight, ...] = ()


_MATTERS: dict[str, type[Matter]] = {
    str(one.__struct_config__.tag): one
    for one in (
        Reversal,
        Adjustment,
        Payout,
        PolicyChange,
        PeriodReopening,
        RoleChange,
        SecondFactorReset,
        SignInInvitation,
        OrgUnitChange,
    )
}


def read_matter(kind: str, asked: str) -> Matter:
    """The matter of a request, from what is kept of it."""
    written = msgspec.json.decode(asked)
    return msgspec.convert({"kind": kind, **written}, _MATTERS[kind])
