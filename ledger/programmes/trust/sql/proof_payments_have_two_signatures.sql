-- purpose: prove that every approved payment was signed by two, and paid as it was asked for
-- parameters: tenant
-- result: one row: approved payments checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH approved AS (
    SELECT q.payment_id, q.event_code, q.amount_fen, q.requested_by, d.decided_by, d.entry_id,
        e.event_code AS posted_code, e.caller_id, sum(t.amount) AS paid_fen
    FROM programmes.trust_payment_decision d
    LEFT JOIN programmes.trust_payment_request q
        ON q.tenant_id = $1::int AND q.payment_id = d.payment_id
        AND q.requested_by = d.requested_by
    LEFT JOIN books.account a ON a.tenant_id = $1::int AND a.book_code = 'TR'
        AND a.account_code = '1002' AND a.holder_id = q.bank_account_id
    LEFT JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = d.entry_id
    LEFT JOIN books.transfer t ON t.tenant_id = $1::int AND t.entry_id = d.entry_id
        AND t.credit_account_id = a.account_id
    WHERE d.tenant_id = $1::int AND d.verdict = 'approved'
    GROUP BY q.payment_id, q.event_code, q.amount_fen, q.requested_by, d.decided_by, d.entry_id,
        e.event_code, e.caller_id
),
failing (fact) AS MATERIALIZED (
    SELECT format('payment %s of %s (%s), signed by %s and %s: entry %s (%s, by %s) paid %s',
        a.payment_id, a.amount_fen, a.event_code, a.requested_by, a.decided_by, a.entry_id,
        a.posted_code, a.caller_id, a.paid_fen)
    FROM approved a
    WHERE a.paid_fen IS DISTINCT FROM a.amount_fen
        OR a.posted_code IS DISTINCT FROM a.event_code
        OR a.caller_id IS DISTINCT FROM a.decided_by
        OR a.decided_by IS NOT DISTINCT FROM a.requested_by
)
SELECT
    (SELECT count(*) FROM approved) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
