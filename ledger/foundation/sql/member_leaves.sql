-- Purpose: a member has left the programme.
-- Parameters: $1 tenant int; $2 member_id uuid.
-- Result: none. Locks: the row. Errors: none.
UPDATE foundation.member SET status = 'left'
WHERE tenant_id = $1::int AND member_id = $2::uuid
