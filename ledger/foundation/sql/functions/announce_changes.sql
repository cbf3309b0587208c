-- purpose: tell the endpoints of a tenant what a statement wrote, in its own transaction: purchases
--   taken and given back, payments decided, months closed and reopened, statements imported,
--   members enrolled, approvals asked for and decided. One look at the endpoints a statement;
--   entries are not watched at all
-- parameters: none, a trigger after each statement with its new rows
-- result: null
-- locks: the new rows; creating the triggers takes SHARE ROW EXCLUSIVE on a table that lacks one
-- errors: none
CREATE OR REPLACE FUNCTION foundation.announce_changes() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant_id CONSTANT int := nullif(current_setting('gongzhang.tenant_id', true), '')::int;
BEGIN
    IF v_tenant_id IS NULL OR NOT EXISTS (
        SELECT 1 FROM foundation.webhook_endpoint e
        WHERE e.tenant_id = v_tenant_id AND e.state = 'active')
    THEN
        RETURN NULL;
    END IF;
    CASE TG_TABLE_NAME
    WHEN 'redemption_capture' THEN
        PERFORM foundation.announce(v_tenant_id, 'redemption.captured',
            array_agg(c.redemption_id), NULL) FROM changed c HAVING count(*) > 0;
    WHEN 'redemption_refund' THEN
        PERFORM foundation.announce(v_tenant_id, 'redemption.refunded',
            array_agg(c.redemption_id), NULL) FROM changed c HAVING count(*) > 0;
    WHEN 'trust_payment_decision' THEN
        PERFORM foundation.announce(v_tenant_id, 'payment.' || c.verdict,
            array_agg(c.payment_id), NULL) FROM changed c GROUP BY c.verdict;
    WHEN 'period_change' THEN
        PERFORM foundation.announce(v_tenant_id,
            CASE c.action WHEN 'close' THEN 'period.closed' ELSE 'period.reopened' END,
            array_agg(c.change_id), array_agg(c.book_code || ' ' || to_char(c.month, 'YYYY-MM')))
        FROM changed c WHERE c.action IN ('close', 'reopen') GROUP BY c.action;
    WHEN 'statement_file' THEN
        PERFORM foundation.announce(v_tenant_id, 'statement.imported',
            array_agg(c.statement_file_id), NULL) FROM changed c HAVING count(*) > 0;
    WHEN 'member' THEN
        PERFORM foundation.announce(v_tenant_id, 'member.enrolled',
            array_agg(c.member_id), NULL) FROM changed c HAVING count(*) > 0;
    WHEN 'approval_request' THEN
        PERFORM foundation.announce(v_tenant_id, 'approval.requested',
            array_agg(c.approval_id), array_agg(c.kind)) FROM changed c HAVING count(*) > 0;
    WHEN 'approval_decision' THEN
        PERFORM foundation.announce(v_tenant_id, 'approval.decided',
            array_agg(c.approval_id), array_agg(r.kind || ' ' || c.verdict))
        FROM changed c
        JOIN foundation.approval_request r
            ON r.tenant_id = v_tenant_id AND r.approval_id = c.approval_id
        HAVING count(*) > 0;
    END CASE;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    v_table regclass;
BEGIN
    FOREACH v_table IN ARRAY ARRAY[
        'programmes.redemption_capture', 'programmes.redemption_refund',
        'programmes.trust_payment_decision', 'books.period_change',
        'reconciliation.statement_file', 'foundation.member', 'foundation.approval_request',
        'foundation.approval_decision'
    ]::regclass[]
    LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_trigger t
            WHERE t.tgrelid = v_table AND t.tgname = 'changes_are_announced')
        THEN
            EXECUTE format('CREATE TRIGGER changes_are_announced AFTER INSERT ON %s '
                'REFERENCING NEW TABLE AS changed FOR EACH STATEMENT '
                'EXECUTE FUNCTION foundation.announce_changes()', v_table);
        END IF;
    END LOOP;
END
$$;
