-- purpose: read entries as the seal sees them, without their lines
-- parameters: tenant; entry ids
-- result: per entry, in the order asked for: its facts, the tenant's public id, the entry it
--         reverses, the commitment to its memo
-- locks: none
-- errors: none
SELECT n.public_id AS tenant_public_id, e.entry_id, e.kind, e.event_code, e.occurred_at,
    e.posted_at, e.booked_on, e.caller_id, e.subject_id, e.policy_version, r.reversed_entry_id,
    m.commitment
FROM unnest($2::uuid[]) WITH ORDINALITY AS u (entry_id, item)
JOIN books.entry e ON e.tenant_id = $1::int AND e.entry_id = u.entry_id
JOIN books.tenant n ON n.tenant_id = $1::int
LEFT JOIN books.reversal r ON r.tenant_id = $1::int AND r.entry_id = e.entry_id
LEFT JOIN books.entry_memo m ON m.tenant_id = $1::int AND m.entry_id = e.entry_id
ORDER BY u.item;
