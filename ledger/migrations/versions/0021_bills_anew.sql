-- purpose: number the bills of a unit and month, so that a reversed one can be followed by another
-- parameters: none
-- result: none
-- locks: trust_fee_bill while its key is built; those who bill or list bills wait
-- errors: none

ALTER TABLE programmes.trust_fee_bill
    ADD COLUMN bill_no INTEGER DEFAULT 1 NOT NULL,
    DROP CONSTRAINT trust_fee_bill_pkey,
    ADD PRIMARY KEY (tenant_id, unit_id, month, bill_no);

COMMENT ON COLUMN programmes.trust_fee_bill.bill_no IS
    'which bill of the unit for the month; the ones before are reversed';

COMMENT ON TABLE programmes.trust_fee_bill IS
    'Fees billed; of the bills of a unit and month one at most is not reversed';
