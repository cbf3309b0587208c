-- purpose: freeze, unfreeze, close or reopen an account
-- parameters: as books.set_account_status
-- result: null, or the code of the refusal
-- locks: the account row
-- errors: none
SELECT books.set_account_status($1::int, $2::int, $3::smallint, $4::text, $5::int, $6::uuid);
