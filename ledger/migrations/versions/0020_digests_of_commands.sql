-- purpose: say what is kept of a command since its words are not: digests, one a field
-- parameters: none
-- result: none
-- locks: api_command for an instant
-- errors: none

COMMENT ON COLUMN foundation.api_command.sent IS 'JSON: a digest of each field as sent';
