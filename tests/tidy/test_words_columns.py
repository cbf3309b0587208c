"""Every column that keeps what somebody writes goes by the rule of free words, or says why not."""

import re

import pytest
from sqlalchemy import Text

from ledger.schema import metadata
from tests.tidy.sources import ROOT, text_of

#: Names under which words are kept that people choose.
WRITTEN = re.compile(
    r"reason$|evidence$|words|memo$|^notes?$|remark$|label|^name$|_name$|purpose$|^ground$"
    r"|^activity$|^place$|(proof|paper|document|order)_no$|^room$|^building$|_reference$"
    r"|^number$|^counterparty$|^about$|^device$|^subject$"
)
SERVICES = "ledger/programmes/service_records"
#: Where the rule is applied: the module that takes the words.
BY_RULE = {
    "books.account_change.reason": "ledger/foundation/account_standing.py",
    "books.period_change.reason": "ledger/foundation/month_closing.py",
    "foundation.approval_decision.reason": "ledger/journeys/approvals/reasons.py",
    "foundation.approval_request.reason": "ledger/journeys/approvals/reasons.py",
    "foundation.consent.paper_no": "ledger/foundation/consents.py",
    "foundation.erasure.decision_reason": "ledger/foundation/erasures.py",
    "foundation.erasure.proof_no": "ledger/foundation/erasures.py",
    "foundation.guardianship.end_reason": "ledger/foundation/guardians.py",
    "foundation.guardianship.evidence": "ledger/foundation/guardians.py",
    "foundation.kinship.end_reason": "ledger/foundation/kinship.py",
    "foundation.kinship.evidence": "ledger/foundation/kinship.py",
    "foundation.member_group.name": "ledger/foundation/groups.py",
    "foundation.merchant_terminal.name": "ledger/foundation/terminals.py",
    "foundation.name_change.reason": "ledger/foundation/member_search.py",
    "foundation.objection.decision_reason": "ledger/foundation/objections.py",
    "foundation.objection.reason": "ledger/foundation/objections.py",
    "foundation.participation_change.reason": "ledger/foundation/participation.py",
    "foundation.role_grant.end_reason": "ledger/journeys/approvals/role_changes.py",
    "programmes.service_record.activity": f"{SERVICES}/records.py",
    "programmes.service_record.decision_reason": f"{SERVICES}/verification.py",
    "programmes.service_record.place": f"{SERVICES}/records.py",
    "programmes.star_claim.evidence": "ledger/programmes/star_points/claims.py",
    "programmes.trust_payment_decision.reason": "ledger/programmes/trust/payments.py",
    "programmes.trust_payment_request.purpose": "ledger/programmes/trust/payments.py",
    "reconciliation.match_release.reason": "reconciliation/matches.py",
}
#: What goes by none, and why.
BY_NONE = {
    "books.entry_memo.memo": "erased with whose entry it is; cites numbers of vouchers and banks",
    "foundation.api_key.name": "of a system or till; her own is erased",
    "foundation.audit_log.reason": "the reasons above again, and what the system says itself",
    "foundation.consent.purpose": "one of a list",
    "foundation.disclosure.purpose": "one of a list",
    "foundation.estate.name": "an estate",
    "foundation.household.number": "of a household in the place's register",
    "foundation.import_file.file_name": "of a file, for those who sent it",
    "foundation.merchant.name": "a shop, as its licence says",
    "foundation.merchant_terminal.number": "of a till",
    "foundation.notice.about": "written by the service, without names",
    "foundation.org_unit_placement.name": "a unit",
    "foundation.partner.name": "an organisation",
    "foundation.party_branch.name": "a branch",
    "foundation.person.display_name": "whose name it is; replaced when she is erased",
    "foundation.policy.document_no": "of a rule",
    "foundation.policy_proposal.document_no": "of a rule",
    "foundation.programme.name": "a programme",
    "foundation.session.device": "read from what a browser calls itself; ends thirty days after it",
    "foundation.sign_in_method.subject": "whose sign-in it is; ends with it",
    "programmes.redemption.merchant_reference": "a till's own number, made by machines",
    "programmes.scoring_item.evidence": "a rule",
    "programmes.scoring_item.name": "a rule",
    "programmes.trust_cash_detail.counterparty": "who paid or was paid, a voucher of 30 years",
    "programmes.trust_cash_detail.order_no": "of an order or slip",
    "programmes.trust_cash_detail.room": "a room of an estate",
    "programmes.trust_counterparty.name": "who is paid by an estate, a voucher of 30 years",
    "programmes.trust_fee_rate.document_no": "of a rule",
    "programmes.trust_unit.building": "a building of an estate",
    "programmes.trust_unit.room": "a room of an estate",
    "reconciliation.bank_account.account_name": "as the bank calls an estate's account",
    "reconciliation.statement_file.name": "of a bank's file",
    "reconciliation.statement_line.bank_reference": "a bank's number",
    "reconciliation.statement_line.counterparty_name": "as the bank wrote it; expires",
    "reconciliation.statement_line.remark": "as the bank wrote it; expires",
}
RULES = re.compile(r"\b(?:told_words|told_reason|refuse_numbers)\(")


def written() -> set[str]:
    return {
        f"{table.fullname}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text) and WRITTEN.search(column.name)
    }


def test_every_column_of_words_goes_by_the_rule_or_says_why_not() -> None:
    assert set(BY_RULE).isdisjoint(BY_NONE)
    assert written() == set(BY_RULE) | set(BY_NONE)


@pytest.mark.parametrize("module", sorted(set(BY_RULE.values())))
def test_whoever_takes_words_applies_the_rule(module: str) -> None:
    assert RULES.search(text_of(ROOT / module)), module
