-- purpose: tell the event of an entry
-- parameters: $1 tenant; $2 entry id
-- result: its event code; no row when it is not of this tenant
-- locks: none; an entry never changes
-- errors: none
SELECT e.event_code FROM books.entry AS e WHERE e.tenant_id = $1::int AND e.entry_id = $2::uuid
