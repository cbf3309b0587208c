-- purpose: imported statements, newest import first, with their findings counted
-- parameters: tenant; bank account or null; statement file or null; most rows; statement before
--         the page or null
-- result: a row per statement with its file
-- locks: none
-- errors: none
SELECT s.statement_id, s.statement_file_id, s.bank_account_id, f.name, f.format, f.size_bytes,
    f.imported_at, f.caller_id, s.period_from, s.period_to, s.opening_fen, s.closing_fen,
    s.record_count, s.new_count, s.known_count, s.rejected_count,
    (
        SELECT count(*)::int
        FROM reconciliation.statement_finding g
        WHERE g.tenant_id = $1::int AND g.statement_id = s.statement_id
    ) AS finding_count
FROM reconciliation.statement s
JOIN reconciliation.statement_file f
    ON f.tenant_id = $1::int AND f.statement_file_id = s.statement_file_id
WHERE s.tenant_id = $1::int
    AND ($2::uuid IS NULL OR s.bank_account_id = $2::uuid)
    AND ($3::uuid IS NULL OR s.statement_file_id = $3::uuid)
    AND ($5::uuid IS NULL OR (f.imported_at, s.statement_file_id, -s.position) < (
        SELECT g.imported_at, t.statement_file_id, -t.position
        FROM reconciliation.statement t
        JOIN reconciliation.statement_file g
            ON g.tenant_id = $1::int AND g.statement_file_id = t.statement_file_id
        WHERE t.tenant_id = $1::int AND t.statement_id = $5::uuid
    ))
ORDER BY f.imported_at DESC, s.statement_file_id DESC, s.position
LIMIT $4::int;
