-- purpose: prove that each command was either posted or refused, and each entry was commanded
-- parameters: tenant
-- result: one row: commands checked; facts about at most 20 that fail
-- locks: none
-- errors: none
SELECT
    (SELECT count(*) FROM books.command c WHERE c.tenant_id = $1::int) AS checked,
    ARRAY(
        SELECT format('key %s of caller %s is %s', c.key, c.caller_id,
            CASE WHEN e.entry_id IS NULL THEN 'neither posted nor refused'
                ELSE 'posted and refused' END)
        FROM books.command c
        LEFT JOIN books.entry e
            ON e.tenant_id = $1::int AND e.entry_id = c.entry_id AND e.caller_id = c.caller_id
        LEFT JOIN books.command_refusal f
            ON f.tenant_id = $1::int AND f.caller_id = c.caller_id AND f.key = c.key
        WHERE c.tenant_id = $1::int AND (e.entry_id IS NULL) = (f.key IS NULL)
        UNION ALL
        SELECT format('entry %s was posted without a command', e.entry_id)
        FROM books.entry e
        LEFT JOIN books.command c
            ON c.tenant_id = $1::int AND c.entry_id = e.entry_id AND c.caller_id = e.caller_id
        WHERE e.tenant_id = $1::int AND c.key IS NULL
        UNION ALL
        SELECT format('key %s of caller %s was refused without a command', f.key, f.caller_id)
        FROM books.command_refusal f
        LEFT JOIN books.command c
            ON c.tenant_id = $1::int AND c.caller_id = f.caller_id AND c.key = f.key
        WHERE f.tenant_id = $1::int AND c.key IS NULL
        LIMIT 20
    ) AS failures;
