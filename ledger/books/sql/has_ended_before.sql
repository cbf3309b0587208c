-- purpose: tell whether every transaction before a number has ended
-- parameters: transaction number, as text
-- result: true when none is under way any more
-- locks: none
-- errors: none
SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8;
