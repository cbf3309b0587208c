-- purpose: indexes for searching the audit log and for proving its chain; webhooks that pause by
--   themselves
-- parameters: none
-- result: none
-- locks: writers of the audit log wait while its indexes are built; endpoints for an instant
-- errors: none

ALTER TABLE foundation.webhook_endpoint ADD COLUMN paused_by_itself BOOLEAN DEFAULT false NOT NULL;

COMMENT ON COLUMN foundation.webhook_endpoint.paused_by_itself IS 'paused because nothing arrived for three days, and by nobody';

CREATE INDEX link_by_seal ON foundation.audit_link (seal_no, audit_id);

CREATE INDEX audit_by_action ON foundation.audit_log (action, audit_id);

CREATE INDEX audit_by_moment ON foundation.audit_log (at);

CREATE INDEX audit_by_object ON foundation.audit_log (object_id, audit_id) WHERE object_id IS NOT NULL;

CREATE INDEX audit_by_request ON foundation.audit_log (request_id, audit_id) WHERE request_id IS NOT NULL;
