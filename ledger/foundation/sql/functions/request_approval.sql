-- purpose: ask a second person for approval
-- parameters: tenant (0: the platform), id, kind, object (null: none), what is asked (canonical
--         JSON), reason, caller, how long it can be decided
-- result: null, or why not: person_needed when the caller is no person, approval_waits_already when
--         somebody asked for the same (approval_turn) and nobody has decided
-- locks: the turn of what is asked for, until the end
-- errors: 23514 when the reason is empty or the time none
-- why: the person is found here, so that no program can name another one
CREATE OR REPLACE FUNCTION foundation.request_approval(
    p_tenant_id int,
    p_approval_id uuid,
    p_kind text,
    p_object_id uuid,
    p_asked text,
    p_reason text,
    p_caller_id int,
    p_lifetime interval
) RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_person bigint;
    v_turn CONSTANT text := foundation.approval_turn(p_kind, p_asked);
    v_now timestamptz;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    SELECT p.person_id INTO v_person FROM foundation.person p WHERE p.caller_id = p_caller_id;
    IF v_person IS NULL THEN
        RETURN 'person_needed';
    END IF;
    IF v_turn IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(
            hashtextextended(concat_ws(' ', 'approval', p_kind, v_turn), p_tenant_id));
        IF EXISTS (
            SELECT 1 FROM foundation.approval_request r
            WHERE r.tenant_id = p_tenant_id AND r.kind = p_kind
                AND r.expires_at > clock_timestamp()
                AND foundation.approval_turn(r.kind, r.asked) = v_turn
                AND NOT EXISTS (SELECT 1 FROM foundation.approval_decision d
                    WHERE d.tenant_id = p_tenant_id AND d.approval_id = r.approval_id))
        THEN
            RETURN 'approval_waits_already';
        END IF;
    END IF;
    v_now := clock_timestamp();
    INSERT INTO foundation.approval_request (tenant_id, approval_id, kind, object_id, asked,
        reason, requested_by, requested_person, requested_at, expires_at)
    VALUES (p_tenant_id, p_approval_id, p_kind, p_object_id, p_asked, p_reason, p_caller_id,
        v_person, v_now, v_now + p_lifetime);
    RETURN NULL;
END
$$;
