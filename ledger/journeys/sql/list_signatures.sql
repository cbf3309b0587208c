-- purpose: who signed what became an entry: two people of an approval or a payment, or those who
--         recorded and verified a service
-- parameters: tenant; entry; what the entry is about (null: nothing)
-- result: what was signed (asked, approved, paid_first, paid_second, recorded, verified_first,
--         verified), caller, moment (null: not kept); in the order of signing
-- locks: none
-- errors: none
SELECT s.act, s.caller_id, s.signed_at
FROM (
    SELECT 1 AS place, 'asked' AS act, r.requested_by AS caller_id, r.requested_at AS signed_at
    FROM foundation.approval_decision AS d
    INNER JOIN foundation.approval_request AS r
        ON r.tenant_id = $1::int AND d.approval_id = r.approval_id
    WHERE d.tenant_id = $1::int AND d.result_id = $2::uuid
    UNION ALL
    SELECT 2, 'approved', d.decided_by, d.decided_at
    FROM foundation.approval_decision AS d
    WHERE d.tenant_id = $1::int AND d.result_id = $2::uuid
    UNION ALL
    SELECT 1, 'paid_first', r.requested_by, r.requested_at
    FROM programmes.trust_payment_decision AS d
    INNER JOIN programmes.trust_payment_request AS r
        ON r.tenant_id = $1::int AND d.payment_id = r.payment_id
    WHERE d.tenant_id = $1::int AND d.entry_id = $2::uuid
    UNION ALL
    SELECT 2, 'paid_second', d.decided_by, d.decided_at
    FROM programmes.trust_payment_decision AS d
    WHERE d.tenant_id = $1::int AND d.entry_id = $2::uuid
    UNION ALL
    SELECT v.place, v.act, v.caller_id, v.signed_at
    FROM programmes.service_record AS e
    CROSS JOIN LATERAL (
        VALUES
        (1, 'recorded', e.recorded_by, e.recorded_at),
        (2, 'verified_first', e.first_verifier, NULL::timestamptz),
        (3, 'verified', e.decided_by, e.decided_at)
    ) AS v (place, act, caller_id, signed_at)
    WHERE
        e.tenant_id = $1::int AND e.record_id = $3::uuid
        AND $2::uuid IN (e.credit_entry_id, e.release_entry_id) AND v.caller_id IS NOT NULL
) AS s
ORDER BY s.place;
