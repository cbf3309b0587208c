-- purpose: say of service records that ties, too, ask for a second verifier
-- parameters: none
-- result: none
-- locks: service_record for an instant; readers and writers go on
-- errors: none

COMMENT ON COLUMN programmes.service_record.needs_second IS
    'late, long, by night, or served or recorded among household or kin';
