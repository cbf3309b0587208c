-- purpose: write down what post_batch decided: entries, transfers, balances, refusals, memos
-- access: internal
-- parameters: tenant, posting moment; the commands as post_batch took them, with its verdicts;
--         the transfers decided (accounts by position); the accounts after them
-- result: none
-- locks: none beyond the account locks that post_batch holds
-- errors: none of its own; a constraint that fails here is a bug
-- why: one statement a table, whatever the size of the batch
CREATE OR REPLACE FUNCTION books.write_batch(
    p_tenant_id int,
    p_now timestamptz,
    p_entry_ids uuid[],
    p_callers int[],
    p_keys uuid[],
    p_events text[],
    p_occurred_at timestamptz[],
    p_booked_on date[],
    p_subjects uuid[],
    p_policy_versions int[],
    p_kinds smallint[],
    p_fresh boolean[],
    p_codes text[],
    p_details jsonb[],
    p_accepted uuid[],
    p_memos text[],
    p_salts bytea[],
    p_commitments bytea[],
    p_transfers books.transfer[],
    a_id int[],
    a_debits bigint[],
    a_credits bigint[],
    a_version bigint[]
) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF cardinality(p_accepted) < cardinality(p_entry_ids) THEN
        INSERT INTO books.command_refusal (tenant_id, caller_id, key, code, detail, refused_at)
        SELECT p_tenant_id, u.caller_id, u.key, u.code, u.detail, p_now
        FROM unnest(p_callers, p_keys, p_fresh, p_codes, p_details)
            AS u (caller_id, key, fresh, code, detail)
        WHERE u.fresh AND u.code IS NOT NULL;
    END IF;
    IF cardinality(p_accepted) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO books.entry (tenant_id, booked_on, occurred_at, posted_at, entry_id, caller_id,
        kind, event_code, subject_id, policy_version)
    SELECT p_tenant_id, u.booked_on, u.occurred_at, p_now, u.entry_id, u.caller_id,
        coalesce(u.kind, 0), u.event_code, u.subject_id, u.policy_version
    FROM unnest(p_entry_ids, p_callers, p_events, p_occurred_at, p_booked_on, p_subjects,
        p_policy_versions, p_kinds, p_fresh, p_codes)
        AS u (entry_id, caller_id, event_code, occurred_at, booked_on, subject_id,
        policy_version, kind, fresh, code)
    WHERE u.fresh AND u.code IS NULL;
    INSERT INTO books.transfer SELECT t.* FROM unnest(p_transfers) AS t;
    PERFORM books.store_accounts(p_tenant_id, p_now, a_id || '{}'::int[],
        a_version || '{}'::bigint[], a_debits || '{}'::bigint[], a_credits || '{}'::bigint[]);
    IF p_memos IS NOT NULL THEN
        INSERT INTO books.entry_memo (tenant_id, entry_id, commitment, salt, memo)
        SELECT p_tenant_id, u.entry_id, u.commitment, u.salt, u.memo
        FROM unnest(p_entry_ids, p_memos, p_salts, p_commitments, p_fresh, p_codes)
            AS u (entry_id, memo, salt, commitment, fresh, code)
        WHERE u.fresh AND u.code IS NULL AND u.memo IS NOT NULL;
    END IF;
    INSERT INTO books.seal_queue (tenant_id, batch_id, posted_at, entry_count)
    VALUES (p_tenant_id, p_accepted[1], p_now, cardinality(p_accepted));
END
$$;
