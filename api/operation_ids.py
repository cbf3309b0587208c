"""What each operation of the interface is called, for clients that are generated from it.

A name is a promise: it stays when words or paths beside it change. ``{}`` becomes ``programme_``
or ``estate_`` where both have the route.
"""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler
from litestar.types import Method

_IDS = {
    "GET /me": "get_me",
    "GET /me/api-keys": "list_my_api_keys",
    "POST /me/api-keys/{api_key_id}/rotation": "replace_my_api_key",
    "POST /me/api-keys/{api_key_id}/revocation": "revoke_my_api_key",
    "GET /me/sessions": "list_my_sessions",
    "POST /me/sessions/{session_id}/end": "end_my_session",
    "GET /me/acts": "list_acts_for_me",
    "POST /me/proofs": "prove_who_i_am",
    "GET /accounts": "list_{}accounts",
    "GET /accounts/{account_id}": "get_{}account",
    "GET /accounts/{account_id}/balance": "get_{}balance",
    "GET /accounts/{account_id}/statement": "get_{}statement",
    "POST /accounts/{account_id}/status": "change_{}account_status",
    "GET /entries": "list_{}entries",
    "POST /entries": "post_{}entry",
    "POST /entries/batch": "post_{}entries",
    "GET /entries/{entry_id}": "get_{}entry",
    "POST /entries/{entry_id}/reversal": "reverse_{}entry",
    "GET /approvals": "list_{}approvals",
    "GET /approvals/{approval_id}": "get_{}approval",
    "POST /approvals/{approval_id}/decision": "decide_{}approval",
    "POST /adjustments": "ask_for_{}adjustment",
    "POST /policy-changes": "ask_for_{}policy_change",
    "GET /grants": "list_{}grants",
    "POST /role-changes": "change_{}role",
    "GET /jobs": "list_jobs",
    "POST /jobs/{job_code}/plan": "plan_job",
    "POST /jobs/{job_code}/run": "run_job",
    "GET /job-runs": "list_job_runs",
    "GET /job-runs/{run_id}": "get_job_run",
    "GET /job-failures": "list_job_failures",
    "POST /holds": "place_{}hold",
    "GET /holds/{hold_id}": "get_{}hold",
    "POST /holds/{hold_id}/capture": "capture_{}hold",
    "POST /holds/{hold_id}/void": "void_{}hold",
    "POST /holds/{hold_id}/refund": "refund_{}hold",
    "GET /books/{book_code}/periods": "list_{}periods",
    "GET /books/{book_code}/trial-balance": "get_{}trial_balance",
    "POST /periods/close": "close_{}period",
    "POST /periods/reopen": "reopen_{}period",
    "GET /members": "list_members",
    "POST /members": "enrol_member",
    "GET /merchants": "list_merchants",
    "POST /merchants": "enrol_merchant",
    "POST /merchants/{merchant_id}/contracts": "agree_contract",
    "GET /service-records": "list_service_records",
    "POST /service-records": "record_service",
    "GET /service-records/{record_id}": "get_service_record",
    "POST /service-records/{record_id}/decision": "decide_service_record",
    "POST /conversions": "convert_minutes",
    "POST /redemption-codes": "issue_redemption_code",
    "GET /redemptions": "list_redemptions",
    "POST /redemptions": "authorise_redemption",
    "GET /redemptions/{redemption_id}": "get_redemption",
    "POST /redemptions/{redemption_id}/capture": "capture_redemption",
    "POST /redemptions/{redemption_id}/void": "void_redemption",
    "POST /redemptions/{redemption_id}/refund": "refund_redemption",
    "GET /branches": "list_branches",
    "GET /star-items": "list_star_items",
    "GET /star-claims": "list_star_claims",
    "POST /star-claims": "propose_star_claim",
    "POST /star-claims/{claim_id}/decision": "decide_star_claim",
    "POST /star-months": "score_star_month",
    "GET /star-results": "list_star_results",
    "POST /star-releases": "release_star_results",
    "GET /units": "list_units",
    "POST /units": "register_unit",
    "GET /units/{unit_id}": "get_unit",
    "GET /counterparties": "list_counterparties",
    "POST /counterparties": "register_counterparty",
    "GET /fee-rates": "list_fee_rates",
    "POST /fee-rates": "set_fee_rate",
    "GET /fee-bills": "list_fee_bills",
    "POST /fee-bills": "bill_fees",
    "POST /receipts": "record_receipt",
    "POST /receipts/by-code": "record_receipt_by_code",
    "POST /receipts/identified": "identify_receipt",
    "POST /expenses": "accrue_expense",
    "POST /bank-events": "record_bank_event",
    "POST /deposits": "record_deposit",
    "POST /revenue-bills": "bill_revenue",
    "POST /revenue-receipts": "record_revenue_receipt",
    "POST /provider-settlements": "record_provider_settlement",
    "GET /payments": "list_payments",
    "POST /payments": "request_payment",
    "GET /payments/{payment_id}": "get_payment",
    "POST /payments/{payment_id}/decision": "decide_payment",
    "GET /unsigned-outflows": "list_unsigned_outflows",
    "GET /bank-accounts": "list_bank_accounts",
    "POST /bank-accounts": "register_bank_account",
    "POST /bank-accounts/{bank_account_id}/statement-files": "import_statement_file",
    "POST /bank-accounts/{bank_account_id}/matching-runs": "run_matching",
    "GET /bank-accounts/{bank_account_id}/matches": "list_matches",
    "GET /bank-accounts/{bank_account_id}/breaks": "list_breaks",
    "GET /bank-accounts/{bank_account_id}/adjustment-statement": "get_adjustment_statement",
    "GET /bank-accounts/{bank_account_id}/adjustment-statement.xlsx": (
        "download_adjustment_statement"
    ),
    "GET /bank-accounts/{bank_account_id}/statement-lines": "list_statement_lines",
    "POST /matches/{match_id}/undoing": "undo_match",
    "POST /statement-files": "import_any_statement_file",
    "GET /bank-statements": "list_bank_statements",
    "POST /attachments": "attach_{}file",
    "GET /attachments": "list_{}attachments",
    "POST /attachments/{attachment_id}/detaching": "detach_{}file",
    "GET /files/{file_id}": "get_{}file",
    "POST /webhooks": "create_{}webhook",
    "GET /webhooks": "list_{}webhooks",
    "POST /webhooks/{webhook_id}/secret": "rotate_{}webhook_secret",
    "POST /webhooks/{webhook_id}/state": "change_{}webhook",
    "POST /webhooks/{webhook_id}/ping": "ping_{}webhook",
    "GET /webhooks/{webhook_id}/deliveries": "list_{}webhook_deliveries",
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/replay": "replay_{}webhook_delivery",
    "GET /health/live": "check_liveness",
    "GET /health/ready": "check_readiness",
}
_FORMS = {"programmes": "programme_", "estates": "estate_"}


def operation_id(handler: HTTPRouteHandler, method: Method, components: Sequence[object]) -> str:
    """The name of an operation; ``components`` are the parts of its path.

    Raises:
        KeyError: the route has none; give it one above.
    """
    parts = [part if isinstance(part, str) else f"{{{part.name}}}" for part in components]  # type: ignore[attr-defined]
    form = ""
    if parts[0] == "v1":
        parts = parts[1:]
    if parts[0] in _FORMS:
        form, parts = _FORMS[parts[0]], parts[2:]
    return _IDS[f"{method.upper()} /{'/'.join(parts)}"].format(form)
