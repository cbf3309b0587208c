-- purpose: the file with these bytes, when it was imported before
-- parameters: tenant; sha256
-- result: its id, name and moment, or none
-- locks: none
-- errors: none
SELECT statement_file_id, name, format, imported_at
FROM reconciliation.statement_file
WHERE tenant_id = $1::int AND sha256 = $2::bytea;
