-- Purpose: who of several members has agreed to something, by the text in force.
-- Parameters: $1 tenant int; $2 member_id uuid[]; $3 purpose text; $4 text_version int.
-- Result: member_id. Locks: none. Errors: none.
SELECT latest.member_id
FROM (
    SELECT DISTINCT ON (m.member_id) m.member_id, c.given, c.text_version
    FROM foundation.member AS m
    INNER JOIN foundation.consent AS c ON m.person_id = c.person_id AND c.purpose = $3::text
    WHERE m.tenant_id = $1::int AND m.member_id = ANY ($2::uuid[])
    ORDER BY m.member_id, c.recorded_at DESC, c.consent_id DESC
) AS latest
WHERE latest.given AND latest.text_version = $4::int
