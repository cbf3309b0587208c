-- purpose: reopen a closed month that one caller asked for and another agreed to
-- parameters: as books.reopen_period
-- result: null, or the code of the refusal
-- locks: the book row
-- errors: none
SELECT books.reopen_period(
    $1::int, $2::text, $3::date, $4::text, $5::int, $6::int, $7::uuid, $8::interval);
