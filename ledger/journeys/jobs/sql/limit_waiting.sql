-- purpose: let this transaction give up rather than let others wait for it
-- parameters: $1 longest wait for a lock text; $2 longest statement text, both as settings have it
-- result: the two limits
-- locks: none
-- errors: none; later 55P03 or 57014 when a limit is reached
SELECT set_config('lock_timeout', $1::text, true), set_config('statement_timeout', $2::text, true)
