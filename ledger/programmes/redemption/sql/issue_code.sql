-- purpose: issue a one-time code
-- parameters: tenant, code id, member, keyed hash of the token, keyed hash of the digits, seconds
--         until it expires, limit in 1/100 point (null: none), the only merchant (null: any)
-- result: code id (null: the digits were given out today already; draw again) and moment of expiry;
--         no row: no such member
-- locks: none beyond the new row
-- errors: 23503 when the merchant does not exist
WITH member AS (
    SELECT m.member_id FROM foundation.member AS m
    WHERE m.tenant_id = $1::int AND m.member_id = $3::uuid
),

issued AS (
    INSERT INTO programmes.redemption_code AS c (
        tenant_id, code_id, member_id, token_hash, digits_hash, issued_on, issued_at, expires_at,
        amount_limit, merchant_id
    )
    SELECT
        $1::int,
        $2::uuid,
        member.member_id,
        $4::bytea,
        $5::bytea,
        (x.moment AT TIME ZONE 'Asia/Shanghai')::date,
        x.moment,
        x.moment + make_interval(secs => $6::int),
        $7::bigint,
        $8::uuid
    FROM member
    CROSS JOIN (SELECT clock_timestamp() AS moment) AS x
    ON CONFLICT (tenant_id, digits_hash, issued_on) DO NOTHING
    RETURNING c.code_id, c.expires_at
)

SELECT
    issued.code_id,
    issued.expires_at
FROM member
LEFT JOIN issued ON true;
