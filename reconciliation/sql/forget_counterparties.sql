-- purpose: empty what old bank lines say about people
-- parameters: tenant; first day that is kept; most lines
-- result: lines emptied
-- locks: the rows
-- errors: none
SELECT reconciliation.forget_counterparties($1::int, $2::date, $3::int);
