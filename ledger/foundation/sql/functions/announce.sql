-- purpose: write down events for the endpoints of a tenant that want to be told; nothing where
--   nobody does
-- parameters: tenant; kind of event; public ids of what it happened to; a detail of each, or null
-- result: none
-- locks: the new rows
-- errors: none
-- access: internal
CREATE OR REPLACE FUNCTION foundation.announce(
    p_tenant_id int, p_kind text, p_subjects uuid[], p_details text[]
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_endpoints uuid[];
BEGIN
    SELECT array_agg(e.endpoint_id) INTO v_endpoints FROM foundation.webhook_endpoint e
    WHERE e.tenant_id = p_tenant_id AND e.state = 'active' AND p_kind = ANY (e.events);
    IF v_endpoints IS NULL THEN
        RETURN;
    END IF;
    WITH happened AS (
        INSERT INTO foundation.webhook_event (tenant_id, event_id, kind, subject_id, detail,
            occurred_at)
        SELECT p_tenant_id, gen_random_uuid(), p_kind, u.subject_id, u.detail, clock_timestamp()
        FROM unnest(p_subjects, coalesce(p_details, array_fill(NULL::text,
            ARRAY[cardinality(p_subjects)]))) AS u (subject_id, detail)
        RETURNING event_id, occurred_at
    )
    INSERT INTO foundation.webhook_delivery (tenant_id, delivery_id, endpoint_id, event_id, state,
        attempts, next_attempt_at, first_due_at)
    SELECT p_tenant_id, gen_random_uuid(), t.endpoint_id, h.event_id, 'due', 0, h.occurred_at,
        h.occurred_at
    FROM happened h CROSS JOIN unnest(v_endpoints) AS t (endpoint_id);
END
$$;
