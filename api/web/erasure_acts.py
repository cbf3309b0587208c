"""A member is erased on pages: one asks with a proof, another decides."""

from uuid import UUID

from litestar import post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.frame import Page, PageRequest, read_form, see
from api.web.personal_data import MEMBER, data_home, member_page, wanted_member
from api.web.refused import words_of_refusal
from ledger.database import write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.erasures import ask_erasure, close_erasure, find_erasure
from ledger.journeys.erasure import erase_person


@post(MEMBER + "/erasures", opt=may("erasures.request"))
async def erasure_asked(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """Ask for a member, with a paper or proof; somebody else decides."""
    form = await read_form(request)
    through = form.choice("through", frozenset({"staff", "guardian", "heir"}))
    proof_no = form.text("proof_no", limit=60)
    member = await wanted_member(call, member_id)
    if through is None or proof_no is None:
        return await member_page(request, call, member_id, form, status=422)

    async def ask(conn: AsyncConnection) -> None:
        await ask_erasure(
            conn,
            person_id=member.person_id,
            asked_by=call.caller_id,
            through=through,  # type: ignore[arg-type]  # one of the three, as chosen
            gives_up=form.values.get("gives_up") == "yes",
            proof_no=proof_no,
            tenant_id=call.tenant_id,
        )

    try:
        await write_transaction(call.service.engine, ask, tenant_id=call.tenant_id)
    except InvalidInput as wrong:
        about = "through" if wrong.attributes()["field"] == "through" else "proof_no"
        form.errors[about] = words_of_refusal(wrong, form.language)
        return await member_page(request, call, member_id, form, status=422)
    return see(f"{data_home(call)}/{member_id}?done=erasure")


@post(MEMBER + "/erasures/decision", opt=may("erasures.decide", step_up=True))
async def erasure_decided(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """Erase, or decline with a reason."""
    form = await read_form(request)
    act = form.choice("act", frozenset({"erase", "decline"}))
    why = form.text("why", required=act == "decline")
    member = await wanted_member(call, member_id)
    if form.errors:
        return await member_page(request, call, member_id, form, status=422)

    async def decide(conn: AsyncConnection) -> None:
        erasure = await find_erasure(conn, person_id=member.person_id)
        if erasure is None:
            raise NotFound(kind="erasure", id="")
        if act == "erase":
            await erase_person(
                conn,
                erasure=erasure,
                decided_by=call.caller_id,
                keys=call.service.personal_keys,
                tenant_id=call.tenant_id,
            )
            return
        await close_erasure(
            conn,
            erasure=erasure,
            state="declined",
            decided_by=call.caller_id,
            reason=why,
            tenant_id=call.tenant_id,
        )

    try:
        await write_transaction(call.service.engine, decide, tenant_id=call.tenant_id)
    except InvalidInput as wrong:
        form.errors["why"] = words_of_refusal(wrong, form.language)
        return await member_page(request, call, member_id, form, status=422)
    call.service.identities.forget_everyone()
    done = "erased" if act == "erase" else "declined"
    return see(f"{data_home(call)}/{member_id}?done={done}")


ROUTES = [erasure_asked, erasure_decided]
