-- purpose: the number that separates transactions under way now from later ones
-- parameters: none
-- result: a transaction number, as text
-- locks: none
-- errors: none
SELECT pg_snapshot_xmax(pg_current_snapshot())::text;
