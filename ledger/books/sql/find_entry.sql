-- purpose: one entry with its memo and what it reverses or is reversed by
-- parameters: $1 tenant; $2 entry id
-- result: at most one row
-- locks: none
-- errors: none
SELECT
    e.entry_id,
    e.kind,
    e.event_code,
    e.subject_id,
    e.policy_version,
    e.caller_id,
    e.occurred_at,
    e.booked_on,
    e.posted_at,
    m.memo,
    mirrored.reversed_entry_id AS reverses,
    undone.entry_id AS reversed_by
FROM books.entry AS e
LEFT JOIN books.entry_memo AS m ON e.tenant_id = m.tenant_id AND e.entry_id = m.entry_id
LEFT JOIN books.reversal AS mirrored
    ON e.tenant_id = mirrored.tenant_id AND e.entry_id = mirrored.entry_id
LEFT JOIN books.reversal AS undone
    ON e.tenant_id = undone.tenant_id AND e.entry_id = undone.reversed_entry_id
WHERE e.tenant_id = $1::int AND e.entry_id = $2::uuid
