-- purpose: files as evidence of what two people decide; webhooks tell of it
-- parameters: none
-- result: none
-- locks: file_attachment for an instant: the new constraints are wider than those they replace
-- errors: none

ALTER TABLE foundation.file_attachment
    ADD CONSTRAINT attachment_proves_something_known
    CHECK (object_kind IN ('entry', 'service_record', 'payment', 'approval')) NOT VALID,
    ADD CONSTRAINT evidence_of_what_is_decided_stays
    CHECK (object_kind NOT IN ('entry', 'approval') OR detached_at IS NULL) NOT VALID,
    DROP CONSTRAINT attachment_object_kind_is_known,
    DROP CONSTRAINT evidence_of_an_entry_stays;

ALTER TABLE foundation.file_attachment VALIDATE CONSTRAINT attachment_proves_something_known;

ALTER TABLE foundation.file_attachment VALIDATE CONSTRAINT evidence_of_what_is_decided_stays;

COMMENT ON COLUMN foundation.file_attachment.object_kind IS
    'entry, service_record, payment or approval';

COMMENT ON COLUMN foundation.webhook_event.detail IS
    'of a period its book and month, of an approval its kind and verdict';
