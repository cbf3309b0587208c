-- purpose: answer commands whose key was claimed before with their first result
-- parameters: tenant; per command: caller, key, fingerprint as sent now, fresh (false: look here)
-- result: item number; refusal code or null; its attributes; replayed; entry; moments.
--         Another content under the same key: idempotency_conflict with the first fingerprint
-- locks: none
-- errors: none
-- why: called after the writes, so a key twice in one batch finds the first one's result
CREATE OR REPLACE FUNCTION books.find_replays(
    p_tenant_id int,
    p_callers int[],
    p_keys uuid[],
    p_fingerprints bytea[],
    p_fresh boolean[]
) RETURNS TABLE (
    item int, code text, detail jsonb, replayed boolean, entry_id uuid,
    posted_at timestamptz, booked_on date
)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.item::int,
        CASE WHEN c.fingerprint = u.fingerprint THEN f.code ELSE 'idempotency_conflict' END,
        CASE WHEN c.fingerprint = u.fingerprint THEN f.detail
            ELSE jsonb_build_object('first', encode(c.fingerprint, 'hex')) END,
        c.fingerprint = u.fingerprint,
        c.entry_id,
        CASE WHEN c.fingerprint = u.fingerprint THEN e.posted_at END,
        CASE WHEN c.fingerprint = u.fingerprint THEN e.booked_on END
    FROM unnest(p_callers, p_keys, p_fingerprints, p_fresh) WITH ORDINALITY
        AS u (caller_id, key, fingerprint, fresh, item)
    CROSS JOIN LATERAL (
        SELECT x.* FROM books.command x
        WHERE x.tenant_id = p_tenant_id AND x.caller_id = u.caller_id AND x.key = u.key
        OFFSET 0  -- by key for each command, whatever the statistics
    ) c
    LEFT JOIN LATERAL (
        SELECT x.* FROM books.command_refusal x
        WHERE x.tenant_id = p_tenant_id AND x.caller_id = u.caller_id AND x.key = u.key
        OFFSET 0
    ) f ON true
    LEFT JOIN LATERAL (
        SELECT x.* FROM books.entry x
        WHERE x.tenant_id = p_tenant_id AND x.entry_id = c.entry_id
        OFFSET 0
    ) e ON true
    WHERE NOT u.fresh
$$;
