-- Purpose: what members, merchants, partners or units are called now.
-- Parameters: $1 tenant int; $2 kind text: people, merchants, partners or org_units; $3 ids uuid[].
-- Result: id uuid; name; number text, a member's volunteer number, else null.
-- Locks: none. Errors: none.
SELECT m.member_id AS id, p.display_name AS name, m.volunteer_no AS number
FROM foundation.member AS m
INNER JOIN foundation.person AS p ON m.person_id = p.person_id
WHERE $2::text = 'people' AND m.tenant_id = $1::int AND m.member_id = ANY ($3::uuid[])
UNION ALL
SELECT m.merchant_id, m.name, NULL
FROM foundation.merchant AS m
WHERE $2::text = 'merchants' AND m.tenant_id = $1::int AND m.merchant_id = ANY ($3::uuid[])
UNION ALL
SELECT p.partner_id, p.name, NULL
FROM foundation.partner AS p
WHERE $2::text = 'partners' AND p.tenant_id = $1::int AND p.partner_id = ANY ($3::uuid[])
UNION ALL
SELECT u.org_unit_id, placed.name, NULL
FROM foundation.org_unit AS u
CROSS JOIN LATERAL (
    SELECT q.name
    FROM foundation.org_unit_placement AS q
    WHERE q.org_unit_id = u.org_unit_id
    ORDER BY q.valid_from DESC
    LIMIT 1
) AS placed
WHERE $2::text = 'org_units' AND u.org_unit_id = ANY ($3::uuid[])
