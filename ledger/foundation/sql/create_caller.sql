-- Purpose: a new sender of commands.
-- Parameters: $1 kind text, person or integration.
-- Result: caller_id. Locks: none. Errors: none.
INSERT INTO foundation.caller (kind) VALUES ($1::text) RETURNING caller_id
