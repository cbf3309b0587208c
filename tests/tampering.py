"""Edits of the books behind the engine's back, each with the proof that must find it.

Each is made by a superuser with triggers and foreign keys off. Its last statement returns what the
failing proof must name.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tampering:
    """One edit. ``also``: proofs that cannot but fail with it."""

    proof: str
    title: str
    statements: tuple[str, ...]
    also: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.proof}: {self.title}"


def tamper(proof: str, title: str, *statements: str, also: tuple[str, ...] = ()) -> Tampering:
    """An edit and what finds it."""
    return Tampering(proof, title, statements, frozenset(also))


def account(code: str, holder: str | None = None, book: str = "TB") -> str:
    """The internal number of an account of the busy books, as SQL."""
    who = "IS NULL" if holder is None else f"= '{holder}'"
    return (
        f"(SELECT a.account_id FROM books.account a WHERE a.book_code = '{book}'"
        f" AND a.account_code = '{code}' AND a.holder_id {who})"
    )


def tamperings(holders: dict[str, str]) -> list[Tampering]:
    """Every edit; ``holders`` are the holder ids behind V1, M1 and their like."""
    issuer, pool = account("5101"), account("2201")
    v1, m1, l1 = (
        account(code, holders[name])
        for code, name in (("2101", "V1"), ("2301", "M1"), ("2401", "L1"))
    )
    public_id = "RETURNING (SELECT a.public_id FROM books.account a WHERE a.account_id = {})"
    return [
        tamper(
            "tenant_is_whole",
            "an account that nobody has used yet is gone",
            "DELETE FROM books.account WHERE version = 0 AND account_code = '1201'"
            " RETURNING account_id",
        ),
        tamper(
            "debits_equal_credits",
            "a debit more on one account",
            f"UPDATE books.account SET debits_posted = debits_posted + 1"
            f" WHERE account_id = {issuer} RETURNING book_code",
            also=("totals_are_replayed",),
        ),
        tamper(
            "totals_are_replayed",
            "as much more on both sides of one account",
            f"UPDATE books.account SET debits_posted = debits_posted + 5,"
            f" credits_posted = credits_posted + 5 WHERE account_id = {m1} RETURNING public_id",
        ),
        tamper(
            "balances_are_replayed",
            "another balance on an old line",
            f"UPDATE books.transfer SET debit_balance = debit_balance + 1"
            f" WHERE debit_account_id = {issuer} AND debit_version = 2 RETURNING entry_id",
        ),
        tamper(
            "versions_are_gap_free",
            "the last version skips one",
            f"UPDATE books.transfer SET debit_version = debit_version + 1"
            f" WHERE debit_account_id = {issuer} AND debit_version = (SELECT version"
            f" FROM books.account WHERE account_id = {issuer}) {public_id.format(issuer)}",
        ),
        tamper(
            "floors_hold",
            "a floor that an old balance was below",
            "UPDATE books.chart_account SET floor = 50 WHERE account_code = '2401'",
            f"UPDATE books.account SET floor = 50 WHERE account_id = {l1} RETURNING public_id",
        ),
        tamper(
            "transfers_stay_in_one_book",
            "an emptied account is moved to another book",
            f"UPDATE books.account SET book_code = 'SP' WHERE account_id = {pool}",
            "SELECT t.entry_id FROM books.transfer t WHERE t.credit_account_id ="
            f" {account('2201', book='SP')}",
        ),
        tamper(
            "entries_are_whole",
            "a line with another number",
            f"UPDATE books.transfer SET line_no = 7"
            f" WHERE debit_account_id = {issuer} AND debit_version = 2 RETURNING entry_id",
        ),
        tamper(
            "entries_are_whole",
            "an entry that is gone",
            f"DELETE FROM books.entry WHERE entry_id = (SELECT entry_id FROM books.transfer"
            f" WHERE debit_account_id = {issuer} AND debit_version = 3) RETURNING entry_id",
            also=("commands_have_outcomes", "entries_reach_the_seal"),
        ),
        tamper(
            "commands_have_outcomes",
            "a refusal that is gone",
            "DELETE FROM books.command_refusal RETURNING key",
        ),
        tamper(
            "commands_have_outcomes",
            "a posted entry whose key is gone",
            f"DELETE FROM books.command WHERE entry_id = (SELECT entry_id FROM books.transfer"
            f" WHERE debit_account_id = {issuer} AND debit_version = 2) RETURNING entry_id",
        ),
        tamper(
            "moments_never_go_back",
            "an entry posted later than the next one",
            f"CREATE TEMP TABLE first AS SELECT entry_id FROM books.transfer"
            f" WHERE debit_account_id = {issuer} AND debit_version = 2",
            "UPDATE books.seal_queue SET posted_at = posted_at + interval '1 day'"
            " WHERE batch_id = (SELECT entry_id FROM first)",
            "UPDATE books.entry SET posted_at = posted_at + interval '1 day'"
            " WHERE entry_id = (SELECT entry_id FROM first)",
            f"SELECT public_id FROM books.account WHERE account_id = {issuer}",
        ),
        tamper(
            "moments_never_go_back",
            "an account touched later than its last transfer",
            f"UPDATE books.account SET last_posted_at = last_posted_at + interval '1 day'"
            f" WHERE account_id = {m1} RETURNING public_id",
        ),
        tamper(
            "buckets_add_up",
            "an empty bucket where units do not expire",
            f"INSERT INTO books.expiry_bucket (tenant_id, account_id, expires_on, balance)"
            f" VALUES (1, {m1}, '2030-01-31', 0) {public_id.format(m1)}",
        ),
        tamper(
            "buckets_add_up",
            "a bucket that is gone",
            f"DELETE FROM books.expiry_bucket WHERE account_id = {v1}"
            f" AND expires_on = '2031-01-31' {public_id.format(v1)}",
            also=("buckets_are_replayed",),
        ),
        tamper(
            "buckets_are_replayed",
            "units that expire later than they should",
            f"UPDATE books.expiry_bucket SET balance = balance"
            f" + CASE expires_on WHEN '2031-01-31' THEN 5 ELSE -5 END"
            f" WHERE account_id = {v1} AND balance > 5 {public_id.format(v1)}",
        ),
        tamper(
            "holds_match_their_entries",
            "less captured than was moved",
            "UPDATE books.hold SET captured = captured - 1 WHERE status = 1 RETURNING hold_id",
        ),
        tamper(
            "holds_match_their_entries",
            "a void hold that says it expired",
            "UPDATE books.hold SET status = 3 WHERE status = 2 RETURNING hold_id",
        ),
        tamper(
            "open_holds_are_covered",
            "an open hold that is gone",
            f"DELETE FROM books.hold WHERE status = 0"
            f" {public_id.format(account('2102', holders['V1']))}",
            also=("holds_match_their_entries",),
        ),
        tamper(
            "refunds_match_their_holds",
            "more refunded than was moved",
            "UPDATE books.hold SET refunded = refunded + 1 WHERE status = 1 RETURNING hold_id",
        ),
        tamper(
            "reversals_mirror",
            "a reversal of something else",
            f"UPDATE books.reversal SET reversed_entry_id = (SELECT entry_id FROM books.transfer"
            f" WHERE debit_account_id = {issuer} AND debit_version = 2)"
            " RETURNING reversed_entry_id",
        ),
        tamper(
            "vouchers_are_gap_free",
            "a number is left out",
            "UPDATE books.voucher SET number = 3 WHERE number = 2 AND book_code = 'PG'",
            "UPDATE books.voucher_counter SET last_number = 3 WHERE book_code = 'PG'"
            " RETURNING period",
        ),
        tamper(
            "vouchers_are_gap_free",
            "an entry loses its number",
            "UPDATE books.voucher_counter SET last_number = 1 WHERE book_code = 'PG'",
            "DELETE FROM books.voucher WHERE number = 2 AND book_code = 'PG' RETURNING entry_id",
        ),
        tamper(
            "closed_months_are_recomputed",
            "an entry slipped into a closed month",
            f"UPDATE books.entry SET booked_on = '2024-01-15' WHERE entry_id = (SELECT entry_id"
            f" FROM books.transfer WHERE credit_account_id = {m1} AND credit_version = 1)",
            f"SELECT public_id FROM books.account WHERE account_id = {m1}",
        ),
        tamper(
            "closings_keep_their_hash",
            "other balances of a closed month, by the same amount on both sides",
            f"UPDATE books.period_balance SET debits_posted = debits_posted + 1"
            f" WHERE account_id = {issuer} RETURNING month",
            also=("closed_months_are_recomputed",),
        ),
        tamper(
            "closings_keep_their_hash",
            "another hash",
            "UPDATE books.period SET snapshot_hash = sha256('forged') RETURNING month",
        ),
        tamper(
            "memos_keep_their_commitment",
            "another text",
            "UPDATE books.entry_memo SET memo = 'nothing to see' RETURNING entry_id",
        ),
        tamper(
            "entries_reach_the_seal",
            "a batch that is gone",
            "DELETE FROM books.seal_queue WHERE entry_count = 1 RETURNING batch_id",
        ),
        tamper(
            "accounts_follow_their_chart",
            "a floor taken away",
            f"UPDATE books.account SET floor = NULL WHERE account_id = {v1} RETURNING public_id",
        ),
        tamper(
            "statuses_are_on_record",
            "frozen by nobody",
            f"UPDATE books.account SET status = 1 WHERE account_id = {m1} RETURNING public_id",
        ),
    ]
