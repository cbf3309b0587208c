-- purpose: approve, decline or withdraw what was asked, once and in time
-- parameters: tenant (0: the platform), request, verdict (approved, declined, withdrawn), caller,
--         reason (null: none), what comes of it (null unless approved)
-- result: null, or why not: approval_missing, person_needed, approval_decided, approval_expired,
--         second_person_needed (the asker decides), only_asker_withdraws
-- locks: the request, until the effect in the same transaction is committed
-- errors: 23514 when declining without a reason, or approving without a result
-- why: persons are compared, not callers, and a system has none; the time is the database's
CREATE OR REPLACE FUNCTION foundation.decide_approval(
    p_tenant_id int,
    p_approval_id uuid,
    p_verdict text,
    p_caller_id int,
    p_reason text,
    p_result_id uuid
) RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_person bigint;
    v_request record;
BEGIN
    PERFORM set_config('gongzhang.tenant_id', p_tenant_id::text, true);
    SELECT r.requested_person, r.expires_at INTO v_request
    FROM foundation.approval_request r
    WHERE r.tenant_id = p_tenant_id AND r.approval_id = p_approval_id
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'approval_missing';
    END IF;
    SELECT p.person_id INTO v_person FROM foundation.person p WHERE p.caller_id = p_caller_id;
    IF v_person IS NULL THEN
        RETURN 'person_needed';
    END IF;
    IF p_verdict = 'withdrawn' AND v_person <> v_request.requested_person THEN
        RETURN 'only_asker_withdraws';
    END IF;
    IF p_verdict <> 'withdrawn' AND v_person = v_request.requested_person THEN
        RETURN 'second_person_needed';
    END IF;
    IF EXISTS (SELECT 1 FROM foundation.approval_decision d
        WHERE d.tenant_id = p_tenant_id AND d.approval_id = p_approval_id)
    THEN
        RETURN 'approval_decided';
    END IF;
    IF v_request.expires_at <= clock_timestamp() THEN
        RETURN 'approval_expired';
    END IF;
    INSERT INTO foundation.approval_decision (tenant_id, approval_id, requested_person,
        decided_by, decided_person, verdict, reason, result_id, decided_at)
    VALUES (p_tenant_id, p_approval_id, v_request.requested_person, p_caller_id, v_person,
        p_verdict, p_reason, p_result_id, clock_timestamp());
    RETURN NULL;
END
$$;
