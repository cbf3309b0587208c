-- purpose: keep what a bank statement may say about an entry
-- parameters: tenant, entry, counterparty, room, channel, order number
-- result: none
-- locks: none beyond the new row
-- errors: 23514 when the channel is unknown
INSERT INTO programmes.trust_cash_detail
    (tenant_id, entry_id, counterparty, room, channel, order_no)
VALUES ($1::int, $2::uuid, $3::text, $4::text, $5::text, $6::text);
