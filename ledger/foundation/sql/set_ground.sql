-- Purpose: the ground on which the rest of this transaction acts for members.
-- Parameters: $1 ground text.
-- Result: the ground. Locks: none. Errors: none.
-- Why a setting: functions of the books write lines of the audit log as well, and read it there.
SELECT set_config('gongzhang.ground', $1::text, true)
