-- purpose: prove that each command was either posted or refused, and each entry was commanded
-- parameters: tenant
-- result: one row: commands checked; facts about at most 20 that fail
-- locks: none
-- errors: none
-- why: one join of commands and entries, whatever their number
WITH claimed AS (
    SELECT c.entry_id, c.caller_id, c.key, f.key IS NOT NULL AS refused
    FROM books.command c
    LEFT JOIN books.command_refusal f
        ON f.tenant_id = $1::int AND f.caller_id = c.caller_id AND f.key = c.key
    WHERE c.tenant_id = $1::int
),
posted AS (
    SELECT e.entry_id, e.caller_id FROM books.entry e WHERE e.tenant_id = $1::int
),
failing (fact) AS MATERIALIZED (
    SELECT CASE
        WHEN c.key IS NULL THEN format('entry %s was posted without a command', p.entry_id)
        WHEN c.refused THEN format('key %s of caller %s is both posted and refused', c.key,
            c.caller_id)
        ELSE format('key %s of caller %s is neither posted nor refused', c.key, c.caller_id) END
    FROM claimed c
    FULL JOIN posted p ON p.entry_id = c.entry_id AND p.caller_id = c.caller_id
    WHERE c.key IS NULL OR c.refused = (p.entry_id IS NOT NULL)
    UNION ALL
    SELECT format('key %s of caller %s was refused without a command', f.key, f.caller_id)
    FROM books.command_refusal f
    LEFT JOIN books.command c
        ON c.tenant_id = $1::int AND c.caller_id = f.caller_id AND c.key = f.key
    WHERE f.tenant_id = $1::int AND c.key IS NULL
)
SELECT
    (SELECT count(*) FROM books.command c WHERE c.tenant_id = $1::int) AS checked,
    ARRAY(SELECT f.fact FROM failing f LIMIT 20) AS failures;
