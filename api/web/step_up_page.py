"""The page that asks once more who one is, with everything typed kept, and the way on for a GET."""

from collections.abc import Mapping
from typing import Any

from litestar import post
from litestar.datastructures import FormMultiDict, UploadFile

from api.auth import FORM_TOKEN_FIELD
from api.gate import Call
from api.kept_forms import FORM_KEY_FIELD
from api.policies import signed_in
from api.refusals import StepUpNeeded
from api.step_up import PROOF_FIELD, TYPED, complaint_of, prove
from api.web.account import local_address
from api.web.addresses import address_before, address_of_return, address_to_open
from api.web.forms import Form
from api.web.frame import FormGuard, Page, PageRequest, empty_form, see, show
from api.web.frame import read_form as read
from api.web.rendering import Place, address_with
from ledger.database import read_transaction
from ledger.foundation.proving import ProofRefused, proof_of
from ledger.foundation.throttling import SignInThrottled

PROVE = "/account/prove"
_BUTTONS = frozenset({"act", "step"})
_OWN_FIELDS = frozenset({FORM_TOKEN_FIELD, FORM_KEY_FIELD, PROOF_FIELD})


def step_up_page(request: PageRequest, place: Place | None, refusal: StepUpNeeded) -> Page:
    """Ask for a proof on the way to what was asked for."""
    form = empty_form(request)
    complaint = complaint_of(request)
    if complaint is not None:
        _complain(form, complaint)
    status = 403 if complaint is None else 422
    typed: Mapping[str, Any] = request.scope["state"].get(TYPED, {})
    pairs = list(typed.multi_items()) if isinstance(typed, FormMultiDict) else []
    if request.method != "POST" or any(isinstance(value, UploadFile) for _, value in pairs):
        asked = address_before(request) if request.method == "POST" else address_with(request)
        return _ask(request, place, form, str(refusal.proof), status, asked=asked or "/")
    kept = [(name, value) for name, value in pairs if name not in _OWN_FIELDS]
    key = typed.get(FORM_KEY_FIELD)
    return _ask(
        request, place, form, str(refusal.proof), status,
        action=address_with(request), kept=kept, key=key,
    )  # fmt: skip


def _ask(
    request: PageRequest,
    place: Place | None,
    form: Form,
    proof: str,
    status: int,
    *,
    action: str = PROVE,
    asked: str = "",
    kept: list[tuple[str, Any]] | None = None,
    key: str | None = None,
) -> Page:
    # of a proof alone nothing is kept
    context: dict[str, Any] = {"retyped": None} if asked else {}
    call: Call | None = request.scope["state"].get("call")
    if key is not None and call is not None:
        # the key of the act that was begun: sent twice, it still acts once
        context["form_guard"] = FormGuard(call.service.identities.form_token(call.caller), key)
    return show(
        request,
        "account/step_up.html",
        place,
        status=status,
        form=form,
        proof=proof,
        action=action,
        kept=kept or [],
        asked=asked,
        has_typed=any(value.strip() for name, value in kept or [] if name not in _BUTTONS),
        back=address_of_return(request, asked) if asked else address_to_open(request),
        field=PROOF_FIELD,
        **context,
    )


@post(PROVE, opt=signed_in())
async def proof_sent(request: PageRequest, call: Call) -> Page:
    """Take a proof and go on to the page that needed it."""
    form = await read(request)
    caller, asked = call.who, form.values.get("next", "")
    if caller.session_token is None:
        return see("/")
    given = form.secret(PROOF_FIELD)
    if not given:
        form.refuse(PROOF_FIELD, "form.required")
    else:
        try:
            await prove(request, call.service, caller, given)
        except (ProofRefused, SignInThrottled) as refusal:
            _complain(form, refusal)
        else:
            return see(local_address(asked))
    assert caller.person is not None, "a session is somebody's"
    async with read_transaction(call.service.engine) as conn:
        proof = await proof_of(conn, person_id=caller.person.person_id)
    return _ask(request, None, form, proof, 422, asked=asked)


def _complain(form: Form, refusal: Exception) -> None:
    if isinstance(refusal, SignInThrottled):
        form.refuse(PROOF_FIELD, "sign_in.too_often", seconds=refusal.retry_after_seconds)
    else:
        form.refuse(PROOF_FIELD, "step_up.wrong")


ROUTES = [proof_sent]
