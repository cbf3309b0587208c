-- Purpose: tell people something, each of them once for a subject and day.
-- Parameters: $1 kind; who, one of: $2 person bigint, $3 caller int (the person behind it),
--   $4 member uuid of the tenant, $5 permission held for the whole tenant; $6 caller int to leave
--   out, or null; $7 tenant int or null; $8 subject uuid or null; $9 about; $10 amount bigint or
--   null, smallest units of $11 unit; $12 day date or null; $13 moment timestamptz; $14 roles that
--   do not hold the permission in an estate reached through a unit or the platform text[].
-- Result: none; rows written are the people told.
-- Locks: none. Errors: none; what was told before is left as it is.
INSERT INTO foundation.notice (
    notice_id, person_id, kind, scope_tenant_id, subject_id, about, amount, unit_code, day,
    created_at
)
SELECT
    gen_random_uuid(), p.person_id, $1::text, $7::int, $8::uuid, $9::text, $10::bigint, $11::text,
    $12::date, $13::timestamptz
FROM foundation.person AS p
WHERE
    p.caller_id IS DISTINCT FROM $6::int
    AND p.person_id IN (
        SELECT $2::bigint
        UNION ALL
        SELECT c.person_id FROM foundation.person AS c WHERE c.caller_id = $3::int
        UNION ALL
        SELECT m.person_id
        FROM foundation.member AS m
        WHERE m.tenant_id = $7::int AND m.member_id = $4::uuid
        UNION ALL
        SELECT h.person_id
        FROM foundation.role_permission AS r
        INNER JOIN foundation.role_grant AS g ON r.role_code = g.role_code
        INNER JOIN foundation.person AS h ON g.caller_id = h.caller_id
        WHERE
            r.permission = $5::text
            AND NOT r.is_limited
            AND (
                g.scope_tenant_id = $7::int
                OR (g.scope_tenant_id IS NULL AND g.org_unit_id IS NULL)
                OR $7::int IN (
                    SELECT t.scope_tenant_id
                    FROM foundation.tenants_in_unit(
                        g.org_unit_id, ($13::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
                    ) AS t
                )
            )
            AND NOT (
                g.role_code = ANY($14::text [])
                AND g.scope_tenant_id IS NULL
                AND $7::int IN (SELECT e.scope_tenant_id FROM foundation.estate AS e)
            )
            AND g.valid_from <= $13::timestamptz
            AND (g.valid_to IS NULL OR g.valid_to > $13::timestamptz)
    )
ON CONFLICT DO NOTHING
