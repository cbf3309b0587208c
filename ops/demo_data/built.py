"""What has been built so far: the ids under which plans are carried out."""

from datetime import date
from uuid import UUID

import msgspec

from ledger.foundation.organisations import Member, Merchant, Tenant
from ledger.foundation.people import Person
from ops.demo_data.district import ProgrammePlan
from ops.demo_data.estates import EstatePlan
from ops.demo_data.trust_events import Holder


class BuiltMember(msgspec.Struct, frozen=True):
    """A member and the human being behind it."""

    member: Member
    person: Person


class BuiltShop(msgspec.Struct, frozen=True):
    """A merchant and who stands at its counter."""

    merchant: Merchant
    operator: Person


class BuiltProgramme(msgspec.Struct, frozen=True):
    """A programme with its people."""

    plan: ProgrammePlan
    tenant: Tenant
    #: By their number in the plan.
    members: tuple[BuiltMember, ...]
    shops: tuple[BuiltShop, ...]
    #: Party branches in the order of the plan; members of the first are scored.
    branches: tuple[UUID, ...]
    #: Records services on behalf of members, and proposes.
    recorder: Person
    #: Verifies, approves and publishes; never what the recorder is to do.
    verifier: Person
    secretary: Person


class BuiltEstate(msgspec.Struct, frozen=True):
    """An estate trust with the holders of its accounts."""

    plan: EstatePlan
    tenant: Tenant
    bank_account_id: UUID
    holders: dict[Holder, UUID]
    manager: Person
    committee: Person


class BuiltDistrict(msgspec.Struct, frozen=True):
    """Everybody and everything there is on the first day."""

    first: date
    programmes: tuple[BuiltProgramme, ...]
    estates: tuple[BuiltEstate, ...]
    admin: Person

    def tenants(self) -> list[Tenant]:
        """Programmes, then estates."""
        found = [programme.tenant for programme in self.programmes]
        return found + [estate.tenant for estate in self.estates]
