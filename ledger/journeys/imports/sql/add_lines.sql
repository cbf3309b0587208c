-- Purpose: lines of a file as they were judged.
-- Parameters: $1 tenant int; $2 import_id uuid; then of each line: $3 line int[]; $4 rank int[];
--   $5 state text[]; $6 cells_sealed bytea[]; $7 household text[]; $8 is_head boolean[];
--   $9 problems, $10 warnings text[], each joined by blanks, empty: none; $11 object_id uuid[].
-- Result: none. Locks: none. Errors: 23505 for a line that is there.
INSERT INTO foundation.import_line (
    tenant_id, import_id, line, rank, state, cells_sealed, household, is_head, problems, warnings,
    object_id
)
SELECT
    $1::int,
    $2::uuid,
    u.line,
    u.rank,
    u.state,
    u.cells_sealed,
    u.household,
    u.is_head,
    coalesce(string_to_array(nullif(u.problems, ''), ' '), '{}'),
    coalesce(string_to_array(nullif(u.warnings, ''), ' '), '{}'),
    u.object_id
FROM unnest(
    $3::int[], $4::int[], $5::text[], $6::bytea[], $7::text[], $8::boolean[], $9::text[],
    $10::text[], $11::uuid[]
) AS u (
    line, rank, state, cells_sealed, household, is_head, problems, warnings, object_id
)
