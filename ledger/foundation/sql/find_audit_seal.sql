-- Purpose: the head of the chain, and the number of a line from which on unsealed ones are looked
--   for: the last of a seal made a day ago. No transaction of ours lasts a day.
-- Parameters: none.
-- Result: seal_no (0: none), chain_hash, sealed_at, sealed_to. Locks: none. Errors: none.
SELECT
    coalesce(s.seal_no, 0) AS seal_no,
    s.chain_hash,
    s.sealed_at,
    coalesce((
        SELECT e.highest_audit_id FROM foundation.audit_seal e
        WHERE e.sealed_at < now() - interval '1 day' ORDER BY e.seal_no DESC LIMIT 1
    ), 0) AS sealed_to
FROM (VALUES (1)) one (row)
LEFT JOIN LATERAL (
    SELECT e.seal_no, e.chain_hash, e.sealed_at
    FROM foundation.audit_seal e ORDER BY e.seal_no DESC LIMIT 1
) s ON TRUE
