-- purpose: undo one match, once; its lines are free, its neighbours untouched
-- parameters: tenant; match; reason; caller; moment
-- result: rows inserted, 0 when it was released before
-- locks: the rows of its lines
-- errors: none
WITH released AS (
    INSERT INTO reconciliation.match_release (tenant_id, match_id, reason, caller_id, released_at)
    VALUES ($1::int, $2::uuid, $3::text, $4::int, $5::timestamptz)
    ON CONFLICT (tenant_id, match_id) DO NOTHING
    RETURNING match_id
),

bank AS (
    UPDATE reconciliation.match_bank_line b
    SET live = false
    FROM released
    WHERE b.tenant_id = $1::int AND b.match_id = released.match_id
    RETURNING b.match_id
),

book AS (
    UPDATE reconciliation.match_ledger_line p
    SET live = false
    FROM released
    WHERE p.tenant_id = $1::int AND p.match_id = released.match_id
    RETURNING p.match_id
)

SELECT count(*)::int AS released FROM released;
