-- purpose: tables of runs of jobs and the queue of the worker
-- parameters: none
-- result: none
-- locks: none, the tables are new
-- errors: 42P07 when a table exists already

CREATE SCHEMA jobs;

CREATE TYPE jobs.pgqueuer_status AS ENUM ('queued', 'picked', 'successful', 'exception', 'canceled', 'deleted', 'failed');

CREATE TABLE jobs.job_state (
    job TEXT NOT NULL,
    scope_tenant_id INTEGER NOT NULL,
    finished_through TIMESTAMP WITH TIME ZONE,
    period TIMESTAMP WITH TIME ZONE,
    run_id UUID,
    policy_version INTEGER,
    begun_at TIMESTAMP WITH TIME ZONE,
    steps BIGINT DEFAULT 0 NOT NULL,
    handled BIGINT DEFAULT 0 NOT NULL,
    refused BIGINT DEFAULT 0 NOT NULL,
    entries BIGINT DEFAULT 0 NOT NULL,
    totals JSONB DEFAULT '{}' NOT NULL,
    facts JSONB DEFAULT '{}' NOT NULL,
    digest BYTEA,
    attempts BIGINT DEFAULT 0 NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE,
    parked_at TIMESTAMP WITH TIME ZONE,
    wanted_by INTEGER,
    last_error TEXT,
    last_finished_at TIMESTAMP WITH TIME ZONE,
    last_milliseconds BIGINT DEFAULT 0 NOT NULL,
    last_refused BIGINT DEFAULT 0 NOT NULL,
    runs BIGINT DEFAULT 0 NOT NULL,
    failures BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (job, scope_tenant_id),
    CONSTRAINT run_has_a_period CHECK ((run_id IS NULL) = (period IS NULL)),
    CONSTRAINT only_what_failed_is_parked CHECK (parked_at IS NULL OR attempts > 0),
    CONSTRAINT wanted_by_is_a_caller FOREIGN KEY(wanted_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE jobs.job_state IS 'Where a job stands in a tenant; whoever works on it holds this row';

COMMENT ON COLUMN jobs.job_state.job IS 'the job''s code';

COMMENT ON COLUMN jobs.job_state.scope_tenant_id IS 'for which tenant; 0: for the whole platform';

COMMENT ON COLUMN jobs.job_state.finished_through IS 'beginning of the latest finished period';

COMMENT ON COLUMN jobs.job_state.period IS 'beginning of the period under way';

COMMENT ON COLUMN jobs.job_state.run_id IS 'the run under way';

COMMENT ON COLUMN jobs.job_state.policy_version IS 'version of the policy that the run goes by';

COMMENT ON COLUMN jobs.job_state.begun_at IS 'when the run under way began';

COMMENT ON COLUMN jobs.job_state.steps IS 'transactions of the run under way';

COMMENT ON COLUMN jobs.job_state.handled IS 'things dealt with';

COMMENT ON COLUMN jobs.job_state.refused IS 'things that could not be dealt with, or that do not hold';

COMMENT ON COLUMN jobs.job_state.entries IS 'entries posted';

COMMENT ON COLUMN jobs.job_state.totals IS 'unit → sum of what was posted, smallest units';

COMMENT ON COLUMN jobs.job_state.facts IS 'what the job itself says: counts and codes, no personal data';

COMMENT ON COLUMN jobs.job_state.digest IS 'sum of the hashes of what was posted, modulo 2^256';

COMMENT ON COLUMN jobs.job_state.attempts IS 'failed attempts of the period under way';

COMMENT ON COLUMN jobs.job_state.next_attempt_at IS 'not before; absent: at once';

COMMENT ON COLUMN jobs.job_state.parked_at IS 'not tried again by itself since';

COMMENT ON COLUMN jobs.job_state.wanted_by IS 'who asked for it to run now';

COMMENT ON COLUMN jobs.job_state.last_error IS 'code of the latest failure';

COMMENT ON COLUMN jobs.job_state.last_finished_at IS 'end of the latest finished run';

COMMENT ON COLUMN jobs.job_state.last_milliseconds IS 'how long that took';

COMMENT ON COLUMN jobs.job_state.last_refused IS 'what that left undone, or found wrong';

COMMENT ON COLUMN jobs.job_state.runs IS 'finished runs so far';

COMMENT ON COLUMN jobs.job_state.failures IS 'failed attempts so far';

CREATE TABLE jobs.job_run (
    run_id UUID NOT NULL,
    job TEXT NOT NULL,
    scope_tenant_id INTEGER NOT NULL,
    period TIMESTAMP WITH TIME ZONE NOT NULL,
    policy_version INTEGER NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE NOT NULL,
    steps BIGINT DEFAULT 0 NOT NULL,
    handled BIGINT DEFAULT 0 NOT NULL,
    refused BIGINT DEFAULT 0 NOT NULL,
    entries BIGINT DEFAULT 0 NOT NULL,
    totals JSONB DEFAULT '{}' NOT NULL,
    facts JSONB DEFAULT '{}' NOT NULL,
    result_hash BYTEA NOT NULL,
    asked_by INTEGER NOT NULL,
    PRIMARY KEY (run_id),
    CONSTRAINT job_runs_once_a_period UNIQUE (job, scope_tenant_id, period, policy_version),
    CONSTRAINT run_ends_after_it_began CHECK (finished_at >= begun_at),
    CONSTRAINT asked_by_is_a_caller FOREIGN KEY(asked_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX job_run_by_tenant ON jobs.job_run (scope_tenant_id, run_id);

CREATE INDEX job_run_by_job ON jobs.job_run (job, run_id);

COMMENT ON TABLE jobs.job_run IS 'What a finished run did; append-only';

COMMENT ON COLUMN jobs.job_run.run_id IS 'public id';

COMMENT ON COLUMN jobs.job_run.job IS 'the job''s code';

COMMENT ON COLUMN jobs.job_run.scope_tenant_id IS 'for which tenant; 0: for the whole platform';

COMMENT ON COLUMN jobs.job_run.period IS 'beginning of the period it was for';

COMMENT ON COLUMN jobs.job_run.policy_version IS 'of the job''s policy; 0: none';

COMMENT ON COLUMN jobs.job_run.begun_at IS 'when it began';

COMMENT ON COLUMN jobs.job_run.finished_at IS 'when it was done';

COMMENT ON COLUMN jobs.job_run.steps IS 'transactions it took';

COMMENT ON COLUMN jobs.job_run.handled IS 'things dealt with';

COMMENT ON COLUMN jobs.job_run.refused IS 'things that could not be dealt with, or that do not hold';

COMMENT ON COLUMN jobs.job_run.entries IS 'entries posted';

COMMENT ON COLUMN jobs.job_run.totals IS 'unit → sum of what was posted, smallest units';

COMMENT ON COLUMN jobs.job_run.facts IS 'what the job itself says: counts and codes, no personal data';

COMMENT ON COLUMN jobs.job_run.result_hash IS 'sha-256 over what was posted';

COMMENT ON COLUMN jobs.job_run.asked_by IS 'who asked for it; the system: its schedule';

CREATE TABLE jobs.job_failure (
    failure_id UUID NOT NULL,
    job TEXT NOT NULL,
    scope_tenant_id INTEGER NOT NULL,
    period TIMESTAMP WITH TIME ZONE NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt INTEGER NOT NULL,
    error TEXT NOT NULL,
    detail TEXT NOT NULL,
    asked_by INTEGER NOT NULL,
    PRIMARY KEY (failure_id),
    CONSTRAINT attempts_are_counted_from_one CHECK (attempt > 0),
    CONSTRAINT asked_by_is_a_caller FOREIGN KEY(asked_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX job_failure_by_job ON jobs.job_failure (job, scope_tenant_id, failure_id);

COMMENT ON TABLE jobs.job_failure IS 'An attempt that failed; append-only';

COMMENT ON COLUMN jobs.job_failure.failure_id IS 'public id';

COMMENT ON COLUMN jobs.job_failure.job IS 'the job''s code';

COMMENT ON COLUMN jobs.job_failure.scope_tenant_id IS 'for which tenant; 0: for the whole platform';

COMMENT ON COLUMN jobs.job_failure.period IS 'beginning of the period it was for';

COMMENT ON COLUMN jobs.job_failure.failed_at IS 'when';

COMMENT ON COLUMN jobs.job_failure.attempt IS 'the how many-th for the period';

COMMENT ON COLUMN jobs.job_failure.error IS 'code of the error';

COMMENT ON COLUMN jobs.job_failure.detail IS 'in words, without personal data';

COMMENT ON COLUMN jobs.job_failure.asked_by IS 'who asked for it; the system: its schedule';

CREATE TABLE jobs.pgqueuer (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    priority INTEGER NOT NULL,
    queue_manager_id UUID,
    created TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    heartbeat TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    execute_after TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    status jobs.pgqueuer_status NOT NULL,
    entrypoint TEXT NOT NULL,
    dedupe_key TEXT,
    payload BYTEA,
    headers JSONB,
    attempts INTEGER DEFAULT 0 NOT NULL,
    slot BIGINT,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON jobs.pgqueuer (entrypoint, slot) WHERE status = 'picked'::jobs.pgqueuer_status AND slot IS NOT NULL;

CREATE INDEX pgqueuer_ep_prio_id_idx ON jobs.pgqueuer (entrypoint, priority DESC, id) WHERE status = 'queued'::jobs.pgqueuer_status;

CREATE INDEX pgqueuer_picked_heartbeat_idx ON jobs.pgqueuer (heartbeat) WHERE status = 'picked'::jobs.pgqueuer_status;

CREATE INDEX pgqueuer_queue_manager_id_idx ON jobs.pgqueuer (queue_manager_id) WHERE queue_manager_id IS NOT NULL;

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON jobs.pgqueuer (dedupe_key) WHERE status IN ('queued'::jobs.pgqueuer_status, 'picked'::jobs.pgqueuer_status) AND dedupe_key IS NOT NULL;

COMMENT ON TABLE jobs.pgqueuer IS 'What workers have to do; a row is gone when it is done';

COMMENT ON COLUMN jobs.pgqueuer.id IS 'order of arrival';

COMMENT ON COLUMN jobs.pgqueuer.priority IS 'higher first';

COMMENT ON COLUMN jobs.pgqueuer.queue_manager_id IS 'the worker that has it';

COMMENT ON COLUMN jobs.pgqueuer.created IS 'when it was queued';

COMMENT ON COLUMN jobs.pgqueuer.updated IS 'its latest change';

COMMENT ON COLUMN jobs.pgqueuer.heartbeat IS 'latest sign of life of the worker that has it';

COMMENT ON COLUMN jobs.pgqueuer.execute_after IS 'not before';

COMMENT ON COLUMN jobs.pgqueuer.status IS 'where it is in its life';

COMMENT ON COLUMN jobs.pgqueuer.entrypoint IS 'what is to be done';

COMMENT ON COLUMN jobs.pgqueuer.dedupe_key IS 'at most one of a key waits or is worked on';

COMMENT ON COLUMN jobs.pgqueuer.payload IS 'for whom';

COMMENT ON COLUMN jobs.pgqueuer.headers IS 'unused';

COMMENT ON COLUMN jobs.pgqueuer.attempts IS 'tried so often';

COMMENT ON COLUMN jobs.pgqueuer.slot IS 'seat under a limit; unused';

CREATE TABLE jobs.pgqueuer_log (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    created TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    job_id BIGINT NOT NULL,
    status jobs.pgqueuer_status NOT NULL,
    priority INTEGER NOT NULL,
    entrypoint TEXT NOT NULL,
    traceback JSONB,
    aggregated BOOLEAN DEFAULT false,
    PRIMARY KEY (id)
);

CREATE INDEX pgqueuer_log_job_id_status ON jobs.pgqueuer_log (job_id, created DESC);

CREATE INDEX pgqueuer_log_created ON jobs.pgqueuer_log (created);

COMMENT ON TABLE jobs.pgqueuer_log IS 'What happened in the queue; swept after a week';

COMMENT ON COLUMN jobs.pgqueuer_log.id IS 'order of arrival';

COMMENT ON COLUMN jobs.pgqueuer_log.created IS 'when';

COMMENT ON COLUMN jobs.pgqueuer_log.job_id IS 'number in the queue';

COMMENT ON COLUMN jobs.pgqueuer_log.status IS 'where it is in its life';

COMMENT ON COLUMN jobs.pgqueuer_log.priority IS 'higher first';

COMMENT ON COLUMN jobs.pgqueuer_log.entrypoint IS 'what was to be done';

COMMENT ON COLUMN jobs.pgqueuer_log.traceback IS 'what went wrong';

COMMENT ON COLUMN jobs.pgqueuer_log.aggregated IS 'unused';

CREATE TABLE jobs.pgqueuer_schedules (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    expression TEXT NOT NULL,
    entrypoint TEXT NOT NULL,
    heartbeat TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    next_run TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_run TIMESTAMP WITH TIME ZONE,
    status jobs.pgqueuer_status DEFAULT 'queued'::jobs.pgqueuer_status,
    PRIMARY KEY (id),
    CONSTRAINT schedule_is_kept_once UNIQUE (expression, entrypoint)
);

COMMENT ON TABLE jobs.pgqueuer_schedules IS 'The one schedule: looking every minute for what is due';

COMMENT ON COLUMN jobs.pgqueuer_schedules.id IS 'order of arrival';

COMMENT ON COLUMN jobs.pgqueuer_schedules.expression IS 'cron';

COMMENT ON COLUMN jobs.pgqueuer_schedules.entrypoint IS 'what is to be done';

COMMENT ON COLUMN jobs.pgqueuer_schedules.heartbeat IS 'latest sign of life of the worker that has it';

COMMENT ON COLUMN jobs.pgqueuer_schedules.created IS 'when it was made';

COMMENT ON COLUMN jobs.pgqueuer_schedules.updated IS 'its latest change';

COMMENT ON COLUMN jobs.pgqueuer_schedules.next_run IS 'not before';

COMMENT ON COLUMN jobs.pgqueuer_schedules.last_run IS 'the latest time';

COMMENT ON COLUMN jobs.pgqueuer_schedules.status IS 'where it is in its life';

CREATE TABLE jobs.pgqueuer_statistics (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    created TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    count BIGINT NOT NULL,
    priority INTEGER NOT NULL,
    status jobs.pgqueuer_status NOT NULL,
    entrypoint TEXT NOT NULL,
    PRIMARY KEY (id)
);

COMMENT ON TABLE jobs.pgqueuer_statistics IS 'Asked for by the library, never written: job_run says more';

COMMENT ON COLUMN jobs.pgqueuer_statistics.id IS 'order of arrival';

COMMENT ON COLUMN jobs.pgqueuer_statistics.created IS 'which second';

COMMENT ON COLUMN jobs.pgqueuer_statistics.count IS 'how many';

COMMENT ON COLUMN jobs.pgqueuer_statistics.priority IS 'higher first';

COMMENT ON COLUMN jobs.pgqueuer_statistics.status IS 'where it is in its life';

COMMENT ON COLUMN jobs.pgqueuer_statistics.entrypoint IS 'what was to be done';
