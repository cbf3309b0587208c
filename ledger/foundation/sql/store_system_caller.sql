-- Purpose: caller 1, as which the system itself acts.
-- Parameters: none. Result: none. Locks: none. Errors: none. Run by the owner, when migrating.
INSERT INTO foundation.caller (caller_id, kind)
VALUES (1, 'system')
ON CONFLICT (caller_id) DO NOTHING
