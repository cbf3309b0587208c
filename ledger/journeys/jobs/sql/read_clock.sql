-- purpose: what time it is for the database, which decides what is due
-- parameters: none
-- result: timestamptz
-- locks: none
-- errors: none
SELECT clock_timestamp()
