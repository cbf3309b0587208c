-- Purpose: whether a list of people may enrol somebody twice whom only a name tells.
-- Parameters: $1 tenant int; $2 import_id uuid.
-- Result: lines, the ready ones with the name of a member or an earlier line, where one of
--   the two is bare; sent_before, when a list of the same bytes was confirmed here last, or null.
--   Locks: none. Errors: none.
SELECT
    (
        SELECT count(*)
        FROM foundation.import_line AS l
        WHERE
            l.tenant_id = $1::int AND l.import_id = $2::uuid AND l.state = 'ready'
            AND EXISTS (
                SELECT 1
                FROM unnest(l.warnings) AS w (warning)
                WHERE
                    w.warning = 'name:name_known' OR starts_with(w.warning, 'name:name_twice:')
            )
    )::int AS lines,
    (
        SELECT max(o.confirmed_at)
        FROM foundation.import_file AS o
        WHERE
            o.tenant_id = $1::int AND o.import_id <> f.import_id
            AND o.kind = f.kind AND o.sha256 = f.sha256
    ) AS sent_before
FROM foundation.import_file AS f
WHERE f.tenant_id = $1::int AND f.import_id = $2::uuid
