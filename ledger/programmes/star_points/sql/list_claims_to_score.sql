-- Purpose: the approved claims of a branch's month in the order of approval, with the caps of
--   their items and what counts towards them already: what the members were awarded in the month,
--   its quarter and its year by whatever branch, in whatever order the months were scored.
-- Parameters: $1 tenant int; $2 branch uuid; $3 month date.
-- Result: claim_id, member_id, item_code, kind, score, month_cap, quarter_cap, year_cap (null:
--   none); of the item: month_awarded, quarter_awarded, year_awarded; of all items of the month:
--   basic_awarded, reward_awarded; all in 1/100 point.
-- Locks: the claims. Errors: none.
SELECT
    c.claim_id, c.member_id, c.item_code, c.kind, c.score, i.month_cap, i.quarter_cap, i.year_cap,
    counted.month_awarded, counted.quarter_awarded, counted.year_awarded, counted.basic_awarded,
    counted.reward_awarded
FROM programmes.star_claim AS c
INNER JOIN programmes.scoring_item AS i
    ON
        c.item_org_unit_id = i.org_unit_id
        AND c.item_code = i.item_code
        AND c.item_valid_from = i.valid_from
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(e.awarded) FILTER (
            WHERE e.item_code = c.item_code AND e.month = $3::date
        ), 0)::int AS month_awarded,
        coalesce(sum(e.awarded) FILTER (
            WHERE
            e.item_code = c.item_code
            AND date_trunc('quarter', e.month::timestamp) = date_trunc('quarter', $3::timestamp)
        ), 0)::int AS quarter_awarded,
        coalesce(sum(e.awarded) FILTER (
            WHERE e.item_code = c.item_code
        ), 0)::int AS year_awarded,
        coalesce(sum(e.awarded) FILTER (
            WHERE e.kind = 'basic' AND e.month = $3::date
        ), 0)::int AS basic_awarded,
        coalesce(sum(e.awarded) FILTER (
            WHERE e.kind = 'reward' AND e.month = $3::date
        ), 0)::int AS reward_awarded
    FROM programmes.star_claim AS e
    WHERE
        e.tenant_id = $1::int
        AND e.member_id = c.member_id
        AND e.status = 'scored'
        AND e.month >= date_trunc('year', $3::timestamp)
        AND e.month < date_trunc('year', $3::timestamp) + interval '1 year'
) AS counted
WHERE
    c.tenant_id = $1::int
    AND c.branch_id = $2::uuid
    AND c.month = $3::date
    AND c.status = 'approved'
ORDER BY c.decided_at, c.claim_id
FOR NO KEY UPDATE OF c
