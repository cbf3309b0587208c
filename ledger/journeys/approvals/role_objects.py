"""What a limited role is about: one's own membership, a merchant, a property."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import InvalidInput, NotFound
from ledger.foundation.grants import GrantNeedsObject
from ledger.foundation.organisations import find_member
from ledger.foundation.participation import require_merchant
from ledger.foundation.people import Person
from ledger.foundation.roles import Role
from ledger.programmes.trust.units import get_unit


async def check_object(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    code: str,
    role: Role,
    person: Person,
    object_id: UUID | None,
) -> None:
    """Refuse an object that a role is not about, or that is not of this tenant.

    Somebody else's account is opened by a guardianship only, so a member's role is about herself.

    Raises:
        InvalidInput: an object where the role has none, or a role that comes with a tie.
        GrantNeedsObject: none where the role has one.
        NotFound: not here, or not this person's.
        MerchantLeft: nobody works there any more.
    """
    if role.about == "tie":
        remedy = "This role comes with a guardianship or a partner's contact."
        raise InvalidInput(field="role", value=code, remedy=remedy)
    if role.about is None:
        if object_id is not None:
            remedy = "This role reaches everything in its place: name no object."
            raise InvalidInput(field="object_id", value=str(object_id), remedy=remedy)
        return
    if object_id is None:
        raise GrantNeedsObject(role=code)
    if role.about == "merchant":
        await require_merchant(conn, tenant_id=tenant_id, merchant_id=object_id)
    elif role.about == "property":
        await get_unit(conn, tenant_id=tenant_id, unit_id=object_id)
    else:
        member = await find_member(conn, tenant_id=tenant_id, member_id=object_id)
        if member is None or member.person_id != person.person_id:
            raise NotFound(kind="member", id=str(object_id))
