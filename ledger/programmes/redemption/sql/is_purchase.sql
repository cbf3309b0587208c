-- purpose: tell whether a hold is a purchase's
-- parameters: tenant, hold
-- result: true when it is
-- locks: none; a hold is a purchase's from the first moment or never
-- errors: none
SELECT EXISTS (
    SELECT 1 FROM programmes.redemption r
    WHERE r.tenant_id = $1::int AND r.redemption_id = $2::uuid
);
