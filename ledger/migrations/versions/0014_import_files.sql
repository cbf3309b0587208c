-- purpose: tables of files of people and organisations between preview and result
-- parameters: none
-- result: none
-- locks: none, the tables are new
-- errors: 42P07 when a table exists already

CREATE TABLE foundation.import_file (
    tenant_id INTEGER NOT NULL,
    import_id UUID NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    size_bytes BIGINT NOT NULL,
    data_key BYTEA,
    unknown_columns TEXT[] DEFAULT '{}'::text[] NOT NULL,
    state TEXT NOT NULL,
    ready_count INTEGER DEFAULT 0 NOT NULL,
    skipped_count INTEGER DEFAULT 0 NOT NULL,
    error_count INTEGER DEFAULT 0 NOT NULL,
    warned_count INTEGER DEFAULT 0 NOT NULL,
    done_count INTEGER DEFAULT 0 NOT NULL,
    uploaded_by INTEGER NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_by INTEGER,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (tenant_id, import_id),
    CONSTRAINT import_kind_is_known CHECK (kind IN ('people', 'org_units', 'merchants', 'partners')),
    CONSTRAINT import_state_is_known CHECK (state IN ('previewed', 'running', 'finished', 'cancelled', 'expired')),
    CONSTRAINT import_is_confirmed_as_a_whole CHECK (num_nulls(confirmed_by, confirmed_at) IN (0, 2)),
    CONSTRAINT nothing_is_imported_unconfirmed CHECK (state NOT IN ('running', 'finished') OR confirmed_at IS NOT NULL),
    CONSTRAINT import_waits_for_a_yes CHECK (done_count = 0 OR confirmed_at IS NOT NULL),
    CONSTRAINT uploaded_by_is_a_caller FOREIGN KEY(uploaded_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT confirmed_by_is_a_caller FOREIGN KEY(confirmed_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.import_file IS 'A file of people or organisations; tenant 0: of the platform';

COMMENT ON COLUMN foundation.import_file.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.import_file.import_id IS 'public id';

COMMENT ON COLUMN foundation.import_file.kind IS 'people, org_units, merchants or partners';

COMMENT ON COLUMN foundation.import_file.file_name IS 'name of the file; kept for people';

COMMENT ON COLUMN foundation.import_file.sha256 IS 'digest of the file';

COMMENT ON COLUMN foundation.import_file.size_bytes IS 'size of the file';

COMMENT ON COLUMN foundation.import_file.data_key IS 'key of its cells, wrapped; absent once destroyed';

COMMENT ON COLUMN foundation.import_file.unknown_columns IS 'names of columns that were not read';

COMMENT ON COLUMN foundation.import_file.state IS 'previewed, running, finished, cancelled or expired';

COMMENT ON COLUMN foundation.import_file.ready_count IS 'lines that are to be written';

COMMENT ON COLUMN foundation.import_file.skipped_count IS 'lines of what is there already';

COMMENT ON COLUMN foundation.import_file.error_count IS 'lines with something wrong';

COMMENT ON COLUMN foundation.import_file.warned_count IS 'lines with something odd, in whichever state';

COMMENT ON COLUMN foundation.import_file.done_count IS 'lines that were written';

COMMENT ON COLUMN foundation.import_file.uploaded_by IS 'who sent it';

COMMENT ON COLUMN foundation.import_file.uploaded_at IS 'when';

COMMENT ON COLUMN foundation.import_file.expires_at IS 'when its key is destroyed at the latest';

COMMENT ON COLUMN foundation.import_file.confirmed_by IS 'who confirmed it';

COMMENT ON COLUMN foundation.import_file.confirmed_at IS 'when';

COMMENT ON COLUMN foundation.import_file.finished_at IS 'when the last line was written';

CREATE TABLE foundation.import_due (
    scope_tenant_id INTEGER NOT NULL,
    import_id UUID NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (scope_tenant_id, import_id)
);

CREATE INDEX import_due_by_moment ON foundation.import_due (due_at);

COMMENT ON TABLE foundation.import_due IS 'Files of which something is still to be written or forgotten';

COMMENT ON COLUMN foundation.import_due.scope_tenant_id IS 'whose file it is; 0: of the platform';

COMMENT ON COLUMN foundation.import_due.import_id IS 'which file';

COMMENT ON COLUMN foundation.import_due.due_at IS 'when the worker has something to do: write, or forget';

CREATE TABLE foundation.import_line (
    tenant_id INTEGER NOT NULL,
    import_id UUID NOT NULL,
    line INTEGER NOT NULL,
    rank SMALLINT NOT NULL,
    state TEXT NOT NULL,
    cells_sealed BYTEA,
    household TEXT,
    is_head BOOLEAN NOT NULL,
    problems TEXT[] DEFAULT '{}'::text[] NOT NULL,
    warnings TEXT[] DEFAULT '{}'::text[] NOT NULL,
    object_id UUID,
    own_number_sealed BYTEA,
    PRIMARY KEY (tenant_id, import_id, line),
    CONSTRAINT line_belongs_to_a_file FOREIGN KEY(tenant_id, import_id) REFERENCES foundation.import_file (tenant_id, import_id),
    CONSTRAINT import_line_state_is_known CHECK (state IN ('ready', 'skipped', 'error', 'done')),
    CONSTRAINT wrong_import_line_says_why CHECK ((state = 'error') <= (problems <> '{}')),
    CONSTRAINT done_line_made_something CHECK (state <> 'done' OR object_id IS NOT NULL)
);

CREATE INDEX import_line_by_household ON foundation.import_line (tenant_id, import_id, household) WHERE household IS NOT NULL;

CREATE INDEX import_line_by_state ON foundation.import_line (tenant_id, import_id, state, rank, line);

COMMENT ON TABLE foundation.import_line IS 'One line of such a file and what became of it';

COMMENT ON COLUMN foundation.import_line.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.import_line.import_id IS 'of which file';

COMMENT ON COLUMN foundation.import_line.line IS 'line or row of the file';

COMMENT ON COLUMN foundation.import_line.rank IS 'lower ones are written first';

COMMENT ON COLUMN foundation.import_line.state IS 'ready, skipped, error or done';

COMMENT ON COLUMN foundation.import_line.cells_sealed IS 'cells under the file''s key; absent once done';

COMMENT ON COLUMN foundation.import_line.household IS 'number of the household that it names';

COMMENT ON COLUMN foundation.import_line.is_head IS 'whether it names the head of that';

COMMENT ON COLUMN foundation.import_line.problems IS 'why it is not written: field:reason or field:reason:line; no values';

COMMENT ON COLUMN foundation.import_line.warnings IS 'what is odd about it, in the same form';

COMMENT ON COLUMN foundation.import_line.object_id IS 'what was made of it, or was there';

COMMENT ON COLUMN foundation.import_line.own_number_sealed IS 'sender''s number, under the person''s key';
