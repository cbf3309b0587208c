-- purpose: prove that purchases, captures and refunds say what their holds say
-- parameters: tenant
-- result: one row: purchases checked; facts about at most 20 that fail
-- locks: none
-- errors: none
WITH purchase AS (
    SELECT x.redemption_id, x.amount, x.member_id, h.amount AS held, h.status,
        h.captured, h.refunded, h.resolving_entry_id, a.holder_id, c.points, c.entry_id,
        c.value_fen, c.payable_fen, c.fen_per_100_points, c.discount_share_bp,
        c.redemption_id IS NOT NULL AS is_captured
    FROM programmes.redemption x
    LEFT JOIN books.hold h ON h.tenant_id = $1::int AND h.hold_id = x.redemption_id
    LEFT JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = h.account_id
    LEFT JOIN programmes.redemption_capture c
        ON c.tenant_id = $1::int AND c.redemption_id = x.redemption_id
    WHERE x.tenant_id = $1::int
),
given AS (
    SELECT r.redemption_id, sum(r.points) AS points, sum(r.value_fen) AS value_fen,
        sum(r.payable_fen) AS payable_fen
    FROM programmes.redemption_refund r
    WHERE r.tenant_id = $1::int
    GROUP BY r.redemption_id
),
failing (fact) AS MATERIALIZED (
    SELECT format('purchase %s of %s by member %s: its hold has %s of member %s',
        p.redemption_id, p.amount, p.member_id, p.held, p.holder_id)
    FROM purchase p
    WHERE p.held IS DISTINCT FROM p.amount OR p.holder_id IS DISTINCT FROM p.member_id
    UNION ALL
    SELECT format('purchase %s: %s captured; its hold captured %s',
        p.redemption_id, p.points, p.captured)
    FROM purchase p
    WHERE coalesce(p.points, 0) IS DISTINCT FROM p.captured
        OR p.is_captured <> (p.status = 1)
        OR (p.is_captured AND p.entry_id IS DISTINCT FROM p.resolving_entry_id)
    UNION ALL
    SELECT format('purchase %s: %s refunded; its hold refunded %s',
        p.redemption_id, coalesce(g.points, 0), p.refunded)
    FROM purchase p
    LEFT JOIN given g ON g.redemption_id = p.redemption_id
    WHERE coalesce(g.points, 0) IS DISTINCT FROM p.refunded
    UNION ALL
    SELECT format('purchase %s: %s fen, %s payable for %s points; refunds took back %s and %s',
        p.redemption_id, p.value_fen, p.payable_fen, p.points, g.value_fen, g.payable_fen)
    FROM purchase p
    LEFT JOIN given g ON g.redemption_id = p.redemption_id
    CROSS JOIN LATERAL (
        SELECT div(p.points::numeric * p.fen_per_100_points + 5000, 10000) AS taken,
            div((p.points - coalesce(g.points, 0)) * p.fen_per_100_points + 5000, 10000) AS kept
    ) v
    WHERE p.is_captured AND (
        p.value_fen <> v.taken
        OR p.payable_fen <> v.taken - div(v.taken * p.discount_share_bp + 5000, 10000)
        OR p.value_fen - coalesce(g.value_fen, 0) <> v.kept
        OR p.payable_fen - coalesce(g.payable_fen, 0)
            <> v.kept - div(v.kept * p.discount_share_bp + 5000, 10000))
)
SELECT
    (SELECT count(*) FROM purchase) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
