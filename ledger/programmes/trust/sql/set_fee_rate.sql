-- purpose: record a fee rate, if it changes no month that is billed
-- parameters: tenant, first day, fen per m² and month, resolution, who records it
-- result: whether it was recorded; the earliest month for a new rate (null: any)
-- locks: none beyond the new row
-- errors: none
WITH earliest AS (
    SELECT (greatest(
        (SELECT max(r.valid_from) FROM programmes.trust_fee_rate r WHERE r.tenant_id = $1::int),
        (
            SELECT max(b.month) FROM programmes.trust_fee_bill b
            CROSS JOIN LATERAL (VALUES (b.billed_entry_id), (b.recognised_entry_id))
                AS p (entry_id)
            LEFT JOIN books.reversal r ON r.tenant_id = $1::int
                AND r.reversed_entry_id = p.entry_id
            WHERE b.tenant_id = $1::int AND p.entry_id IS NOT NULL AND r.entry_id IS NULL
        )
    ) + INTERVAL '1 month')::date AS month
),

recorded AS (
    INSERT INTO programmes.trust_fee_rate
        (tenant_id, valid_from, fen_per_m2, document_no, caller_id, recorded_at)
    SELECT $1::int, $2::date, $3::int, $4::text, $5::int, clock_timestamp()
    FROM earliest e
    WHERE e.month IS NULL OR $2::date >= e.month
    ON CONFLICT (tenant_id, valid_from) DO NOTHING
    RETURNING valid_from
)

SELECT EXISTS (SELECT 1 FROM recorded) AS is_recorded, e.month AS earliest
FROM earliest e;
