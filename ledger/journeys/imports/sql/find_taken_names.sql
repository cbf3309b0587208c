-- Purpose: which of these names merchants and partners of a programme have, however wide their
--   letters and blanks are.
-- Parameters: $1 tenant int; $2 names text[] as name_key gives them.
-- Result: kind text (merchants, partners); name text, one of $2; id uuid.
-- Locks: none. Errors: none.
SELECT named.kind, named.name, named.id
FROM (
    SELECT
        'merchants' AS kind,
        m.merchant_id AS id,
        regexp_replace(btrim(normalize(m.name, NFKC)), ' +', ' ', 'g') AS name
    FROM foundation.merchant AS m
    WHERE m.tenant_id = $1::int
    UNION ALL
    SELECT
        'partners' AS kind,
        p.partner_id AS id,
        regexp_replace(btrim(normalize(p.name, NFKC)), ' +', ' ', 'g') AS name
    FROM foundation.partner AS p
    WHERE p.tenant_id = $1::int
) AS named
WHERE named.name = ANY ($2::text[])
