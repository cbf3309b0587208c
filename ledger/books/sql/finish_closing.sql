-- purpose: close a month that is closing
-- parameters: as books.finish_closing
-- result: the hash of its balances
-- locks: the period row
-- errors: none
SELECT books.finish_closing($1::int, $2::text, $3::date, $4::text, $5::int, $6::uuid);
