-- purpose: prove that members were credited for their verified services, and for nothing else
-- parameters: tenant
-- result: one row: members and books compared; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: what TB-5101 and SP-5101 issued to a member for service (TB03, SP20), less reversals and
--      what was taken back for a service, is what the member's records say
WITH moved AS (
    SELECT
        d.book_code,
        CASE WHEN d.account_code = '5101' THEN c.holder_id ELSE d.holder_id END AS member_id,
        CASE WHEN d.account_code = '5101' THEN t.amount ELSE -t.amount END AS amount
    FROM books.entry AS e
    INNER JOIN books.transfer AS t ON t.tenant_id = $1::int AND e.entry_id = t.entry_id
    INNER JOIN books.account AS d ON d.tenant_id = $1::int AND t.debit_account_id = d.account_id
    INNER JOIN books.account AS c ON c.tenant_id = $1::int AND t.credit_account_id = c.account_id
    WHERE
        e.tenant_id = $1::int
        AND (
            e.event_code IN ('TB03', 'SP20')
            OR (
                e.event_code IN ('TB14', 'TB24', 'SP23', 'SP26')
                AND e.subject_id IN (
                    SELECT r.record_id
                    FROM programmes.service_record AS r
                    WHERE r.tenant_id = $1::int
                )
            )
        )
),

issued AS (
    SELECT book_code, member_id, sum(amount) AS amount
    FROM moved
    GROUP BY book_code, member_id
),

earned AS (
    SELECT
        CASE WHEN funds = 'time' THEN 'TB' ELSE 'SP' END AS book_code,
        provider_id AS member_id,
        sum(CASE WHEN funds = 'time' THEN credited_minutes ELSE credited_points END) AS amount
    FROM programmes.service_record
    WHERE tenant_id = $1::int AND funds IS NOT NULL
    GROUP BY 1, 2
),

compared AS (
    SELECT
        book_code,
        member_id,
        coalesce(issued.amount, 0) AS issued,
        coalesce(earned.amount, 0) AS earned
    FROM issued
    FULL JOIN earned USING (book_code, member_id)
)

SELECT
    (SELECT count(*) FROM compared) AS checked,
    ARRAY(
        SELECT format('member %s in %s: issued %s, records say %s', member_id, book_code, issued,
            earned)
        FROM compared
        WHERE issued <> earned
        ORDER BY member_id, book_code
        LIMIT 20
    ) AS failures
