-- purpose: ask for, or agree to, reopening a closed month
-- parameters: as books.reopen_period
-- result: null, 'reopening_requested', or the code of the refusal
-- locks: the book row
-- errors: none
SELECT books.reopen_period(
    $1::int, $2::text, $3::date, $4::text, $5::int, $6::uuid, $7::interval);
