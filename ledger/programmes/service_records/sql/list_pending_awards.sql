-- Purpose: units that members were given without a service and cannot use yet, entry by entry.
-- Parameters: $1 tenant int; $2 events that give them text[]; $3 events that release them text[];
--   $4 member ids uuid[] (null: all).
-- Result: entry_id, member_id, book_code, expires_on (infinity: never), posted_at, booked_on,
--   amount in smallest units; by member, the oldest first.
-- Locks: none. Errors: none.
-- Why: what was corrected away meanwhile is missing from the oldest; what lies there for services
--   is released with them.
WITH pending AS (
    SELECT
        a.account_id, a.book_code, a.holder_id, x.expires_on,
        x.balance - coalesce((
            SELECT
                sum(CASE r.funds WHEN 'time' THEN r.credited_minutes ELSE r.credited_points END)
            FROM programmes.service_record AS r
            WHERE
                r.tenant_id = $1::int
                AND r.provider_id = a.holder_id
                AND r.status = 'verified'
                AND r.funds = CASE a.book_code WHEN 'TB' THEN 'time' ELSE 'points' END
                AND coalesce(r.expires_on, 'infinity') = x.expires_on
        ), 0) AS amount
    FROM books.account AS a
    INNER JOIN books.expiry_bucket AS x
        ON x.tenant_id = $1::int AND a.account_id = x.account_id AND x.balance > 0
    WHERE
        a.tenant_id = $1::int
        AND a.book_code IN ('TB', 'SP')
        AND a.account_code = '2103'
        AND a.status = 0
        AND ($4::uuid[] IS NULL OR a.holder_id = any($4::uuid[]))
),

given AS (
    SELECT
        e.entry_id, e.posted_at, e.booked_on, p.account_id, p.book_code, p.holder_id, p.expires_on,
        p.amount AS there, sum(t.amount) AS amount
    FROM pending AS p
    INNER JOIN books.transfer AS t
        ON
            t.tenant_id = $1::int
            AND p.account_id = t.credit_account_id
            AND p.expires_on = t.expires_on
    INNER JOIN books.entry AS e
        ON e.tenant_id = $1::int AND t.entry_id = e.entry_id AND e.event_code = any($2::text[])
    WHERE
        p.amount > 0
        AND NOT EXISTS (
            SELECT 1
            FROM books.reversal AS v
            WHERE v.tenant_id = $1::int AND v.reversed_entry_id = e.entry_id
        )
        AND NOT EXISTS (
            SELECT 1
            FROM books.transfer AS d
            INNER JOIN books.entry AS f ON f.tenant_id = $1::int AND d.entry_id = f.entry_id
            WHERE
                d.tenant_id = $1::int
                AND d.debit_account_id = p.account_id
                AND d.expires_on = p.expires_on
                AND f.subject_id = e.entry_id
                AND f.event_code = any($3::text[])
        )
    GROUP BY
        e.entry_id, e.posted_at, e.booked_on, p.account_id, p.book_code, p.holder_id, p.expires_on,
        p.amount
),

left_over AS (
    SELECT
        entry_id, holder_id, book_code, expires_on, posted_at, booked_on,
        least(amount, there - coalesce(sum(amount) OVER (
            PARTITION BY account_id, expires_on
            ORDER BY posted_at DESC, entry_id DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0))::bigint AS amount
    FROM given
)

SELECT entry_id, holder_id AS member_id, book_code, expires_on, posted_at, booked_on, amount
FROM left_over
WHERE amount > 0
ORDER BY holder_id, posted_at, entry_id, expires_on
