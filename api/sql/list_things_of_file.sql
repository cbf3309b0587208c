-- purpose: what a file proves, of the kinds and holders that somebody reads; the oldest first
-- parameters: $1 tenant int; $2 file uuid; $3 kinds that are read whole text[]; $4 kinds of which
--   only some holders' are read text[]; $5 those holders uuid[]; $6 most rows int
-- result: object_kind, object_id
-- locks: none
-- errors: none
SELECT a.object_kind, a.object_id
FROM foundation.file_attachment AS a
WHERE
    a.tenant_id = $1::int
    AND a.file_id = $2::uuid
    AND a.detached_at IS NULL
    AND (
        a.object_kind = ANY ($3::text[])
        OR (a.object_kind = ANY ($4::text[]) AND CASE a.object_kind
            WHEN 'service_record' THEN EXISTS (
                SELECT 1 FROM programmes.service_record AS r
                WHERE
                    r.tenant_id = $1::int
                    AND r.record_id = a.object_id
                    AND r.provider_id = ANY ($5::uuid[])
            )
            WHEN 'entry' THEN EXISTS (
                SELECT 1
                FROM books.transfer AS t
                INNER JOIN books.account AS o
                    ON
                        t.tenant_id = o.tenant_id
                        AND o.account_id IN (t.debit_account_id, t.credit_account_id)
                WHERE
                    t.tenant_id = $1::int
                    AND t.entry_id = a.object_id
                    AND o.holder_id = ANY ($5::uuid[])
            )
            ELSE false
        END)
    )
ORDER BY a.attached_at, a.attachment_id
LIMIT $6::int
