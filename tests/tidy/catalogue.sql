-- purpose: one line of text for each fact about the tables of some schemas, to compare databases
-- parameters: $1 schema names
SELECT fact FROM (
    SELECT format(
        'column %s.%s.%s %s%s%s%s',
        n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN ' not null' END,
        CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text END,
        ' default ' || pg_get_expr(d.adbin, d.adrelid)
    ) AS fact, n.nspname
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT format('constraint %s.%s %s %s', n.nspname, c.relname, o.conname,
        pg_get_constraintdef(o.oid)), n.nspname
    FROM pg_constraint o
    JOIN pg_class c ON c.oid = o.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE o.contype <> 'n'
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(i.indexrelid), n.nspname
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT format('comment %s.%s.%s %s', n.nspname, c.relname, p.objsubid, p.description), n.nspname
    FROM pg_description p
    JOIN pg_class c ON c.oid = p.objoid AND p.classoid = 'pg_class'::regclass
    JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT format('sequence %s.%s', n.nspname, c.relname), n.nspname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S'
) AS facts
WHERE nspname = ANY ($1::text[])
ORDER BY fact
