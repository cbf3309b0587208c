-- purpose: register a unit
-- parameters: tenant, id, building, unit (empty: none), room, area in 1/100 m², first day of fees,
--         who registers it
-- result: its id; no row: the estate has this room already
-- locks: none beyond the new row
-- errors: none
INSERT INTO programmes.trust_unit
    (tenant_id, unit_id, building, unit, room, area_dm2, billed_from, caller_id, registered_at)
VALUES (
    $1::int, $2::uuid, $3::text, $4::text, $5::text, $6::int, $7::date, $8::int,
    clock_timestamp()
)
ON CONFLICT (tenant_id, building, unit, room) DO NOTHING
RETURNING unit_id;
