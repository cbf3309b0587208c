-- purpose: who is behind callers, for those who check signatures
-- parameters: $1 internal numbers of callers
-- result: caller_id, person_id (public; null: a connected system, or the service itself), name
-- locks: none
-- errors: none
SELECT
    c.caller_id,
    p.public_id AS person_id,
    coalesce(p.display_name, k.name, c.kind) AS name
FROM foundation.caller AS c
LEFT JOIN foundation.person AS p ON c.caller_id = p.caller_id
LEFT JOIN LATERAL (
    SELECT a.name
    FROM foundation.api_key AS a
    WHERE a.caller_id = c.caller_id
    ORDER BY a.created_at DESC
    LIMIT 1
) AS k ON TRUE
WHERE c.caller_id = ANY ($1::int[])
