-- purpose: begin to close an accounting month
-- parameters: as books.begin_closing
-- result: null, or the code of the refusal
-- locks: the book row
-- errors: none
SELECT books.begin_closing($1::int, $2::text, $3::date);
