"""One-time codes: what a member shows at a merchant."""

from litestar import Response, post
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import may
from api.tills import OwnShop, takes_points_at
from api.v1.forms import PROGRAMMES, holder_in_reach
from api.v1.redemption_forms import CodeView, NewCode
from ledger.clock import today
from ledger.foundation.acting_for import begin_acts_for, record_act_for
from ledger.foundation.participation import lock_members
from ledger.programmes.redemption.codes import issue_code
from ledger.programmes.redemption.terms import get_terms


@post(
    PROGRAMMES + "/redemption-codes",
    opt=may("redemptions.authorise"),
    summary="Issue a one-time code",
    tags=["redemptions"],
)
async def issue_one(call: Call, data: JSONBody[NewCode]) -> Response[CodeView]:
    """A code of a member, in the first answer alone; who lost it asks under another key.

    Staff who ask in a member's place say on what ground; the member is told.
    """
    holder_in_reach(call, "member", data.member_id)

    async def issue(conn: AsyncConnection) -> CodeView:
        await _begin(conn, call, data)
        terms = await get_terms(conn, tenant_id=call.tenant_id, on=today())
        code = await issue_code(
            conn,
            tenant_id=call.tenant_id,
            programme_id=call.tenant.public_id,
            member_id=data.member_id,
            keys=call.service.code_keys,
            life_seconds=terms.code_seconds,
            amount_limit=data.amount_limit,
            merchant_id=data.merchant_id,
        )
        await record_act_for(
            conn,
            tenant_id=call.tenant_id,
            member_id=data.member_id,
            caller_id=call.caller_id,
            action="redemption_code.issue",
            object_kind="redemption_code",
            object_id=code.code_id,
        )
        return CodeView(code.code_id, code.token, code.digits, code.expires_at)

    return await once(call, data, issue, shown_once=("token", "digits"))


async def _begin(conn: AsyncConnection, call: GatedCall, data: NewCode) -> None:
    """Tell the member when it is staff who ask; who has a grant for her alone is hers.

    Raises:
        OwnShop: the code would be good at a merchant where the caller takes points.
    """
    if not call.reach.everything:
        return
    ids = [data.member_id]
    held = await lock_members(conn, tenant_id=call.tenant_id, member_ids=ids)
    if held[data.member_id].caller_id != call.caller_id:
        if takes_points_at(call, data.merchant_id):
            raise OwnShop(merchant_id=data.merchant_id)
        await begin_acts_for(
            conn,
            tenant_id=call.tenant_id,
            member_ids=ids,
            caller_id=call.caller_id,
            ground=data.ground,
        )


ROUTES = (issue_one,)
