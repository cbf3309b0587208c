-- purpose: what was done with a purchase, each with its entry
-- parameters: tenant; purchase
-- result: act (held, captured, refunded), entry, caller, till (null: not told), 1/100 point,
--         moment; in the order done
-- locks: none
-- errors: none
SELECT
    a.act, a.entry_id, a.caller_id, coalesce(t.name, nullif(a.terminal, '')) AS till, a.points,
    a.done_at
FROM (
    SELECT
        'held' AS act, x.redemption_id AS entry_id, x.caller_id, x.terminal, x.amount AS points,
        x.occurred_at AS done_at, x.merchant_id
    FROM programmes.redemption AS x
    WHERE x.tenant_id = $1::int AND x.redemption_id = $2::uuid
    UNION ALL
    SELECT
        'captured', c.entry_id, c.caller_id, c.terminal, c.points, c.captured_at, c.merchant_id
    FROM programmes.redemption_capture AS c
    WHERE c.tenant_id = $1::int AND c.redemption_id = $2::uuid
    UNION ALL
    SELECT
        'refunded', r.entry_id, r.caller_id, r.terminal, r.points, r.refunded_at, r.merchant_id
    FROM programmes.redemption_refund AS r
    WHERE r.tenant_id = $1::int AND r.redemption_id = $2::uuid
) AS a
LEFT JOIN foundation.merchant_terminal AS t
    ON t.tenant_id = $1::int AND a.merchant_id = t.merchant_id AND a.terminal = t.number
ORDER BY a.done_at, a.entry_id;
