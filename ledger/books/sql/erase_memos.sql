-- purpose: erase the free text beside every entry that touched a holder's accounts
-- parameters: tenant, holder of accounts
-- result: memos erased
-- locks: the rows of the memos
-- errors: none
SELECT books.erase_memos($1::int, $2::uuid);
