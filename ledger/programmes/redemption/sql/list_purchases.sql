-- purpose: purchases with all that became of them
-- parameters: tenant; then each a filter, null where it does not matter: purchase; merchant;
--         terminal; the merchant's transaction number; member; day in Shanghai on which something
--         was authorised, captured or refunded (with a merchant only); page size; purchase after
--         which the page begins (newest first)
-- result: purchases, the newest first; the member's name is masked
-- locks: none
-- errors: none
SELECT
    x.redemption_id,
    x.member_id,
    left(p.display_name, 1) || '*' AS member_name,
    x.merchant_id,
    mt.name AS merchant_name,
    x.terminal,
    x.merchant_reference,
    x.amount,
    h.captured,
    h.refunded,
    CASE
        WHEN h.status = 0 AND h.expires_at <= clock_timestamp() THEN 3
        ELSE h.status
    END AS status,
    x.occurred_at,
    h.expires_at,
    c.captured_at,
    c.fen_per_100_points,
    c.value_fen - coalesce(r.value_fen, 0) AS value_fen,
    c.payable_fen - coalesce(r.payable_fen, 0) AS payable_fen,
    c.refundable
FROM programmes.redemption AS x
INNER JOIN books.hold AS h ON h.tenant_id = $1::int AND h.hold_id = x.redemption_id
INNER JOIN foundation.merchant AS mt
    ON mt.tenant_id = $1::int AND mt.merchant_id = x.merchant_id
INNER JOIN foundation.member AS m ON m.tenant_id = $1::int AND m.member_id = x.member_id
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
LEFT JOIN programmes.redemption_capture AS c
    ON c.tenant_id = $1::int AND c.redemption_id = x.redemption_id
LEFT JOIN LATERAL (
    SELECT
        sum(f.value_fen)::bigint AS value_fen,
        sum(f.payable_fen)::bigint AS payable_fen
    FROM programmes.redemption_refund AS f
    WHERE f.tenant_id = $1::int AND f.redemption_id = x.redemption_id
) AS r ON true
WHERE
    x.tenant_id = $1::int
    AND ($2::uuid IS NULL OR x.redemption_id = $2::uuid)
    AND ($3::uuid IS NULL OR x.merchant_id = $3::uuid)
    AND ($4::text IS NULL OR x.terminal = $4::text)
    AND ($5::text IS NULL OR x.merchant_reference = $5::text)
    AND ($6::uuid IS NULL OR x.member_id = $6::uuid)
    AND (
        $7::date IS NULL
        OR x.redemption_id IN (
            SELECT d.redemption_id FROM programmes.redemption AS d
            WHERE d.tenant_id = $1::int AND d.merchant_id = $3::uuid AND d.business_day = $7::date
            UNION ALL
            SELECT d.redemption_id FROM programmes.redemption_capture AS d
            WHERE d.tenant_id = $1::int AND d.merchant_id = $3::uuid AND d.business_day = $7::date
            UNION ALL
            SELECT d.redemption_id FROM programmes.redemption_refund AS d
            WHERE d.tenant_id = $1::int AND d.merchant_id = $3::uuid AND d.business_day = $7::date
        )
    )
    AND ($9::uuid IS NULL OR x.redemption_id < $9::uuid)
ORDER BY x.redemption_id DESC
LIMIT $8::int;
