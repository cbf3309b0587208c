-- Purpose: whether a merchant, partner or team has a name, however wide its letters and blanks are.
-- Parameters: $1 tenant int; $2 kind text (merchant, partner, group); $3 name text as name_key
--   gives it.
-- Result: true or false. Locks: none; lock_names comes first. Errors: none.
SELECT EXISTS (
    SELECT 1
    FROM (
        SELECT m.name FROM foundation.merchant AS m
        WHERE m.tenant_id = $1::int AND $2::text = 'merchant'
        UNION ALL
        SELECT p.name FROM foundation.partner AS p
        WHERE p.tenant_id = $1::int AND $2::text = 'partner'
        UNION ALL
        SELECT g.name FROM foundation.member_group AS g
        WHERE g.tenant_id = $1::int AND $2::text = 'group'
    ) AS named
    WHERE regexp_replace(btrim(normalize(named.name, NFKC)), ' +', ' ', 'g') = $3::text
)
