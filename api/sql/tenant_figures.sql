-- purpose: figures of one tenant for monitoring
-- parameters: $1 tenant int; $2 today date
-- result: one row: deliveries that are due, age of the oldest in seconds, deliveries given up, days
--   since the last one that a bank account's statements cover (0: no account, or none imported)
-- locks: none
-- errors: none
SELECT
    (
        SELECT count(*) FROM foundation.webhook_delivery AS d
        WHERE d.tenant_id = $1::int AND d.state = 'due'
    ) AS webhooks_waiting,
    (
        SELECT coalesce(extract(epoch FROM now() - min(d.first_due_at)), 0)::bigint
        FROM foundation.webhook_delivery AS d
        WHERE d.tenant_id = $1::int AND d.state = 'due'
    ) AS webhook_age_seconds,
    (
        SELECT count(*) FROM foundation.webhook_delivery AS d
        WHERE d.tenant_id = $1::int AND d.state = 'dead'
            AND d.first_due_at > now() - interval '7 days'
    ) AS webhooks_dead,
    (
        SELECT coalesce(max($2::date - s.covered_to), 0)
        FROM (
            SELECT max(t.period_to) AS covered_to FROM reconciliation.statement AS t
            WHERE t.tenant_id = $1::int
            GROUP BY t.bank_account_id
        ) AS s
    ) AS statement_lag_days
