-- purpose: open accounts that do not exist yet
-- parameters: as books.open_accounts
-- result: none
-- locks: the tenant row
-- errors: 23503 or 23502 when the chart has no such position
SELECT books.open_accounts($1::int, $2::text[], $3::text[], $4::uuid[], $5::uuid[]);
