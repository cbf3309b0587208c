"""A member who forgot her password, or has none, gets an invitation code at the community desk."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.formatting import mask_name
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    require_whole_tenant,
    show,
)
from api.web.invitations import INVITATION
from api.web.people import people_home
from api.web.places import staff_place
from api.web.refused import words_of_refusal
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.organisations import get_member
from ledger.foundation.people import get_person_by_id
from ledger.foundation.sign_in_care import PERMISSION_FOR_MEMBERS, invite_member

ADDRESS = "/programmes/{programme_id:uuid}/staff/invitations/{member_id:uuid}"


@get(ADDRESS, opt=may(PERMISSION_FOR_MEMBERS))
async def invitation_form(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """What was looked at, before a code is made."""
    return await _form_page(request, call, member_id, empty_form(request))


@post(ADDRESS, opt=may(PERMISSION_FOR_MEMBERS, step_up=True))
async def invitation_wanted(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """Make a code, shown this once."""
    form = await read_form(request)
    key_of_form(call)
    reason = form.text("reason")
    if form.values.get("seen") != "yes":
        form.refuse("seen", "member_invitation.see_papers")
    if form.errors or reason is None:
        return await _form_page(request, call, member_id, form, status=422)

    async def invite(conn: AsyncConnection) -> str:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        return await invite_member(
            conn,
            person=await get_person_by_id(conn, person_id=member.person_id),
            invited_by=call.caller_id,
            reason=reason,
            second_factor_is_ours=not call.service.settings.oidc_second_factor,
        )

    try:
        code = await write_transaction(call.service.engine, invite, tenant_id=call.tenant_id)
    except NotFound:
        raise
    except LedgerError as refusal:
        form.errors["reason"] = words_of_refusal(refusal, language_of_page(request))
        return await _form_page(request, call, member_id, form, status=409)
    return show(
        request,
        "admin/invitation.html",
        staff_place(call.tenant, call.who.permissions),
        back=f"{people_home(call)}/{member_id}",
        code=code,
        waits=False,
        where=f"{request.headers.get('host', '')}{INVITATION}",
    )


async def _form_page(
    request: PageRequest, call: Call, member_id: UUID, form: Form, *, status: int = 200
) -> Page:
    require_whole_tenant(call, "member")
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
    return show(
        request,
        "staff/member_invitation.html",
        staff_place(call.tenant, call.who.permissions),
        current="nav.people",
        status=status,
        form=form,
        here=request.url.path,
        back=f"{people_home(call)}/{member_id}",
        member=member,
        name=mask_name(member.display_name),
    )


ROUTES = [invitation_form, invitation_wanted]
