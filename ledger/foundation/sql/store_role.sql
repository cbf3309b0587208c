-- Purpose: a role and its permissions as they ship, replacing what was there.
-- Parameters: $1 role_code text; $2 name_zh text; $3 name_en text; $4 is_sensitive boolean;
--   $5 permissions text[]; $6 is_limited boolean[], beside them; $7 needs_two_people boolean.
-- Result: none. Locks: the rows of the role. Errors: none. Run by the owner, when migrating.
WITH shipped AS (
    INSERT INTO foundation.role (role_code, name_zh, name_en, is_sensitive, needs_two_people)
    VALUES ($1::text, $2::text, $3::text, $4::boolean, $7::boolean)
    ON CONFLICT (role_code) DO UPDATE SET
        name_zh = excluded.name_zh,
        name_en = excluded.name_en,
        is_sensitive = excluded.is_sensitive,
        needs_two_people = excluded.needs_two_people
    RETURNING role_code
),

withdrawn AS (
    DELETE FROM foundation.role_permission
    WHERE role_code = $1::text AND permission <> all($5::text [])
)

INSERT INTO foundation.role_permission (role_code, permission, is_limited)
SELECT
    s.role_code,
    p.permission,
    p.is_limited
FROM shipped AS s
CROSS JOIN unnest($5::text [], $6::boolean []) AS p (permission, is_limited)
ON CONFLICT (role_code, permission) DO UPDATE SET is_limited = excluded.is_limited
