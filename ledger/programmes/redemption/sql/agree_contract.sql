-- purpose: record a version of a merchant's contract, if it reprices nothing
-- parameters: tenant, merchant, first day, status, fen for 100.00 points, merchant's share in
--         1/10000, whether refunds are allowed, who records it
-- result: whether the merchant exists; the earliest day for a new version: the programme's first
--         at least. The version is there afterwards only if its day is not before that
-- locks: the merchant's row
-- errors: none
WITH merchant AS (
    SELECT m.merchant_id FROM foundation.merchant AS m
    WHERE m.tenant_id = $1::int AND m.merchant_id = $2::uuid
    FOR NO KEY UPDATE
),

earliest AS (
    SELECT greatest(
        (
            SELECT min(b.first_period) FROM books.book AS b WHERE b.tenant_id = $1::int
        ),
        (
            SELECT max(k.valid_from) + 1 FROM programmes.merchant_contract AS k
            WHERE k.tenant_id = $1::int AND k.merchant_id = $2::uuid
        ),
        (
            SELECT max(c.business_day) + 1 FROM programmes.redemption_capture AS c
            WHERE c.tenant_id = $1::int AND c.merchant_id = $2::uuid
        )
    ) AS day
),

recorded AS (
    INSERT INTO programmes.merchant_contract (
        tenant_id, merchant_id, valid_from, status, fen_per_100_points, discount_share_bp,
        refunds_allowed, caller_id, recorded_at
    )
    SELECT
        $1::int,
        merchant.merchant_id,
        $3::date,
        $4::text,
        $5::int,
        $6::int,
        $7::boolean,
        $8::int,
        clock_timestamp()
    FROM merchant
    CROSS JOIN earliest
    WHERE $3::date >= earliest.day
    ON CONFLICT (tenant_id, merchant_id, valid_from) DO NOTHING
)

SELECT
    earliest.day AS earliest,
    EXISTS (SELECT 1 FROM merchant) AS is_merchant
FROM earliest;
