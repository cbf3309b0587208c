-- purpose: prove four things of each account, in one pass over its transfers: versions have no
--         gaps, stored balances are running sums, none is below the floor, moments never go back
-- parameters: tenant
-- result: one row a proof: its name; sides of transfers checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: sorting all transfers by account and version is what costs, so it is done once
WITH posting AS (
    SELECT t.debit_account_id AS account_id, t.debit_version AS version, t.amount AS debited,
        t.debit_balance AS balance, t.entry_id, t.line_no, e.posted_at
    FROM books.transfer t
    LEFT JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = t.entry_id
    WHERE t.tenant_id = $1::int
    UNION ALL
    SELECT t.credit_account_id, t.credit_version, -t.amount, t.credit_balance, t.entry_id,
        t.line_no, e.posted_at
    FROM books.transfer t
    LEFT JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = t.entry_id
    WHERE t.tenant_id = $1::int
),
replay AS (
    SELECT p.*,
        lag(p.version, 1, 0::bigint) OVER w AS previous_version,
        lag(p.posted_at) OVER w AS previous_moment,
        lead(p.version) OVER w IS NULL AS is_last,
        sum(p.debited) OVER w AS net
    FROM posting p
    WINDOW w AS (PARTITION BY p.account_id ORDER BY p.version ROWS UNBOUNDED PRECEDING)
),
failing AS MATERIALIZED (
    SELECT x.name, x.fact
    FROM replay r
    JOIN books.account a ON a.tenant_id = $1::int AND a.account_id = r.account_id
    CROSS JOIN LATERAL (VALUES
        ('versions_are_gap_free', r.version <> r.previous_version + 1,
            format('account %s: version %s follows %s', a.public_id, r.version,
                r.previous_version)),
        ('balances_are_replayed', r.balance <> r.net * a.normal_side,
            format('entry %s line %s: account %s version %s has balance %s; replayed %s',
                r.entry_id, r.line_no, a.public_id, r.version, r.balance, r.net * a.normal_side)),
        ('floors_hold', r.balance < a.floor,
            format('entry %s line %s: account %s version %s has balance %s, floor %s',
                r.entry_id, r.line_no, a.public_id, r.version, r.balance, a.floor)),
        ('moments_never_go_back', r.posted_at < r.previous_moment,
            format('account %s version %s, entry %s: posted at %s, after %s', a.public_id,
                r.version, r.entry_id, r.posted_at, r.previous_moment)),
        ('moments_never_go_back', r.is_last AND a.last_posted_at <> r.posted_at,
            format('account %s: last posted at %s, its last transfer at %s', a.public_id,
                a.last_posted_at, r.posted_at))
    ) AS x (name, fails, fact)
    WHERE x.fails
        AND (r.version <> r.previous_version + 1
            OR r.balance <> r.net * a.normal_side
            OR r.balance < a.floor
            OR r.posted_at < r.previous_moment
            OR r.is_last AND a.last_posted_at <> r.posted_at)
)
SELECT n.name, (SELECT 2 * count(*) FROM books.transfer t WHERE t.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f WHERE f.name = n.name LIMIT 20) AS failures
FROM unnest(ARRAY['versions_are_gap_free', 'balances_are_replayed', 'floors_hold',
    'moments_never_go_back']) AS n (name);
