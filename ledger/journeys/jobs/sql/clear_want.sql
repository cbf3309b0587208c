-- purpose: what somebody wanted was done before
-- parameters: $1 job text; $2 scope tenant int
-- result: none
-- locks: the row
-- errors: none
UPDATE jobs.job_state SET wanted_by = NULL WHERE job = $1::text AND scope_tenant_id = $2::int
