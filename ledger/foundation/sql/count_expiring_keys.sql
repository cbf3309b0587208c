-- Purpose: API keys that end soon and that no other key replaces.
-- Parameters: $1 now timestamptz; $2 until timestamptz.
-- Result: keys, first_day (null: none); one row. Locks: none. Errors: none.
SELECT
    count(*)::int AS keys,
    min(expires_at AT TIME ZONE 'Asia/Shanghai')::date AS first_day
FROM foundation.api_key
WHERE
    revoked_at IS NULL
    AND replaced_by IS NULL
    AND expires_at > $1::timestamptz
    AND expires_at <= $2::timestamptz
