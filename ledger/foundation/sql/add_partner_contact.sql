-- Purpose: let a person speak for a partner.
-- Parameters: $1 tenant int; $2 contact uuid; $3 partner uuid; $4 person bigint; $5 grant uuid;
--   $6 begins_on date; $7 caller int.
-- Result: contact_id; no row when the person does already.
-- Locks: none. Errors: none.
INSERT INTO foundation.partner_contact (
    tenant_id, contact_id, partner_id, person_id, grant_id, begins_on, entered_by
)
VALUES ($1::int, $2::uuid, $3::uuid, $4::bigint, $5::uuid, $6::date, $7::int)
ON CONFLICT (tenant_id, partner_id, person_id) WHERE ends_on IS NULL DO NOTHING
RETURNING contact_id
