-- purpose: tables of consent, corrections, disclosures, erasure and versions of keys
-- parameters: none
-- result: none
-- locks: ACCESS EXCLUSIVE on person and bank_account, for the instant a nullable column takes
-- errors: 42P07 when a table exists already

ALTER TABLE foundation.person ADD COLUMN key_id BYTEA;

COMMENT ON COLUMN foundation.person.key_id IS 'secret that data_key and indexes are under';

ALTER TABLE reconciliation.bank_account ADD COLUMN key_id BYTEA;

COMMENT ON COLUMN reconciliation.bank_account.key_id IS 'secret that digest and sealed number are under';

CREATE TABLE foundation.secret_version (
    key_id BYTEA NOT NULL,
    activated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (key_id)
);

COMMENT ON TABLE foundation.secret_version IS 'Secrets of the installation that were in force, by id; never the secrets';

COMMENT ON COLUMN foundation.secret_version.key_id IS 'id that follows from the secret';

COMMENT ON COLUMN foundation.secret_version.activated_at IS 'first noted as the current one';

COMMENT ON COLUMN foundation.secret_version.retired_at IS 'not accepted since';
