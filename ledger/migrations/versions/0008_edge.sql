-- purpose: tables of uploaded files, webhooks and the chain over the audit log
-- parameters: none
-- result: none
-- locks: a moment's exclusive lock on the audit log for its new column; the tables are new
-- errors: 42P07 when a table exists already

ALTER TABLE foundation.audit_log ADD COLUMN address TEXT;

COMMENT ON COLUMN foundation.audit_log.address IS 'address of the client, if it came over the network';
