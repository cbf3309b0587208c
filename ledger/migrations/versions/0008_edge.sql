-- purpose: tables of uploaded files, webhooks and the chain over the audit log
-- parameters: none
-- result: none
-- locks: a moment's exclusive lock on the audit log for its new column; the tables are new
-- errors: 42P07 when a table exists already

ALTER TABLE foundation.audit_log ADD COLUMN address TEXT;

COMMENT ON COLUMN foundation.audit_log.address IS 'address of the client, if it came over the network';

CREATE TABLE foundation.audit_seal (
    seal_no BIGINT NOT NULL,
    line_count INTEGER NOT NULL,
    highest_audit_id BIGINT NOT NULL,
    lines_hash BYTEA NOT NULL,
    chain_hash BYTEA NOT NULL,
    sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (seal_no),
    CONSTRAINT seal_covers_lines CHECK (line_count > 0),
    CONSTRAINT seals_are_counted_from_one CHECK (seal_no > 0)
);

COMMENT ON TABLE foundation.audit_seal IS 'Seals of the audit log, each over the one before';

COMMENT ON COLUMN foundation.audit_seal.seal_no IS '1, 2, 3 … without a gap';

COMMENT ON COLUMN foundation.audit_seal.line_count IS 'lines of the audit log it covers';

COMMENT ON COLUMN foundation.audit_seal.highest_audit_id IS 'its line of highest number';

COMMENT ON COLUMN foundation.audit_seal.lines_hash IS 'sha-256 over its links in order';

COMMENT ON COLUMN foundation.audit_seal.chain_hash IS 'sha-256 over the seal before, its number and lines_hash';

COMMENT ON COLUMN foundation.audit_seal.sealed_at IS 'when';

CREATE TABLE foundation.stored_file (
    tenant_id INTEGER NOT NULL,
    file_id UUID NOT NULL,
    sent_hash BYTEA NOT NULL,
    content_hash BYTEA NOT NULL,
    kind TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    content BYTEA NOT NULL,
    preview BYTEA,
    stored_by INTEGER NOT NULL,
    stored_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, file_id),
    CONSTRAINT file_is_kept_once UNIQUE (tenant_id, sent_hash),
    CONSTRAINT file_kind_is_known CHECK (kind IN ('jpeg', 'png', 'webp', 'pdf')),
    CONSTRAINT file_has_at_most_ten_mebibytes CHECK (size_bytes BETWEEN 1 AND 10485760),
    CONSTRAINT file_has_its_size CHECK (size_bytes = length(content)),
    CONSTRAINT stored_by_is_a_caller FOREIGN KEY(stored_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.stored_file IS 'Files uploaded as evidence, each kept once in its tenant';

COMMENT ON COLUMN foundation.stored_file.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.stored_file.file_id IS 'public id, and its name';

COMMENT ON COLUMN foundation.stored_file.sent_hash IS 'sha-256 of the bytes as they came';

COMMENT ON COLUMN foundation.stored_file.content_hash IS 'sha-256 of the bytes kept';

COMMENT ON COLUMN foundation.stored_file.kind IS 'jpeg, png, webp or pdf, by its first bytes';

COMMENT ON COLUMN foundation.stored_file.size_bytes IS 'bytes kept';

COMMENT ON COLUMN foundation.stored_file.width IS 'pixels; absent: no picture';

COMMENT ON COLUMN foundation.stored_file.height IS 'pixels; absent: no picture';

COMMENT ON COLUMN foundation.stored_file.content IS 'the file; pictures written anew';

COMMENT ON COLUMN foundation.stored_file.preview IS 'small JPEG of a picture';

COMMENT ON COLUMN foundation.stored_file.stored_by IS 'who sent it first';

COMMENT ON COLUMN foundation.stored_file.stored_at IS 'when';

CREATE TABLE foundation.webhook_endpoint (
    tenant_id INTEGER NOT NULL,
    endpoint_id UUID NOT NULL,
    url TEXT NOT NULL,
    events TEXT[] NOT NULL,
    state TEXT NOT NULL,
    created_by INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id),
    CONSTRAINT endpoint_state_is_known CHECK (state IN ('active', 'paused', 'removed')),
    CONSTRAINT endpoint_wants_events CHECK (cardinality(events) > 0),
    CONSTRAINT created_by_is_a_caller FOREIGN KEY(created_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.webhook_endpoint IS 'Addresses of other systems that are told of events';

COMMENT ON COLUMN foundation.webhook_endpoint.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.webhook_endpoint.endpoint_id IS 'public id';

COMMENT ON COLUMN foundation.webhook_endpoint.url IS 'where deliveries go; https';

COMMENT ON COLUMN foundation.webhook_endpoint.events IS 'kinds of events it wants';

COMMENT ON COLUMN foundation.webhook_endpoint.state IS 'active, paused, or removed for good';

COMMENT ON COLUMN foundation.webhook_endpoint.created_by IS 'who set it up';

COMMENT ON COLUMN foundation.webhook_endpoint.created_at IS 'when';

COMMENT ON COLUMN foundation.webhook_endpoint.changed_at IS 'when its state was set';

CREATE TABLE foundation.webhook_event (
    tenant_id INTEGER NOT NULL,
    event_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    detail TEXT,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);

COMMENT ON TABLE foundation.webhook_event IS 'Events that somebody wants to be told of; ids only, no personal data';

COMMENT ON COLUMN foundation.webhook_event.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.webhook_event.event_id IS 'public id; random, made where the event happens, also inside SQL functions';

COMMENT ON COLUMN foundation.webhook_event.kind IS 'what happened, such as payment.approved';

COMMENT ON COLUMN foundation.webhook_event.subject_id IS 'public id of what it happened to';

COMMENT ON COLUMN foundation.webhook_event.detail IS 'book and month of a period, as TR 2026-10';

COMMENT ON COLUMN foundation.webhook_event.occurred_at IS 'when';

CREATE TABLE foundation.audit_link (
    audit_id BIGINT NOT NULL,
    seal_no BIGINT NOT NULL,
    line_hash BYTEA NOT NULL,
    PRIMARY KEY (audit_id),
    CONSTRAINT link_belongs_to_a_seal FOREIGN KEY(seal_no) REFERENCES foundation.audit_seal (seal_no)
);

COMMENT ON TABLE foundation.audit_link IS 'Each sealed line of the audit log with its hash';

COMMENT ON COLUMN foundation.audit_link.audit_id IS 'line of the audit log; no foreign key, so that a removed line is named';

COMMENT ON COLUMN foundation.audit_link.seal_no IS 'seal that covers it';

COMMENT ON COLUMN foundation.audit_link.line_hash IS 'sha-256 of the whole line';

CREATE TABLE foundation.file_attachment (
    tenant_id INTEGER NOT NULL,
    attachment_id UUID NOT NULL,
    file_id UUID NOT NULL,
    object_kind TEXT NOT NULL,
    object_id UUID NOT NULL,
    attached_by INTEGER NOT NULL,
    attached_at TIMESTAMP WITH TIME ZONE NOT NULL,
    detached_by INTEGER,
    detached_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (tenant_id, attachment_id),
    CONSTRAINT attachment_is_of_a_file_here FOREIGN KEY(tenant_id, file_id) REFERENCES foundation.stored_file (tenant_id, file_id),
    CONSTRAINT attachment_object_kind_is_known CHECK (object_kind IN ('entry', 'service_record', 'payment')),
    CONSTRAINT attachment_is_detached_by_somebody CHECK (num_nulls(detached_by, detached_at) IN (0, 2)),
    CONSTRAINT evidence_of_an_entry_stays CHECK (object_kind <> 'entry' OR detached_at IS NULL),
    CONSTRAINT attached_by_is_a_caller FOREIGN KEY(attached_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT detached_by_is_a_caller FOREIGN KEY(detached_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX file_is_attached_once ON foundation.file_attachment (tenant_id, object_kind, object_id, file_id) WHERE detached_at IS NULL;

CREATE INDEX attachment_by_file ON foundation.file_attachment (tenant_id, file_id);

COMMENT ON TABLE foundation.file_attachment IS 'What a file is evidence of';

COMMENT ON COLUMN foundation.file_attachment.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.file_attachment.attachment_id IS 'public id';

COMMENT ON COLUMN foundation.file_attachment.file_id IS 'the file';

COMMENT ON COLUMN foundation.file_attachment.object_kind IS 'entry, service_record or payment';

COMMENT ON COLUMN foundation.file_attachment.object_id IS 'public id of what it is evidence of';

COMMENT ON COLUMN foundation.file_attachment.attached_by IS 'who attached it';

COMMENT ON COLUMN foundation.file_attachment.attached_at IS 'when';

COMMENT ON COLUMN foundation.file_attachment.detached_by IS 'who took it away; absent: it is there';

COMMENT ON COLUMN foundation.file_attachment.detached_at IS 'when it was taken away';

CREATE TABLE foundation.webhook_secret (
    tenant_id INTEGER NOT NULL,
    key_id UUID NOT NULL,
    endpoint_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT secret_is_of_an_endpoint FOREIGN KEY(tenant_id, endpoint_id) REFERENCES foundation.webhook_endpoint (tenant_id, endpoint_id)
);

CREATE INDEX secret_by_endpoint ON foundation.webhook_secret (tenant_id, endpoint_id);

COMMENT ON TABLE foundation.webhook_secret IS 'Secrets that sign deliveries; two at once while one is replaced';

COMMENT ON COLUMN foundation.webhook_secret.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.webhook_secret.key_id IS 'named in each signature';

COMMENT ON COLUMN foundation.webhook_secret.endpoint_id IS 'endpoint whose deliveries it signs';

COMMENT ON COLUMN foundation.webhook_secret.sealed IS 'the secret, sealed by the installation';

COMMENT ON COLUMN foundation.webhook_secret.created_at IS 'when it was made';

COMMENT ON COLUMN foundation.webhook_secret.ends_at IS 'signs until then; absent: the present one';

CREATE TABLE foundation.webhook_delivery (
    tenant_id INTEGER NOT NULL,
    delivery_id UUID NOT NULL,
    endpoint_id UUID NOT NULL,
    event_id UUID NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE,
    status SMALLINT,
    fault TEXT,
    PRIMARY KEY (tenant_id, delivery_id),
    CONSTRAINT delivery_goes_to_an_endpoint FOREIGN KEY(tenant_id, endpoint_id) REFERENCES foundation.webhook_endpoint (tenant_id, endpoint_id),
    CONSTRAINT delivery_is_of_an_event FOREIGN KEY(tenant_id, event_id) REFERENCES foundation.webhook_event (tenant_id, event_id),
    CONSTRAINT delivery_state_is_known CHECK (state IN ('due', 'delivered', 'dead'))
);

CREATE INDEX delivery_due ON foundation.webhook_delivery (tenant_id, next_attempt_at) WHERE state = 'due';

CREATE INDEX delivery_by_endpoint ON foundation.webhook_delivery (tenant_id, endpoint_id, first_due_at);

COMMENT ON TABLE foundation.webhook_delivery IS 'What is to be delivered where, and how it went';

COMMENT ON COLUMN foundation.webhook_delivery.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.webhook_delivery.delivery_id IS 'public id';

COMMENT ON COLUMN foundation.webhook_delivery.endpoint_id IS 'where to';

COMMENT ON COLUMN foundation.webhook_delivery.event_id IS 'what';

COMMENT ON COLUMN foundation.webhook_delivery.state IS 'due, delivered, or dead: given up';

COMMENT ON COLUMN foundation.webhook_delivery.attempts IS 'how often it was tried';

COMMENT ON COLUMN foundation.webhook_delivery.next_attempt_at IS 'not before; while one is under way, its end';

COMMENT ON COLUMN foundation.webhook_delivery.first_due_at IS 'when trying began; given up three days later';

COMMENT ON COLUMN foundation.webhook_delivery.attempted_at IS 'when it was tried last';

COMMENT ON COLUMN foundation.webhook_delivery.status IS 'HTTP status of the last answer';

COMMENT ON COLUMN foundation.webhook_delivery.fault IS 'why there was no answer, as a code';
