-- Purpose: seals after a number, in order.
-- Parameters: $1 seal_no bigint; $2 most seals int.
-- Result: seal_no, line_count, lines_hash, chain_hash. Locks: none. Errors: none.
SELECT s.seal_no, s.line_count, s.lines_hash, s.chain_hash
FROM foundation.audit_seal s
WHERE s.seal_no > $1::bigint
ORDER BY s.seal_no
LIMIT $2::int
