-- purpose: let sorts and hashes of this transaction use more memory than a posting may
-- parameters: size as PostgreSQL writes it
-- result: the setting
-- locks: none
-- errors: 22023 for a size that is none
SELECT set_config('work_mem', $1::text, true);
