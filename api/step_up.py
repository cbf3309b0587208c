"""Step-up: a sensitive act asks once more who one is, then goes on with what was typed.

A route says ``opt=may("…", step_up=True)``. A page is asked for on the way: the form comes back
with one more field, everything typed in it repeated, and acts when it is sent with the proof.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from api.auth import Caller, Connection
from api.policies import Policy
from api.refusals import StepUpNeeded
from api.service import Service
from ledger.clock import now
from ledger.database import read_transaction
from ledger.errors import LedgerError
from ledger.foundation.proving import ProofRefused, proof_of, prove_again
from ledger.foundation.throttling import SignInThrottled

#: The field of a form that carries the proof: a code, or the password.
PROOF_FIELD = "step_up_proof"
#: Where the gate leaves the form that it read, so that the page can repeat it.
TYPED, COMPLAINT = "step_up_typed", "step_up_complaint"


async def require_proof(
    connection: Connection, service: Service, policy: Policy, caller: Caller | None
) -> None:
    """Let a sensitive act pass when its session has a fresh proof, or brings one along.

    Raises:
        StepUpNeeded: it has none, or the proof that came is wrong.
    """
    if policy.step_up and caller is not None:
        await require_fresh_proof(connection, service, caller)


async def require_fresh_proof(connection: Connection, service: Service, caller: Caller) -> None:
    """The same for a handler that first refuses what is wrong in a form.

    Raises:
        StepUpNeeded: the session has no fresh proof, or the proof that came is wrong.
    """
    if caller.session_token is None:
        return
    minutes = service.settings.step_up_minutes
    if await service.identities.has_proved_since(caller, now() - timedelta(minutes=minutes)):
        return
    assert caller.person is not None, "a session is somebody's"
    form: Mapping[str, Any] = connection.scope["state"].get(TYPED, {})
    given = form.get(PROOF_FIELD)
    if isinstance(given, str) and given:
        try:
            await prove(connection, service, caller, given)
        except (ProofRefused, SignInThrottled) as refusal:
            connection.scope["state"][COMPLAINT] = refusal
        else:
            return
    async with read_transaction(service.engine) as conn:
        proof = await proof_of(conn, person_id=caller.person.person_id)
    raise StepUpNeeded(proof=proof, limit_minutes=minutes)


async def prove(connection: Connection, service: Service, caller: Caller, given: str) -> None:
    """Take a proof of a session's holder.

    Raises:
        ProofRefused: it is wrong.
        SignInThrottled: too many were.
    """
    assert caller.person is not None, "a session is somebody's"
    assert caller.session_token is not None, "a key proves nothing"
    await prove_again(
        service.engine,
        person=caller.person,
        token=caller.session_token,
        given=given,
        keys=service.personal_keys,
        address=connection.client.host if connection.client else "",
    )
    service.identities.forget_session(caller.session_token)


def complaint_of(connection: Connection) -> LedgerError | None:
    """Why a proof that was given did not do; None when none was given."""
    found: LedgerError | None = connection.scope["state"].get(COMPLAINT)
    return found
