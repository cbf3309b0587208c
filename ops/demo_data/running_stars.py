"""Carry out a branch's plan of star points: propose, approve, score, release."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.programmes.star_points.claims import decide_claim, propose_item
from ledger.programmes.star_points.release import release_stars
from ledger.programmes.star_points.scoring import score_month
from ops.demo_data.built import BuiltProgramme
from ops.demo_data.days import Span
from ops.demo_data.people import SYSTEM
from ops.demo_data.progress import Progress
from ops.demo_data.stars import ClaimPlan, StarMonth, first_release_after


async def run_branch(
    engine: AsyncEngine,
    built: BuiltProgramme,
    months: Sequence[StarMonth],
    span: Span,
    progress: Progress,
) -> None:
    """Every month of the first branch up to now.

    Raises:
        LedgerError: something planned was refused.
    """
    tenant_id = built.tenant.tenant_id
    for month in months:

        async def run_month(conn: AsyncConnection, month: StarMonth = month) -> None:
            for claim in month.claims:
                await _claim(conn, built, claim)
            if month.scored_at is None:
                return
            await score_month(
                conn,
                tenant_id=tenant_id,
                branch_id=built.branches[0],
                month=month.month,
                caller_id=built.secretary.caller_id,
                at=month.scored_at,
            )
            on = first_release_after(month.scored_at)
            if on <= span.today:
                await release_stars(conn, tenant_id=tenant_id, on=on, caller_id=SYSTEM)

        await write_transaction(engine, run_month, tenant_id=tenant_id)
        progress.advance(len(month.claims))


async def _claim(conn: AsyncConnection, built: BuiltProgramme, plan: ClaimPlan) -> None:
    """Proposed by the secretary, approved by the community."""
    member_id: UUID = built.members[plan.member].member.member_id
    claim = await propose_item(
        conn,
        tenant_id=built.tenant.tenant_id,
        member_id=member_id,
        item_code=plan.item,
        happened_on=plan.happened_on,
        evidence=plan.evidence,
        caller_id=built.secretary.caller_id,
        at=plan.proposed_at,
    )
    if plan.approved_at is not None:
        await decide_claim(
            conn,
            tenant_id=built.tenant.tenant_id,
            claim_id=claim.claim_id,
            decision="approved",
            caller_id=built.verifier.caller_id,
            at=plan.approved_at,
        )
