-- purpose: register a supplier, payment provider or revenue contract
-- parameters: tenant, id, kind, name, who registers it
-- result: its id; no row: one of this kind and name is there already
-- locks: none beyond the new row
-- errors: none
INSERT INTO programmes.trust_counterparty
    (tenant_id, counterparty_id, kind, name, caller_id, registered_at)
VALUES ($1::int, $2::uuid, $3::text, $4::text, $5::int, clock_timestamp())
ON CONFLICT (tenant_id, kind, name) DO NOTHING
RETURNING counterparty_id;
