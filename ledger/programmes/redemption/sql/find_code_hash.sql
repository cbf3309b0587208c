-- purpose: which of several hashes of one code is that of a code issued lately, the newest first
-- parameters: tenant; hashes of a token or of digits under the secrets in force
-- result: hash; no row: none of them
-- locks: none
-- errors: none
SELECT f.hash
FROM (
    SELECT c.token_hash AS hash, c.issued_at
    FROM programmes.redemption_code c
    WHERE c.tenant_id = $1::int AND c.token_hash = ANY ($2::bytea[])
    UNION ALL
    SELECT c.digits_hash, c.issued_at
    FROM programmes.redemption_code c
    WHERE c.tenant_id = $1::int AND c.digits_hash = ANY ($2::bytea[])
        AND c.issued_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date - 1
) AS f
ORDER BY f.issued_at DESC
LIMIT 1;
