-- Purpose: a seal with its links. Whoever comes second with the same number fails, and begins anew.
-- Parameters: $1 seal_no bigint; $2 highest_audit_id bigint; $3 lines_hash bytea;
--   $4 chain_hash bytea; $5 sealed_at timestamptz; $6 audit_ids bigint[]; $7 line_hashes bytea[].
-- Result: none. Locks: the new rows. Errors: 23505 when another sealer was quicker.
WITH seal AS (
    INSERT INTO foundation.audit_seal (
        seal_no, line_count, highest_audit_id, lines_hash, chain_hash, sealed_at
    )
    VALUES (
        $1::bigint, cardinality($6::bigint[]), $2::bigint, $3::bytea, $4::bytea, $5::timestamptz
    )
)
INSERT INTO foundation.audit_link (audit_id, seal_no, line_hash)
SELECT u.audit_id, $1::bigint, u.line_hash
FROM unnest($6::bigint[], $7::bytea[]) u (audit_id, line_hash)
