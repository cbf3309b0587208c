-- purpose: files that prove what is a member's own, as far as she may see them: her services, and
--   entries of her accounts that show nobody else but merchants; the latest first
-- parameters: $1 tenant int; $2 member uuid
-- result: file_id, kind, size_bytes, object_kind, object_id, attached_at
-- locks: none
-- errors: none
SELECT a.file_id, f.kind, f.size_bytes, a.object_kind, a.object_id, a.attached_at
FROM foundation.file_attachment AS a
INNER JOIN foundation.stored_file AS f ON a.tenant_id = f.tenant_id AND a.file_id = f.file_id
WHERE
    a.tenant_id = $1::int
    AND a.detached_at IS NULL
    AND CASE a.object_kind
        WHEN 'service_record' THEN EXISTS (
            SELECT 1 FROM programmes.service_record AS r
            WHERE
                r.tenant_id = $1::int
                AND r.record_id = a.object_id
                AND r.provider_id = $2::uuid
        )
        WHEN 'entry' THEN (
            SELECT
                bool_or(o.holder_id = $2::uuid)
                AND bool_and(o.holder_id = $2::uuid OR m.merchant_id IS NOT NULL)
            FROM books.transfer AS t
            INNER JOIN books.account AS o
                ON
                    t.tenant_id = o.tenant_id
                    AND o.account_id IN (t.debit_account_id, t.credit_account_id)
            LEFT JOIN foundation.merchant AS m
                ON o.tenant_id = m.tenant_id AND o.holder_id = m.merchant_id
            WHERE
                t.tenant_id = $1::int AND t.entry_id = a.object_id AND o.holder_id IS NOT NULL
        )
        ELSE false
    END
ORDER BY a.attached_at DESC, a.attachment_id
