-- Purpose: let one contact, or all, speak for a partner no longer.
-- Parameters: $1 tenant int; $2 partner uuid; $3 contact uuid or null for all; $4 ends_on date;
--   $5 caller int.
-- Result: grant_id of each, to be ended with it. Locks: the rows.
--   Errors: 23514 before it began (contact_ends_after_it_began).
UPDATE foundation.partner_contact
SET ends_on = $4::date, ended_by = $5::int
WHERE
    tenant_id = $1::int
    AND partner_id = $2::uuid
    AND ($3::uuid IS NULL OR contact_id = $3::uuid)
    AND ends_on IS NULL
RETURNING grant_id
