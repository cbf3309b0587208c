-- purpose: entries by their id, or by the short number that people read aloud
-- parameters: tenant; least id; the least id after those meant
-- result: entry, accounting date, event; the latest first, ten at the most
-- locks: none
-- errors: none
SELECT e.entry_id, e.booked_on, e.event_code
FROM books.entry e
WHERE e.tenant_id = $1::int AND e.entry_id >= $2::uuid AND e.entry_id < $3::uuid
ORDER BY e.entry_id DESC
LIMIT 10;
