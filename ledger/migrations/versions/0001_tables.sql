-- purpose: all tables of the first release; frozen, a later change is a migration of its own
-- parameters: none
-- result: none
-- locks: none, the tables are new
-- errors: 42P07 when a table exists already

CREATE SCHEMA books;

CREATE SCHEMA foundation;

CREATE SCHEMA programmes;

CREATE SCHEMA reconciliation;

CREATE TABLE books.unit (
    unit_code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    per_major INTEGER NOT NULL,
    PRIMARY KEY (unit_code)
);

COMMENT ON TABLE books.unit IS 'Units of account; amounts are whole numbers of the smallest unit';

COMMENT ON COLUMN books.unit.unit_code IS 'minute, point, star or fen';

COMMENT ON COLUMN books.unit.name_zh IS 'Chinese name of the displayed unit';

COMMENT ON COLUMN books.unit.name_en IS 'English name of the displayed unit';

COMMENT ON COLUMN books.unit.per_major IS 'smallest units in one displayed unit';

CREATE TABLE books.tenant_counter (
    last_tenant_id INTEGER NOT NULL,
    PRIMARY KEY (last_tenant_id)
);

COMMENT ON TABLE books.tenant_counter IS 'One row; a plain sequence would leave gaps and does not shard';

COMMENT ON COLUMN books.tenant_counter.last_tenant_id IS 'highest tenant number given out';

CREATE TABLE books.tenant (
    tenant_id INTEGER NOT NULL,
    public_id UUID NOT NULL,
    last_account_id INTEGER NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id),
    CONSTRAINT tenant_public_id_is_unique UNIQUE (tenant_id, public_id)
);

COMMENT ON TABLE books.tenant IS 'Owner of books: one programme or one estate trust';

COMMENT ON COLUMN books.tenant.tenant_id IS 'tenant';

COMMENT ON COLUMN books.tenant.public_id IS 'id that travels';

COMMENT ON COLUMN books.tenant.last_account_id IS 'highest account_id given out';

COMMENT ON COLUMN books.tenant.opened_at IS 'when the tenant was created';

CREATE TABLE books.account_change (
    tenant_id INTEGER NOT NULL,
    change_id UUID NOT NULL,
    account_id INTEGER NOT NULL,
    status SMALLINT NOT NULL,
    reason TEXT NOT NULL,
    caller_id INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, change_id)
);

CREATE INDEX account_change_by_account ON books.account_change (tenant_id, account_id);

COMMENT ON TABLE books.account_change IS 'History of freezing, closing and reopening';

COMMENT ON COLUMN books.account_change.tenant_id IS 'tenant';

COMMENT ON COLUMN books.account_change.change_id IS 'id of the change';

COMMENT ON COLUMN books.account_change.account_id IS 'account';

COMMENT ON COLUMN books.account_change.status IS '0 open, 1 frozen, 2 closed';

COMMENT ON COLUMN books.account_change.reason IS 'why';

COMMENT ON COLUMN books.account_change.caller_id IS 'who';

COMMENT ON COLUMN books.account_change.changed_at IS 'when';

CREATE TABLE books.command (
    tenant_id INTEGER NOT NULL,
    caller_id INTEGER NOT NULL,
    key UUID NOT NULL,
    entry_id UUID NOT NULL,
    fingerprint BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, caller_id, key)
);

COMMENT ON TABLE books.command IS 'Idempotency keys claimed, accepted and refused alike';

COMMENT ON COLUMN books.command.tenant_id IS 'tenant';

COMMENT ON COLUMN books.command.caller_id IS 'who sent it';

COMMENT ON COLUMN books.command.key IS 'idempotency key as a uuid';

COMMENT ON COLUMN books.command.entry_id IS 'entry it asked for';

COMMENT ON COLUMN books.command.fingerprint IS 'digests of the command as sent';

CREATE TABLE books.command_refusal (
    tenant_id INTEGER NOT NULL,
    caller_id INTEGER NOT NULL,
    key UUID NOT NULL,
    code TEXT NOT NULL,
    detail JSONB,
    refused_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, caller_id, key)
);

COMMENT ON TABLE books.command_refusal IS 'Refusals that depended on state; replayed for ever';

COMMENT ON COLUMN books.command_refusal.tenant_id IS 'tenant';

COMMENT ON COLUMN books.command_refusal.caller_id IS 'who sent it';

COMMENT ON COLUMN books.command_refusal.key IS 'idempotency key as a uuid';

COMMENT ON COLUMN books.command_refusal.code IS 'reason, as in the list of refusals';

COMMENT ON COLUMN books.command_refusal.detail IS 'attributes of the refusal';

COMMENT ON COLUMN books.command_refusal.refused_at IS 'when it was decided';

CREATE TABLE books.entry (
    tenant_id INTEGER NOT NULL,
    booked_on DATE NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    entry_id UUID NOT NULL,
    caller_id INTEGER NOT NULL,
    kind SMALLINT NOT NULL,
    event_code TEXT NOT NULL,
    subject_id UUID,
    policy_version INTEGER,
    PRIMARY KEY (tenant_id, entry_id)
);

CREATE INDEX entry_by_booked_on ON books.entry (tenant_id, booked_on);

CREATE INDEX entry_by_posted_at ON books.entry USING brin (posted_at) WITH (pages_per_range = 16);

COMMENT ON TABLE books.entry IS 'A group of transfers that stands or falls together (凭证)';

COMMENT ON COLUMN books.entry.tenant_id IS 'tenant';

COMMENT ON COLUMN books.entry.booked_on IS 'accounting date; selects the period';

COMMENT ON COLUMN books.entry.occurred_at IS 'when it happened';

COMMENT ON COLUMN books.entry.posted_at IS 'posting moment, under the locks';

COMMENT ON COLUMN books.entry.entry_id IS 'uuid v7, also public';

COMMENT ON COLUMN books.entry.caller_id IS 'who sent it';

COMMENT ON COLUMN books.entry.kind IS '0 entry, 1 reversal, 2 hold, 3 capture, 4 void, 5 expiry, 6 refund';

COMMENT ON COLUMN books.entry.event_code IS 'business event of the catalogue';

COMMENT ON COLUMN books.entry.subject_id IS 'what it is about';

COMMENT ON COLUMN books.entry.policy_version IS 'version of the rule that decided the amounts';

ALTER INDEX books.entry_pkey SET (fillfactor = 100);

CREATE TABLE books.transfer (
    tenant_id INTEGER NOT NULL,
    debit_account_id INTEGER NOT NULL,
    credit_account_id INTEGER NOT NULL,
    expires_on DATE NOT NULL,
    entry_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    debit_version BIGINT NOT NULL,
    credit_version BIGINT NOT NULL,
    debit_balance BIGINT NOT NULL,
    credit_balance BIGINT NOT NULL,
    line_no SMALLINT NOT NULL,
    PRIMARY KEY (tenant_id, entry_id, line_no),
    CONSTRAINT transfer_amount_is_positive CHECK (amount > 0),
    CONSTRAINT transfer_accounts_differ CHECK (debit_account_id <> credit_account_id)
);

CREATE UNIQUE INDEX transfer_by_debit_version ON books.transfer (tenant_id, debit_account_id, debit_version);

CREATE UNIQUE INDEX transfer_by_credit_version ON books.transfer (tenant_id, credit_account_id, credit_version);

COMMENT ON TABLE books.transfer IS 'One debit, one credit, one positive amount';

COMMENT ON COLUMN books.transfer.tenant_id IS 'tenant';

COMMENT ON COLUMN books.transfer.debit_account_id IS 'account debited';

COMMENT ON COLUMN books.transfer.credit_account_id IS 'account credited';

COMMENT ON COLUMN books.transfer.expires_on IS 'expiry of the units moved; infinity: none';

COMMENT ON COLUMN books.transfer.entry_id IS 'entry';

COMMENT ON COLUMN books.transfer.amount IS 'smallest units, above zero';

COMMENT ON COLUMN books.transfer.debit_version IS 'version of the debited account';

COMMENT ON COLUMN books.transfer.credit_version IS 'version of the credited account';

COMMENT ON COLUMN books.transfer.debit_balance IS 'balance debited account after it';

COMMENT ON COLUMN books.transfer.credit_balance IS 'balance credited one after it';

COMMENT ON COLUMN books.transfer.line_no IS 'order within the entry, from 1';

ALTER INDEX books.transfer_pkey SET (fillfactor = 100);

CREATE TABLE books.entry_memo (
    tenant_id INTEGER NOT NULL,
    entry_id UUID NOT NULL,
    commitment BYTEA NOT NULL,
    salt BYTEA,
    memo TEXT,
    PRIMARY KEY (tenant_id, entry_id)
);

COMMENT ON TABLE books.entry_memo IS 'Free text beside the journal; the seal holds its commitment alone';

COMMENT ON COLUMN books.entry_memo.tenant_id IS 'tenant';

COMMENT ON COLUMN books.entry_memo.entry_id IS 'entry';

COMMENT ON COLUMN books.entry_memo.commitment IS 'sha256(salt || memo)';

COMMENT ON COLUMN books.entry_memo.salt IS '16 random bytes; erased with the memo';

COMMENT ON COLUMN books.entry_memo.memo IS 'free text (摘要); erased with its salt';

CREATE TABLE books.reversal (
    tenant_id INTEGER NOT NULL,
    reversed_entry_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, reversed_entry_id),
    CONSTRAINT reversal_entry_is_unique UNIQUE (tenant_id, entry_id)
);

COMMENT ON TABLE books.reversal IS 'Which entry mirrors which; an entry is reversed once';

COMMENT ON COLUMN books.reversal.tenant_id IS 'tenant';

COMMENT ON COLUMN books.reversal.reversed_entry_id IS 'original entry';

COMMENT ON COLUMN books.reversal.entry_id IS 'mirror entry (红冲)';

CREATE TABLE books.expiry_bucket (
    tenant_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    expires_on DATE NOT NULL,
    balance BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account_id, expires_on),
    CONSTRAINT bucket_balance_is_not_negative CHECK (balance >= 0)
)
 WITH (fillfactor = 70);

COMMENT ON TABLE books.expiry_bucket IS 'Balance of an account by expiry date';

COMMENT ON COLUMN books.expiry_bucket.tenant_id IS 'tenant';

COMMENT ON COLUMN books.expiry_bucket.account_id IS 'account that tracks expiry';

COMMENT ON COLUMN books.expiry_bucket.expires_on IS 'last day of use; infinity: none';

COMMENT ON COLUMN books.expiry_bucket.balance IS 'units that expire then';

CREATE TABLE books.hold (
    tenant_id INTEGER NOT NULL,
    hold_id UUID NOT NULL,
    account_id INTEGER NOT NULL,
    held_account_id INTEGER NOT NULL,
    amount BIGINT NOT NULL,
    captured BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status SMALLINT NOT NULL,
    capture_account_id INTEGER,
    resolving_entry_id UUID,
    PRIMARY KEY (tenant_id, hold_id),
    CONSTRAINT hold_amount_is_positive CHECK (amount > 0),
    CONSTRAINT capture_is_within_hold CHECK (captured BETWEEN 0 AND amount),
    CONSTRAINT refund_is_within_capture CHECK (refunded BETWEEN 0 AND captured)
)
 WITH (fillfactor = 70);

CREATE INDEX hold_open_by_expiry ON books.hold (tenant_id, expires_at) WHERE status = 0;

CREATE INDEX hold_by_account ON books.hold (tenant_id, account_id);

COMMENT ON TABLE books.hold IS 'A reservation that resolves exactly once';

COMMENT ON COLUMN books.hold.tenant_id IS 'tenant';

COMMENT ON COLUMN books.hold.hold_id IS 'its placing entry''s id';

COMMENT ON COLUMN books.hold.account_id IS 'available account';

COMMENT ON COLUMN books.hold.held_account_id IS 'held account';

COMMENT ON COLUMN books.hold.amount IS 'units held';

COMMENT ON COLUMN books.hold.captured IS 'units captured';

COMMENT ON COLUMN books.hold.refunded IS 'captured units given back';

COMMENT ON COLUMN books.hold.expires_at IS 'from here on it can only expire';

COMMENT ON COLUMN books.hold.status IS '0 open, 1 captured, 2 void, 3 expired';

COMMENT ON COLUMN books.hold.capture_account_id IS 'account that received the capture';

COMMENT ON COLUMN books.hold.resolving_entry_id IS 'entry that resolved it';

CREATE TABLE books.hold_refund (
    tenant_id INTEGER NOT NULL,
    entry_id UUID NOT NULL,
    hold_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, entry_id)
);

CREATE INDEX hold_refund_by_hold ON books.hold_refund (tenant_id, hold_id);

COMMENT ON TABLE books.hold_refund IS 'Refunds of captured holds';

COMMENT ON COLUMN books.hold_refund.tenant_id IS 'tenant';

COMMENT ON COLUMN books.hold_refund.entry_id IS 'refunding entry';

COMMENT ON COLUMN books.hold_refund.hold_id IS 'hold whose capture is given back';

COMMENT ON COLUMN books.hold_refund.amount IS 'units given back';

CREATE TABLE books.voucher_counter (
    tenant_id INTEGER NOT NULL,
    book_code TEXT NOT NULL,
    period DATE NOT NULL,
    last_number INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, book_code, period)
);

COMMENT ON TABLE books.voucher_counter IS 'Counter of voucher numbers, locked last';

COMMENT ON COLUMN books.voucher_counter.tenant_id IS 'tenant';

COMMENT ON COLUMN books.voucher_counter.book_code IS 'book';

COMMENT ON COLUMN books.voucher_counter.period IS 'first day of the accounting month';

COMMENT ON COLUMN books.voucher_counter.last_number IS 'highest 记-number given out';

CREATE TABLE books.voucher (
    tenant_id INTEGER NOT NULL,
    book_code TEXT NOT NULL,
    period DATE NOT NULL,
    number INTEGER NOT NULL,
    entry_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, book_code, period, number),
    CONSTRAINT voucher_entry_is_unique UNIQUE (tenant_id, entry_id, book_code)
);

COMMENT ON TABLE books.voucher IS 'Voucher numbers of entries in numbered books';

COMMENT ON COLUMN books.voucher.tenant_id IS 'tenant';

COMMENT ON COLUMN books.voucher.book_code IS 'book';

COMMENT ON COLUMN books.voucher.period IS 'first day of the accounting month';

COMMENT ON COLUMN books.voucher.number IS '记-number, gap-free from 1';

COMMENT ON COLUMN books.voucher.entry_id IS 'entry';

CREATE TABLE books.seal_queue (
    tenant_id INTEGER NOT NULL,
    batch_id UUID NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    entry_count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, batch_id)
);

COMMENT ON TABLE books.seal_queue IS 'Batches waiting for their seal';

COMMENT ON COLUMN books.seal_queue.tenant_id IS 'tenant';

COMMENT ON COLUMN books.seal_queue.batch_id IS 'first entry of the batch';

COMMENT ON COLUMN books.seal_queue.posted_at IS 'posting moment of the batch';

COMMENT ON COLUMN books.seal_queue.entry_count IS 'entries posted at that moment';

CREATE TABLE books.period (
    tenant_id INTEGER NOT NULL,
    book_code TEXT NOT NULL,
    month DATE NOT NULL,
    status TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    snapshot_hash BYTEA,
    reopened_until TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (tenant_id, book_code, month),
    CONSTRAINT period_status_is_known CHECK (status IN ('open', 'closing', 'closed')),
    CONSTRAINT period_is_a_month CHECK (extract(day FROM month) = 1)
);

COMMENT ON TABLE books.period IS 'Accounting months that are, or were, closed';

COMMENT ON COLUMN books.period.tenant_id IS 'tenant';

COMMENT ON COLUMN books.period.book_code IS 'book';

COMMENT ON COLUMN books.period.month IS 'first day of the month';

COMMENT ON COLUMN books.period.status IS 'open, closing or closed; no row: open';

COMMENT ON COLUMN books.period.changed_at IS 'when the status was set';

COMMENT ON COLUMN books.period.snapshot_hash IS 'hash of the closing balances and the one before';

COMMENT ON COLUMN books.period.reopened_until IS 'a reopened month closes again by then';

CREATE TABLE books.period_change (
    tenant_id INTEGER NOT NULL,
    change_id UUID NOT NULL,
    book_code TEXT NOT NULL,
    month DATE NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    caller_id INTEGER NOT NULL,
    approver_id INTEGER,
    snapshot_hash BYTEA,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, change_id),
    CONSTRAINT period_approver_is_another_person CHECK (approver_id <> caller_id)
);

CREATE INDEX period_change_by_month ON books.period_change (tenant_id, book_code, month);

COMMENT ON TABLE books.period_change IS 'History of closing and reopening';

COMMENT ON COLUMN books.period_change.tenant_id IS 'tenant';

COMMENT ON COLUMN books.period_change.change_id IS 'id of the change';

COMMENT ON COLUMN books.period_change.book_code IS 'book';

COMMENT ON COLUMN books.period_change.month IS 'first day of the month';

COMMENT ON COLUMN books.period_change.action IS 'close, request_reopening or reopen';

COMMENT ON COLUMN books.period_change.reason IS 'why';

COMMENT ON COLUMN books.period_change.caller_id IS 'who';

COMMENT ON COLUMN books.period_change.approver_id IS 'second person of a reopening';

COMMENT ON COLUMN books.period_change.snapshot_hash IS 'hash of the balances, when closed';

COMMENT ON COLUMN books.period_change.changed_at IS 'when';

CREATE TABLE books.period_balance (
    tenant_id INTEGER NOT NULL,
    book_code TEXT NOT NULL,
    month DATE NOT NULL,
    account_id INTEGER NOT NULL,
    debits_posted BIGINT NOT NULL,
    credits_posted BIGINT NOT NULL,
    later_version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, book_code, month, account_id)
);

COMMENT ON TABLE books.period_balance IS 'Balances of a closed month by accounting date';

COMMENT ON COLUMN books.period_balance.tenant_id IS 'tenant';

COMMENT ON COLUMN books.period_balance.book_code IS 'book';

COMMENT ON COLUMN books.period_balance.month IS 'first day of the closed month';

COMMENT ON COLUMN books.period_balance.account_id IS 'account';

COMMENT ON COLUMN books.period_balance.debits_posted IS 'debits booked up to its end';

COMMENT ON COLUMN books.period_balance.credits_posted IS 'credits booked up to its end';

COMMENT ON COLUMN books.period_balance.later_version IS 'first version booked after it, or next';

CREATE TABLE foundation.caller (
    caller_id INTEGER GENERATED BY DEFAULT AS IDENTITY (START WITH 2),
    kind TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (caller_id),
    CONSTRAINT caller_kind_is_known CHECK (kind IN ('system', 'person', 'integration'))
);

COMMENT ON TABLE foundation.caller IS 'Whoever sends a command; 1 is the system itself';

COMMENT ON COLUMN foundation.caller.caller_id IS 'who sends commands';

COMMENT ON COLUMN foundation.caller.kind IS 'system, person or integration';

COMMENT ON COLUMN foundation.caller.created_at IS 'when the row was made';

CREATE TABLE foundation.programme (
    public_id UUID NOT NULL,
    scope_tenant_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_sort_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    org_unit_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (public_id),
    CONSTRAINT programme_has_own_tenant UNIQUE (scope_tenant_id),
    CONSTRAINT programme_kind_is_known CHECK (kind IN ('community', 'subdistrict'))
);

COMMENT ON TABLE foundation.programme IS 'One operator''s time bank, points and star points';

COMMENT ON COLUMN foundation.programme.public_id IS 'the id that travels';

COMMENT ON COLUMN foundation.programme.scope_tenant_id IS 'the tenant that keeps its books';

COMMENT ON COLUMN foundation.programme.name IS 'name';

COMMENT ON COLUMN foundation.programme.name_sort_key IS 'pinyin of the name, for ordering';

COMMENT ON COLUMN foundation.programme.kind IS 'community, subdistrict';

COMMENT ON COLUMN foundation.programme.org_unit_id IS 'where it lies';

COMMENT ON COLUMN foundation.programme.created_at IS 'when the row was made';

CREATE TABLE foundation.estate (
    public_id UUID NOT NULL,
    scope_tenant_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_sort_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    org_unit_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (public_id),
    CONSTRAINT estate_has_own_tenant UNIQUE (scope_tenant_id),
    CONSTRAINT estate_kind_is_known CHECK (kind IN ('compound', 'quarter'))
);

COMMENT ON TABLE foundation.estate IS 'One estate trust: the books of a co-managed account';

COMMENT ON COLUMN foundation.estate.public_id IS 'the id that travels';

COMMENT ON COLUMN foundation.estate.scope_tenant_id IS 'the tenant that keeps its books';

COMMENT ON COLUMN foundation.estate.name IS 'name';

COMMENT ON COLUMN foundation.estate.name_sort_key IS 'pinyin of the name, for ordering';

COMMENT ON COLUMN foundation.estate.kind IS 'compound, quarter';

COMMENT ON COLUMN foundation.estate.org_unit_id IS 'where it lies';

COMMENT ON COLUMN foundation.estate.created_at IS 'when the row was made';

CREATE TABLE foundation.party_branch (
    tenant_id INTEGER NOT NULL,
    branch_id UUID NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, branch_id),
    CONSTRAINT branch_name_is_unique_in_a_programme UNIQUE (tenant_id, name)
);

COMMENT ON TABLE foundation.party_branch IS 'A Party branch (党支部) whose members collect star points';

COMMENT ON COLUMN foundation.party_branch.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.party_branch.branch_id IS 'public id';

COMMENT ON COLUMN foundation.party_branch.name IS 'name';

CREATE TABLE foundation.merchant (
    tenant_id INTEGER NOT NULL,
    merchant_id UUID NOT NULL,
    name TEXT NOT NULL,
    name_sort_key TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (tenant_id, merchant_id),
    CONSTRAINT merchant_name_is_unique_in_a_programme UNIQUE (tenant_id, name),
    CONSTRAINT merchant_status_is_known CHECK (status IN ('active', 'suspended', 'left'))
);

COMMENT ON TABLE foundation.merchant IS 'A shop or craftsman that accepts points';

COMMENT ON COLUMN foundation.merchant.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.merchant.merchant_id IS 'public id; the holder of the merchant''s accounts';

COMMENT ON COLUMN foundation.merchant.name IS 'name over the door';

COMMENT ON COLUMN foundation.merchant.name_sort_key IS 'pinyin of the name, for ordering';

COMMENT ON COLUMN foundation.merchant.status IS 'active, suspended or left';

COMMENT ON COLUMN foundation.merchant.created_at IS 'when the row was made';

CREATE TABLE foundation.sign_in_throttle (
    kind TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    failures INTEGER NOT NULL,
    window_started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_failure_at TIMESTAMP WITH TIME ZONE,
    last_success_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (kind, key_hash),
    CONSTRAINT throttle_kind_is_known CHECK (kind IN ('account', 'address', 'pair')),
    CONSTRAINT failures_are_counted CHECK (failures >= 0)
);

COMMENT ON TABLE foundation.sign_in_throttle IS 'How often sign-in failed lately; slows guessing without locking anyone out';

COMMENT ON COLUMN foundation.sign_in_throttle.kind IS 'account, address, or both together (pair)';

COMMENT ON COLUMN foundation.sign_in_throttle.key_hash IS 'sha-256 of what is counted';

COMMENT ON COLUMN foundation.sign_in_throttle.failures IS 'failures since window_started_at';

COMMENT ON COLUMN foundation.sign_in_throttle.window_started_at IS 'when counting began';

COMMENT ON COLUMN foundation.sign_in_throttle.last_failure_at IS 'the latest failure';

COMMENT ON COLUMN foundation.sign_in_throttle.last_success_at IS 'the latest success';

CREATE TABLE foundation.role (
    role_code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    is_sensitive BOOLEAN NOT NULL,
    PRIMARY KEY (role_code)
);

COMMENT ON TABLE foundation.role IS 'A named set of permissions';

COMMENT ON COLUMN foundation.role.role_code IS 'name in code';

COMMENT ON COLUMN foundation.role.name_zh IS 'Chinese name';

COMMENT ON COLUMN foundation.role.name_en IS 'English name';

COMMENT ON COLUMN foundation.role.is_sensitive IS 'short sessions, second factor';

CREATE TABLE foundation.api_command (
    tenant_id INTEGER NOT NULL,
    caller_id INTEGER NOT NULL,
    key UUID NOT NULL,
    route TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    sent BYTEA NOT NULL,
    status SMALLINT,
    response BYTEA,
    replays INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (tenant_id, caller_id, key)
);

COMMENT ON TABLE foundation.api_command IS 'Idempotency of writes that are not postings';

COMMENT ON COLUMN foundation.api_command.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.api_command.caller_id IS 'who sent it';

COMMENT ON COLUMN foundation.api_command.key IS 'the Idempotency-Key, as sent or hashed to a uuid';

COMMENT ON COLUMN foundation.api_command.route IS 'method and path with its ids';

COMMENT ON COLUMN foundation.api_command.fingerprint IS 'sha-256 of route and sent fields';

COMMENT ON COLUMN foundation.api_command.sent IS 'canonical JSON of the command as sent';

COMMENT ON COLUMN foundation.api_command.status IS 'HTTP status of the first answer';

COMMENT ON COLUMN foundation.api_command.response IS 'body of the first answer';

COMMENT ON COLUMN foundation.api_command.replays IS 'how often it came again; touched so that a replay waits for durability';

COMMENT ON COLUMN foundation.api_command.created_at IS 'when the row was made';

CREATE TABLE foundation.org_unit (
    org_unit_id UUID NOT NULL,
    level TEXT NOT NULL,
    PRIMARY KEY (org_unit_id),
    CONSTRAINT org_unit_level_is_known CHECK (level IN ('district', 'subdistrict', 'community', 'quarter', 'compound'))
);

COMMENT ON TABLE foundation.org_unit IS '区县, 街道, 社区, 片区 or 小区; its name and place are dated beside it';

COMMENT ON COLUMN foundation.org_unit.org_unit_id IS 'public id';

COMMENT ON COLUMN foundation.org_unit.level IS 'district, subdistrict, community, quarter, compound';

CREATE TABLE programmes.redemption_code_throttle (
    tenant_id INTEGER NOT NULL,
    merchant_id UUID NOT NULL,
    terminal TEXT NOT NULL,
    failures INTEGER NOT NULL,
    window_started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, merchant_id, terminal),
    CONSTRAINT wrong_codes_are_counted CHECK (failures > 0)
);

COMMENT ON TABLE programmes.redemption_code_throttle IS 'How often unknown codes were tried lately';

COMMENT ON COLUMN programmes.redemption_code_throttle.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.redemption_code_throttle.merchant_id IS 'merchant';

COMMENT ON COLUMN programmes.redemption_code_throttle.terminal IS 'terminal; empty: the whole merchant';

COMMENT ON COLUMN programmes.redemption_code_throttle.failures IS 'unknown codes since window_started_at';

COMMENT ON COLUMN programmes.redemption_code_throttle.window_started_at IS 'when counting began';

CREATE TABLE programmes.trust_unit (
    tenant_id INTEGER NOT NULL,
    unit_id UUID NOT NULL,
    building TEXT NOT NULL,
    unit TEXT NOT NULL,
    room TEXT NOT NULL,
    area_dm2 INTEGER NOT NULL,
    billed_from DATE NOT NULL,
    caller_id INTEGER NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, unit_id),
    CONSTRAINT unit_is_registered_once UNIQUE (tenant_id, building, unit, room),
    CONSTRAINT area_is_positive CHECK (area_dm2 > 0)
);

COMMENT ON TABLE programmes.trust_unit IS 'A flat or shop whose owner pays fees (房屋)';

COMMENT ON COLUMN programmes.trust_unit.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.trust_unit.unit_id IS 'holder of its accounts; also public';

COMMENT ON COLUMN programmes.trust_unit.building IS 'building (幢)';

COMMENT ON COLUMN programmes.trust_unit.unit IS 'unit (单元); empty: none';

COMMENT ON COLUMN programmes.trust_unit.room IS 'room (室)';

COMMENT ON COLUMN programmes.trust_unit.area_dm2 IS 'floor area, 1/100 m²';

COMMENT ON COLUMN programmes.trust_unit.billed_from IS 'fees are due from this day''s month on';

COMMENT ON COLUMN programmes.trust_unit.caller_id IS 'who registered it';

COMMENT ON COLUMN programmes.trust_unit.registered_at IS 'when';

CREATE TABLE programmes.trust_counterparty (
    tenant_id INTEGER NOT NULL,
    counterparty_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    caller_id INTEGER NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, counterparty_id),
    CONSTRAINT counterparty_is_registered_once UNIQUE (tenant_id, kind, name),
    CONSTRAINT counterparty_kind_is_known CHECK (kind IN ('supplier', 'psp', 'contract'))
);

COMMENT ON TABLE programmes.trust_counterparty IS 'Suppliers, payment providers and revenue contracts of a trust';

COMMENT ON COLUMN programmes.trust_counterparty.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.trust_counterparty.counterparty_id IS 'holder of its accounts; also public';

COMMENT ON COLUMN programmes.trust_counterparty.kind IS 'supplier, psp (pays by code) or contract';

COMMENT ON COLUMN programmes.trust_counterparty.name IS 'name of the firm, or of the revenue contract';

COMMENT ON COLUMN programmes.trust_counterparty.caller_id IS 'who registered it';

COMMENT ON COLUMN programmes.trust_counterparty.registered_at IS 'when';

CREATE TABLE programmes.trust_fee_rate (
    tenant_id INTEGER NOT NULL,
    valid_from DATE NOT NULL,
    fen_per_m2 INTEGER NOT NULL,
    document_no TEXT NOT NULL,
    caller_id INTEGER NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, valid_from),
    CONSTRAINT fee_rate_is_plausible CHECK (fen_per_m2 BETWEEN 1 AND 100000),
    CONSTRAINT fee_rate_begins_with_a_month CHECK (extract(day FROM valid_from) = 1)
);

COMMENT ON TABLE programmes.trust_fee_rate IS 'Property fee per month and m², version by version';

COMMENT ON COLUMN programmes.trust_fee_rate.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.trust_fee_rate.valid_from IS 'in force until the next rate begins';

COMMENT ON COLUMN programmes.trust_fee_rate.fen_per_m2 IS 'fee of a month, fen per m²';

COMMENT ON COLUMN programmes.trust_fee_rate.document_no IS 'resolution that decided it';

COMMENT ON COLUMN programmes.trust_fee_rate.caller_id IS 'who recorded it';

COMMENT ON COLUMN programmes.trust_fee_rate.recorded_at IS 'when';

CREATE TABLE programmes.trust_cash_detail (
    tenant_id INTEGER NOT NULL,
    entry_id UUID NOT NULL,
    counterparty TEXT,
    room TEXT,
    channel TEXT NOT NULL,
    order_no TEXT,
    PRIMARY KEY (tenant_id, entry_id),
    CONSTRAINT channel_is_known CHECK (channel IN ('bank', 'wechat', 'alipay', 'pos', 'cash'))
);

COMMENT ON TABLE programmes.trust_cash_detail IS 'What a bank statement may say about an entry; matching goes by it';

COMMENT ON COLUMN programmes.trust_cash_detail.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.trust_cash_detail.entry_id IS 'entry that moves money';

COMMENT ON COLUMN programmes.trust_cash_detail.counterparty IS 'payer or payee as the bank may name it; restricted';

COMMENT ON COLUMN programmes.trust_cash_detail.room IS 'unit it is for, as 3-2-501';

COMMENT ON COLUMN programmes.trust_cash_detail.channel IS 'bank, wechat, alipay, pos or cash';

COMMENT ON COLUMN programmes.trust_cash_detail.order_no IS 'order or slip number';

CREATE TABLE programmes.trust_payment_request (
    tenant_id INTEGER NOT NULL,
    payment_id UUID NOT NULL,
    event_code TEXT NOT NULL,
    payee_id UUID,
    bank_account_id UUID NOT NULL,
    amount_fen BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    key UUID NOT NULL,
    requested_by INTEGER NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, payment_id),
    CONSTRAINT payment_is_requested_once UNIQUE (tenant_id, requested_by, key),
    CONSTRAINT payment_has_one_requester UNIQUE (tenant_id, payment_id, requested_by),
    CONSTRAINT payment_is_positive CHECK (amount_fen > 0)
);

COMMENT ON TABLE programmes.trust_payment_request IS 'Payments asked for: the first of two signatures';

COMMENT ON COLUMN programmes.trust_payment_request.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.trust_payment_request.payment_id IS 'id';

COMMENT ON COLUMN programmes.trust_payment_request.event_code IS 'event it will post, as TR12';

COMMENT ON COLUMN programmes.trust_payment_request.payee_id IS 'holder of the account paid off; null: none';

COMMENT ON COLUMN programmes.trust_payment_request.bank_account_id IS 'bank account it is paid from';

COMMENT ON COLUMN programmes.trust_payment_request.amount_fen IS 'fen';

COMMENT ON COLUMN programmes.trust_payment_request.purpose IS 'what it is for';

COMMENT ON COLUMN programmes.trust_payment_request.key IS 'idempotency key of the request';

COMMENT ON COLUMN programmes.trust_payment_request.requested_by IS 'first signature';

COMMENT ON COLUMN programmes.trust_payment_request.requested_at IS 'when';

CREATE TABLE reconciliation.statement_file (
    tenant_id INTEGER NOT NULL,
    statement_file_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    caller_id INTEGER NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, statement_file_id),
    CONSTRAINT statement_file_is_imported_once UNIQUE (tenant_id, sha256)
);

COMMENT ON TABLE reconciliation.statement_file IS 'Bank files that were taken; refused ones leave no trace here';

COMMENT ON COLUMN reconciliation.statement_file.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.statement_file.statement_file_id IS 'id';

COMMENT ON COLUMN reconciliation.statement_file.sha256 IS 'of the bytes as uploaded';

COMMENT ON COLUMN reconciliation.statement_file.name IS 'name it was uploaded under';

COMMENT ON COLUMN reconciliation.statement_file.format IS 'layout it was read by';

COMMENT ON COLUMN reconciliation.statement_file.size_bytes IS 'bytes';

COMMENT ON COLUMN reconciliation.statement_file.caller_id IS 'who imported it';

COMMENT ON COLUMN reconciliation.statement_file.imported_at IS 'when';

CREATE TABLE books.book (
    tenant_id INTEGER NOT NULL,
    book_code TEXT NOT NULL,
    unit_code TEXT NOT NULL,
    numbers_vouchers BOOLEAN NOT NULL,
    first_period DATE NOT NULL,
    PRIMARY KEY (tenant_id, book_code),
    CONSTRAINT book_unit_exists FOREIGN KEY(unit_code) REFERENCES books.unit (unit_code),
    CONSTRAINT book_tenant_exists FOREIGN KEY(tenant_id) REFERENCES books.tenant (tenant_id)
);

COMMENT ON TABLE books.book IS 'One set of accounts in one unit';

COMMENT ON COLUMN books.book.tenant_id IS 'tenant';

COMMENT ON COLUMN books.book.book_code IS 'TB, SP, ST, TR or PG';

COMMENT ON COLUMN books.book.unit_code IS 'unit of every amount in the book';

COMMENT ON COLUMN books.book.numbers_vouchers IS 'entries take 记-numbers a month';

COMMENT ON COLUMN books.book.first_period IS 'first month that accepts entries';

CREATE TABLE foundation.person (
    person_id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    public_id UUID NOT NULL,
    caller_id INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    name_sort_key TEXT NOT NULL,
    volunteer_no TEXT NOT NULL,
    data_key BYTEA,
    phone_sealed BYTEA,
    phone_index BYTEA,
    id_number_sealed BYTEA,
    id_number_index BYTEA,
    address_sealed BYTEA,
    bank_account_sealed BYTEA,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (person_id),
    CONSTRAINT person_public_id_is_unique UNIQUE (public_id),
    CONSTRAINT person_has_own_caller UNIQUE (caller_id),
    CONSTRAINT volunteer_no_is_unique UNIQUE (volunteer_no),
    CONSTRAINT caller_id_is_a_caller FOREIGN KEY(caller_id) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX person_by_id_number ON foundation.person (id_number_index);

CREATE INDEX person_by_phone ON foundation.person (phone_index);

COMMENT ON TABLE foundation.person IS 'A human being with at most one sign-in name of each kind';

COMMENT ON COLUMN foundation.person.person_id IS 'internal id';

COMMENT ON COLUMN foundation.person.public_id IS 'the id that travels';

COMMENT ON COLUMN foundation.person.caller_id IS 'as whom this person''s commands are recorded';

COMMENT ON COLUMN foundation.person.display_name IS 'name; in clear in this table only';

COMMENT ON COLUMN foundation.person.name_sort_key IS 'pinyin of the name, for ordering';

COMMENT ON COLUMN foundation.person.volunteer_no IS 'uniform public number with check digit';

COMMENT ON COLUMN foundation.person.data_key IS 'this person''s key, wrapped; absent once erased';

COMMENT ON COLUMN foundation.person.phone_sealed IS 'telephone, under data_key';

COMMENT ON COLUMN foundation.person.phone_index IS 'blind index of the telephone';

COMMENT ON COLUMN foundation.person.id_number_sealed IS 'identity number, under data_key';

COMMENT ON COLUMN foundation.person.id_number_index IS 'blind index of the identity number';

COMMENT ON COLUMN foundation.person.address_sealed IS 'address, under data_key';

COMMENT ON COLUMN foundation.person.bank_account_sealed IS 'personal bank account, under data_key';

COMMENT ON COLUMN foundation.person.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.person.erased_at IS 'when the key was destroyed on request';

CREATE TABLE foundation.api_key (
    key_hash BYTEA NOT NULL,
    api_key_id UUID NOT NULL,
    caller_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    scopes TEXT[],
    created_by INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (key_hash),
    CONSTRAINT api_key_id_is_unique UNIQUE (api_key_id),
    CONSTRAINT caller_id_is_a_caller FOREIGN KEY(caller_id) REFERENCES foundation.caller (caller_id),
    CONSTRAINT created_by_is_a_caller FOREIGN KEY(created_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX api_key_by_caller ON foundation.api_key (caller_id);

COMMENT ON TABLE foundation.api_key IS 'A secret by which another system sends commands';

COMMENT ON COLUMN foundation.api_key.key_hash IS 'sha-256 of the key';

COMMENT ON COLUMN foundation.api_key.api_key_id IS 'the id used to revoke it';

COMMENT ON COLUMN foundation.api_key.caller_id IS 'as whom its commands are recorded';

COMMENT ON COLUMN foundation.api_key.name IS 'what it is for';

COMMENT ON COLUMN foundation.api_key.hint IS 'first characters, to recognise it by';

COMMENT ON COLUMN foundation.api_key.scopes IS 'permissions it is limited to; absent: its grants';

COMMENT ON COLUMN foundation.api_key.created_by IS 'who issued it';

COMMENT ON COLUMN foundation.api_key.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.api_key.expires_at IS 'not accepted from then on';

COMMENT ON COLUMN foundation.api_key.revoked_at IS 'not accepted since';

CREATE TABLE foundation.role_permission (
    role_code TEXT NOT NULL,
    permission TEXT NOT NULL,
    is_limited BOOLEAN NOT NULL,
    PRIMARY KEY (role_code, permission),
    CONSTRAINT role_is_known FOREIGN KEY(role_code) REFERENCES foundation.role (role_code)
);

COMMENT ON TABLE foundation.role_permission IS 'What a role may do';

COMMENT ON COLUMN foundation.role_permission.role_code IS 'which role';

COMMENT ON COLUMN foundation.role_permission.permission IS 'what it may do, as noun.verb';

COMMENT ON COLUMN foundation.role_permission.is_limited IS 'reaches the object of the grant only';

CREATE TABLE foundation.role_grant (
    grant_id UUID NOT NULL,
    caller_id INTEGER NOT NULL,
    role_code TEXT NOT NULL,
    scope_tenant_id INTEGER,
    object_id UUID,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_to TIMESTAMP WITH TIME ZONE,
    granted_by INTEGER NOT NULL,
    PRIMARY KEY (grant_id),
    CONSTRAINT grant_ends_after_it_began CHECK (valid_to IS NULL OR valid_to >= valid_from),
    CONSTRAINT object_lies_in_a_tenant CHECK (object_id IS NULL OR scope_tenant_id IS NOT NULL),
    CONSTRAINT caller_id_is_a_caller FOREIGN KEY(caller_id) REFERENCES foundation.caller (caller_id),
    CONSTRAINT role_is_known FOREIGN KEY(role_code) REFERENCES foundation.role (role_code),
    CONSTRAINT granted_by_is_a_caller FOREIGN KEY(granted_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX grant_is_given_once ON foundation.role_grant (caller_id, role_code, scope_tenant_id, object_id) NULLS NOT DISTINCT WHERE valid_to IS NULL;

COMMENT ON TABLE foundation.role_grant IS 'Who may act in which role, where, and for how long';

COMMENT ON COLUMN foundation.role_grant.grant_id IS 'the id used to end it';

COMMENT ON COLUMN foundation.role_grant.caller_id IS 'who may act';

COMMENT ON COLUMN foundation.role_grant.role_code IS 'in which role';

COMMENT ON COLUMN foundation.role_grant.scope_tenant_id IS 'in which tenant; absent: on the whole platform';

COMMENT ON COLUMN foundation.role_grant.object_id IS 'limited to what this member, merchant or household holds';

COMMENT ON COLUMN foundation.role_grant.valid_from IS 'from when';

COMMENT ON COLUMN foundation.role_grant.valid_to IS 'until when, exclusive';

COMMENT ON COLUMN foundation.role_grant.granted_by IS 'who gave it';

CREATE TABLE foundation.audit_log (
    audit_id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    caller_id INTEGER NOT NULL,
    behalf_person_id BIGINT,
    scope_tenant_id INTEGER,
    action TEXT NOT NULL,
    object_kind TEXT,
    object_id TEXT,
    reason TEXT,
    request_id TEXT,
    PRIMARY KEY (audit_id),
    CONSTRAINT caller_id_is_a_caller FOREIGN KEY(caller_id) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX audit_by_caller ON foundation.audit_log (caller_id, audit_id);

CREATE INDEX audit_by_tenant ON foundation.audit_log (scope_tenant_id, audit_id);

COMMENT ON TABLE foundation.audit_log IS 'Who did what to whom; append-only';

COMMENT ON COLUMN foundation.audit_log.audit_id IS 'order of writing';

COMMENT ON COLUMN foundation.audit_log.at IS 'when';

COMMENT ON COLUMN foundation.audit_log.caller_id IS 'who did it';

COMMENT ON COLUMN foundation.audit_log.behalf_person_id IS 'for whom, where staff acted (代办)';

COMMENT ON COLUMN foundation.audit_log.scope_tenant_id IS 'in which tenant, if in one';

COMMENT ON COLUMN foundation.audit_log.action IS 'what, as noun.verb';

COMMENT ON COLUMN foundation.audit_log.object_kind IS 'kind of the thing acted on';

COMMENT ON COLUMN foundation.audit_log.object_id IS 'its public id';

COMMENT ON COLUMN foundation.audit_log.reason IS 'the reason given';

COMMENT ON COLUMN foundation.audit_log.request_id IS 'the request, as in logs and problems';

CREATE TABLE foundation.objection (
    tenant_id INTEGER NOT NULL,
    objection_id UUID NOT NULL,
    subject_id UUID NOT NULL,
    reason TEXT NOT NULL,
    raised_by INTEGER NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decision TEXT,
    decision_reason TEXT,
    decided_by INTEGER,
    decided_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (tenant_id, objection_id),
    CONSTRAINT objection_decision_is_known CHECK (decision IN ('upheld', 'dismissed')),
    CONSTRAINT objection_is_decided_as_a_whole CHECK (num_nulls(decision, decision_reason, decided_by, decided_at) IN (0, 4)),
    CONSTRAINT objection_is_decided_by_another_person CHECK (decided_by <> raised_by),
    CONSTRAINT raised_by_is_a_caller FOREIGN KEY(raised_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT decided_by_is_a_caller FOREIGN KEY(decided_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX objection_by_subject ON foundation.objection (tenant_id, subject_id);

CREATE INDEX objection_open ON foundation.objection (tenant_id, raised_at) WHERE decision IS NULL;

COMMENT ON TABLE foundation.objection IS 'Objections raised in an objection or publicity period';

COMMENT ON COLUMN foundation.objection.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.objection.objection_id IS 'public id';

COMMENT ON COLUMN foundation.objection.subject_id IS 'the record objected to';

COMMENT ON COLUMN foundation.objection.reason IS 'what is held against it';

COMMENT ON COLUMN foundation.objection.raised_by IS 'who objects';

COMMENT ON COLUMN foundation.objection.raised_at IS 'when';

COMMENT ON COLUMN foundation.objection.decision IS 'upheld or dismissed; absent: open';

COMMENT ON COLUMN foundation.objection.decision_reason IS 'why it was decided so';

COMMENT ON COLUMN foundation.objection.decided_by IS 'who decided';

COMMENT ON COLUMN foundation.objection.decided_at IS 'when';

CREATE TABLE foundation.org_unit_placement (
    org_unit_id UUID NOT NULL,
    valid_from DATE NOT NULL,
    name TEXT NOT NULL,
    parent_id UUID,
    dissolved BOOLEAN NOT NULL,
    PRIMARY KEY (org_unit_id, valid_from),
    CONSTRAINT unit_does_not_lie_in_itself CHECK (parent_id <> org_unit_id),
    CONSTRAINT placed_unit_is_known FOREIGN KEY(org_unit_id) REFERENCES foundation.org_unit (org_unit_id),
    CONSTRAINT parent_id_is_a_unit FOREIGN KEY(parent_id) REFERENCES foundation.org_unit (org_unit_id)
);

CREATE INDEX org_unit_placement_by_parent ON foundation.org_unit_placement (parent_id);

COMMENT ON TABLE foundation.org_unit_placement IS 'Name and place of a unit, by day; merging or splitting adds rows';

COMMENT ON COLUMN foundation.org_unit_placement.org_unit_id IS 'which unit';

COMMENT ON COLUMN foundation.org_unit_placement.valid_from IS 'first day; until the next row''s';

COMMENT ON COLUMN foundation.org_unit_placement.name IS 'name from that day';

COMMENT ON COLUMN foundation.org_unit_placement.parent_id IS 'unit it lies in from that day';

COMMENT ON COLUMN foundation.org_unit_placement.dissolved IS 'the unit ended on that day';

CREATE TABLE foundation.policy_proposal (
    proposal_id UUID NOT NULL,
    org_unit_id UUID,
    key TEXT NOT NULL,
    value JSONB,
    valid_from DATE NOT NULL,
    document_no TEXT NOT NULL,
    proposed_by INTEGER NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (proposal_id),
    CONSTRAINT org_unit_id_is_a_unit FOREIGN KEY(org_unit_id) REFERENCES foundation.org_unit (org_unit_id),
    CONSTRAINT proposed_by_is_a_caller FOREIGN KEY(proposed_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.policy_proposal IS 'Values waiting for a second person';

COMMENT ON COLUMN foundation.policy_proposal.proposal_id IS 'public id';

COMMENT ON COLUMN foundation.policy_proposal.org_unit_id IS 'scope; absent: the platform';

COMMENT ON COLUMN foundation.policy_proposal.key IS 'which rule';

COMMENT ON COLUMN foundation.policy_proposal.value IS 'in the rule''s unit; absent: inherit again';

COMMENT ON COLUMN foundation.policy_proposal.valid_from IS 'first business day it would hold';

COMMENT ON COLUMN foundation.policy_proposal.document_no IS 'number of the decision (文号)';

COMMENT ON COLUMN foundation.policy_proposal.proposed_by IS 'who entered it';

COMMENT ON COLUMN foundation.policy_proposal.proposed_at IS 'when it was entered';

CREATE TABLE foundation.policy (
    version INTEGER GENERATED BY DEFAULT AS IDENTITY,
    proposal_id UUID NOT NULL,
    org_unit_id UUID,
    key TEXT NOT NULL,
    value JSONB,
    valid_from DATE NOT NULL,
    document_no TEXT NOT NULL,
    proposed_by INTEGER NOT NULL,
    approved_by INTEGER NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (version),
    CONSTRAINT policy_is_approved_by_another_person CHECK (approved_by <> proposed_by),
    CONSTRAINT org_unit_id_is_a_unit FOREIGN KEY(org_unit_id) REFERENCES foundation.org_unit (org_unit_id),
    CONSTRAINT proposed_by_is_a_caller FOREIGN KEY(proposed_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT approved_by_is_a_caller FOREIGN KEY(approved_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX policy_proposal_is_approved_once ON foundation.policy (proposal_id);

CREATE INDEX policy_by_key ON foundation.policy (key, org_unit_id, valid_from, version);

COMMENT ON TABLE foundation.policy IS 'Rules by unit and day: the latest valid_from holds, then the latest version';

COMMENT ON COLUMN foundation.policy.version IS 'rises with every decision';

COMMENT ON COLUMN foundation.policy.proposal_id IS 'the proposal approved';

COMMENT ON COLUMN foundation.policy.org_unit_id IS 'scope; absent: the platform';

COMMENT ON COLUMN foundation.policy.key IS 'which rule';

COMMENT ON COLUMN foundation.policy.value IS 'in the rule''s unit; absent: inherit again';

COMMENT ON COLUMN foundation.policy.valid_from IS 'first business day; until the next row''s';

COMMENT ON COLUMN foundation.policy.document_no IS 'number of the decision (文号)';

COMMENT ON COLUMN foundation.policy.proposed_by IS 'who entered it';

COMMENT ON COLUMN foundation.policy.approved_by IS 'who approved it';

COMMENT ON COLUMN foundation.policy.approved_at IS 'when it was approved';

CREATE TABLE programmes.scoring_item (
    org_unit_id UUID NOT NULL,
    item_code TEXT NOT NULL,
    valid_from DATE NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit_score INTEGER NOT NULL,
    month_cap INTEGER,
    quarter_cap INTEGER,
    year_cap INTEGER,
    evidence TEXT NOT NULL,
    is_ended BOOLEAN NOT NULL,
    PRIMARY KEY (org_unit_id, item_code, valid_from),
    CONSTRAINT scoring_kind_is_known CHECK (kind IN ('basic', 'reward', 'deduct')),
    CONSTRAINT unit_score_is_positive CHECK (unit_score > 0),
    CONSTRAINT item_unit_is_known FOREIGN KEY(org_unit_id) REFERENCES foundation.org_unit (org_unit_id)
);

COMMENT ON TABLE programmes.scoring_item IS 'Items for which Party members are scored; each county keeps its own table';

COMMENT ON COLUMN programmes.scoring_item.org_unit_id IS 'unit whose table it is';

COMMENT ON COLUMN programmes.scoring_item.item_code IS 'number of the item';

COMMENT ON COLUMN programmes.scoring_item.valid_from IS 'first day; until the next row''s';

COMMENT ON COLUMN programmes.scoring_item.name IS 'what is scored';

COMMENT ON COLUMN programmes.scoring_item.kind IS 'basic, reward or deduct';

COMMENT ON COLUMN programmes.scoring_item.unit_score IS '1/100 point for one time';

COMMENT ON COLUMN programmes.scoring_item.month_cap IS 'most in a month, 1/100 point; absent: none';

COMMENT ON COLUMN programmes.scoring_item.quarter_cap IS 'most in a quarter, 1/100 point; absent: none';

COMMENT ON COLUMN programmes.scoring_item.year_cap IS 'most in a year, 1/100 point; absent: none';

COMMENT ON COLUMN programmes.scoring_item.evidence IS 'what must be shown';

COMMENT ON COLUMN programmes.scoring_item.is_ended IS 'no longer scored from that day';

CREATE TABLE programmes.star_month (
    tenant_id INTEGER NOT NULL,
    branch_id UUID NOT NULL,
    month DATE NOT NULL,
    scored_by INTEGER NOT NULL,
    scored_at TIMESTAMP WITH TIME ZONE NOT NULL,
    publicity_until DATE NOT NULL,
    expires_on DATE NOT NULL,
    policy_version INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, branch_id, month),
    CONSTRAINT star_month_is_a_month CHECK (extract(day FROM month) = 1),
    CONSTRAINT branch_is_one_here FOREIGN KEY(tenant_id, branch_id) REFERENCES foundation.party_branch (tenant_id, branch_id),
    CONSTRAINT scored_by_is_a_caller FOREIGN KEY(scored_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE programmes.star_month IS 'A branch''s month, scored once';

COMMENT ON COLUMN programmes.star_month.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.star_month.branch_id IS 'Party branch';

COMMENT ON COLUMN programmes.star_month.month IS 'first day of the month';

COMMENT ON COLUMN programmes.star_month.scored_by IS 'who ran the scoring';

COMMENT ON COLUMN programmes.star_month.scored_at IS 'when';

COMMENT ON COLUMN programmes.star_month.publicity_until IS 'last day of publicity';

COMMENT ON COLUMN programmes.star_month.expires_on IS 'last day of use of its points';

COMMENT ON COLUMN programmes.star_month.policy_version IS 'newest version of the rules';

CREATE TABLE programmes.merchant_contract (
    tenant_id INTEGER NOT NULL,
    merchant_id UUID NOT NULL,
    valid_from DATE NOT NULL,
    status TEXT NOT NULL,
    fen_per_100_points INTEGER NOT NULL,
    discount_share_bp INTEGER NOT NULL,
    refunds_allowed BOOLEAN NOT NULL,
    caller_id INTEGER NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, merchant_id, valid_from),
    CONSTRAINT contract_is_with_a_merchant FOREIGN KEY(tenant_id, merchant_id) REFERENCES foundation.merchant (tenant_id, merchant_id),
    CONSTRAINT contract_status_is_known CHECK (status IN ('active', 'ended')),
    CONSTRAINT rate_is_plausible CHECK (fen_per_100_points BETWEEN 0 AND 1000000),
    CONSTRAINT discount_is_a_share CHECK (discount_share_bp BETWEEN 0 AND 10000)
);

COMMENT ON TABLE programmes.merchant_contract IS 'What a merchant gets for points, version by version';

COMMENT ON COLUMN programmes.merchant_contract.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.merchant_contract.merchant_id IS 'merchant';

COMMENT ON COLUMN programmes.merchant_contract.valid_from IS 'in force until the next version begins';

COMMENT ON COLUMN programmes.merchant_contract.status IS 'active, or ended: no points are accepted';

COMMENT ON COLUMN programmes.merchant_contract.fen_per_100_points IS 'rate: fen for 100.00 points';

COMMENT ON COLUMN programmes.merchant_contract.discount_share_bp IS 'share of the value that the merchant bears, 1/10000';

COMMENT ON COLUMN programmes.merchant_contract.refunds_allowed IS 'captured points may be given back';

COMMENT ON COLUMN programmes.merchant_contract.caller_id IS 'who recorded it';

COMMENT ON COLUMN programmes.merchant_contract.recorded_at IS 'when it was recorded';

CREATE TABLE programmes.trust_fee_bill (
    tenant_id INTEGER NOT NULL,
    unit_id UUID NOT NULL,
    month DATE NOT NULL,
    amount_fen BIGINT NOT NULL,
    from_prepaid_fen BIGINT NOT NULL,
    billed_entry_id UUID,
    recognised_entry_id UUID,
    caller_id INTEGER NOT NULL,
    billed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, unit_id, month),
    CONSTRAINT bill_is_for_a_unit FOREIGN KEY(tenant_id, unit_id) REFERENCES programmes.trust_unit (tenant_id, unit_id),
    CONSTRAINT bill_is_positive CHECK (amount_fen > 0),
    CONSTRAINT prepaid_is_within_the_bill CHECK (from_prepaid_fen BETWEEN 0 AND amount_fen),
    CONSTRAINT each_part_of_a_bill_has_its_entry CHECK ((from_prepaid_fen > 0) = (recognised_entry_id IS NOT NULL) AND (from_prepaid_fen < amount_fen) = (billed_entry_id IS NOT NULL))
);

COMMENT ON TABLE programmes.trust_fee_bill IS 'Fees billed, once a unit and month';

COMMENT ON COLUMN programmes.trust_fee_bill.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.trust_fee_bill.unit_id IS 'unit billed';

COMMENT ON COLUMN programmes.trust_fee_bill.month IS 'first day of the month billed';

COMMENT ON COLUMN programmes.trust_fee_bill.amount_fen IS 'fee of the month, fen';

COMMENT ON COLUMN programmes.trust_fee_bill.from_prepaid_fen IS 'part taken from fees paid ahead';

COMMENT ON COLUMN programmes.trust_fee_bill.billed_entry_id IS 'entry TR01; null: all was paid ahead';

COMMENT ON COLUMN programmes.trust_fee_bill.recognised_entry_id IS 'entry TR04; null: nothing ahead';

COMMENT ON COLUMN programmes.trust_fee_bill.caller_id IS 'who billed';

COMMENT ON COLUMN programmes.trust_fee_bill.billed_at IS 'when';

CREATE TABLE programmes.trust_payment_decision (
    tenant_id INTEGER NOT NULL,
    payment_id UUID NOT NULL,
    requested_by INTEGER NOT NULL,
    decided_by INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    entry_id UUID,
    reason TEXT,
    key UUID,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, payment_id),
    CONSTRAINT decision_names_the_requester FOREIGN KEY(tenant_id, payment_id, requested_by) REFERENCES programmes.trust_payment_request (tenant_id, payment_id, requested_by),
    CONSTRAINT second_signature_is_anothers CHECK (decided_by <> requested_by),
    CONSTRAINT verdict_is_known CHECK (verdict IN ('approved', 'declined')),
    CONSTRAINT approved_payment_has_an_entry CHECK ((verdict = 'approved') = (entry_id IS NOT NULL))
);

CREATE UNIQUE INDEX payment_by_entry ON programmes.trust_payment_decision (tenant_id, entry_id);

COMMENT ON TABLE programmes.trust_payment_decision IS 'Payments decided: the second of two signatures';

COMMENT ON COLUMN programmes.trust_payment_decision.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.trust_payment_decision.payment_id IS 'payment decided';

COMMENT ON COLUMN programmes.trust_payment_decision.requested_by IS 'first signature, as in the request';

COMMENT ON COLUMN programmes.trust_payment_decision.decided_by IS 'second signature';

COMMENT ON COLUMN programmes.trust_payment_decision.verdict IS 'approved or declined';

COMMENT ON COLUMN programmes.trust_payment_decision.entry_id IS 'entry that paid; null: declined';

COMMENT ON COLUMN programmes.trust_payment_decision.reason IS 'why it was declined';

COMMENT ON COLUMN programmes.trust_payment_decision.key IS 'idempotency key; null: declined';

COMMENT ON COLUMN programmes.trust_payment_decision.decided_at IS 'when';

CREATE TABLE books.chart_account (
    tenant_id INTEGER NOT NULL,
    book_code TEXT NOT NULL,
    account_code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    normal_side SMALLINT NOT NULL,
    holder_kind TEXT NOT NULL,
    floor BIGINT,
    tracks_expiry BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, book_code, account_code),
    CONSTRAINT normal_side_is_debit_or_credit CHECK (normal_side IN (1, -1)),
    CONSTRAINT expiring_account_is_a_floored_liability CHECK (NOT tracks_expiry OR (normal_side = -1 AND floor = 0)),
    CONSTRAINT chart_account_book_exists FOREIGN KEY(tenant_id, book_code) REFERENCES books.book (tenant_id, book_code)
);

COMMENT ON TABLE books.chart_account IS 'Chart of accounts of a tenant';

COMMENT ON COLUMN books.chart_account.tenant_id IS 'tenant';

COMMENT ON COLUMN books.chart_account.book_code IS 'book';

COMMENT ON COLUMN books.chart_account.account_code IS '科目 number within the book';

COMMENT ON COLUMN books.chart_account.name_zh IS 'Chinese name';

COMMENT ON COLUMN books.chart_account.name_en IS 'English name';

COMMENT ON COLUMN books.chart_account.normal_side IS '1 debit-normal, -1 credit-normal';

COMMENT ON COLUMN books.chart_account.holder_kind IS 'what holds such accounts; none: one each';

COMMENT ON COLUMN books.chart_account.floor IS 'lowest balance on the normal side; null: no floor';

COMMENT ON COLUMN books.chart_account.tracks_expiry IS 'balances are kept by expiry date';

CREATE TABLE foundation.member (
    tenant_id INTEGER NOT NULL,
    member_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    volunteer_no TEXT NOT NULL,
    status TEXT NOT NULL,
    branch_id UUID,
    joined_on DATE NOT NULL,
    PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT person_joins_a_programme_once UNIQUE (tenant_id, person_id),
    CONSTRAINT volunteer_no_is_unique_in_a_programme UNIQUE (tenant_id, volunteer_no),
    CONSTRAINT member_status_is_known CHECK (status IN ('active', 'suspended', 'left')),
    CONSTRAINT member_belongs_to_a_branch_here FOREIGN KEY(tenant_id, branch_id) REFERENCES foundation.party_branch (tenant_id, branch_id),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id)
);

CREATE INDEX member_by_branch ON foundation.member (tenant_id, branch_id);

COMMENT ON TABLE foundation.member IS 'A person as a participant of one programme';

COMMENT ON COLUMN foundation.member.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.member.member_id IS 'public id; the holder of the member''s accounts';

COMMENT ON COLUMN foundation.member.person_id IS 'who it is';

COMMENT ON COLUMN foundation.member.volunteer_no IS 'the person''s uniform public number';

COMMENT ON COLUMN foundation.member.status IS 'active, suspended or left';

COMMENT ON COLUMN foundation.member.branch_id IS 'Party branch; absent: not a Party member';

COMMENT ON COLUMN foundation.member.joined_on IS 'day of enrolment';

CREATE TABLE foundation.sign_in_method (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    secret_hash TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (kind, subject),
    CONSTRAINT person_has_one_method_of_a_kind UNIQUE (person_id, kind),
    CONSTRAINT sign_in_kind_is_known CHECK (kind IN ('password', 'totp', 'oidc', 'wechat', 'sms')),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id)
);

COMMENT ON TABLE foundation.sign_in_method IS 'How a person proves who they are';

COMMENT ON COLUMN foundation.sign_in_method.kind IS 'password now; totp, oidc, wechat, sms fit in';

COMMENT ON COLUMN foundation.sign_in_method.subject IS 'sign-in name or the provider''s subject';

COMMENT ON COLUMN foundation.sign_in_method.person_id IS 'whose it is';

COMMENT ON COLUMN foundation.sign_in_method.secret_hash IS 'argon2id of the password; absent where none is kept';

COMMENT ON COLUMN foundation.sign_in_method.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.sign_in_method.retired_at IS 'no longer accepted since';

CREATE TABLE foundation.session (
    token_hash BYTEA NOT NULL,
    session_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    idle_seconds INTEGER NOT NULL,
    absolute_ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (token_hash),
    CONSTRAINT session_id_is_unique UNIQUE (session_id),
    CONSTRAINT idle_time_is_positive CHECK (idle_seconds > 0),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id)
);

CREATE INDEX session_by_person ON foundation.session (person_id);

COMMENT ON TABLE foundation.session IS 'A signed-in browser';

COMMENT ON COLUMN foundation.session.token_hash IS 'sha-256 of the cookie''s value';

COMMENT ON COLUMN foundation.session.session_id IS 'the id shown in the list of sessions';

COMMENT ON COLUMN foundation.session.person_id IS 'who is signed in';

COMMENT ON COLUMN foundation.session.created_at IS 'when the row was made';

COMMENT ON COLUMN foundation.session.last_seen_at IS 'latest request, to the minute';

COMMENT ON COLUMN foundation.session.idle_seconds IS 'ends after so long without a request';

COMMENT ON COLUMN foundation.session.absolute_ends_at IS 'ends then at the latest';

COMMENT ON COLUMN foundation.session.revoked_at IS 'ended by sign-out or by revocation';

CREATE TABLE books.account (
    tenant_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    version BIGINT NOT NULL,
    debits_posted BIGINT NOT NULL,
    credits_posted BIGINT NOT NULL,
    last_posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    floor BIGINT,
    normal_side SMALLINT NOT NULL,
    status SMALLINT NOT NULL,
    tracks_expiry BOOLEAN NOT NULL,
    book_code TEXT NOT NULL,
    account_code TEXT NOT NULL,
    public_id UUID NOT NULL,
    holder_id UUID,
    PRIMARY KEY (tenant_id, account_id),
    CONSTRAINT account_public_id_is_unique UNIQUE (tenant_id, public_id),
    CONSTRAINT account_holder_is_unique UNIQUE NULLS NOT DISTINCT (tenant_id, book_code, account_code, holder_id),
    CONSTRAINT account_status_is_known CHECK (status IN (0, 1, 2)),
    CONSTRAINT account_stays_above_floor CHECK (floor IS NULL OR (debits_posted - credits_posted) * normal_side >= floor),
    CONSTRAINT account_is_on_the_chart FOREIGN KEY(tenant_id, book_code, account_code) REFERENCES books.chart_account (tenant_id, book_code, account_code)
)
 WITH (fillfactor = 50);

CREATE INDEX account_by_holder ON books.account (tenant_id, holder_id);

COMMENT ON TABLE books.account IS 'One holder''s account of one chart position';

COMMENT ON COLUMN books.account.tenant_id IS 'tenant';

COMMENT ON COLUMN books.account.account_id IS 'internal number; never leaves';

COMMENT ON COLUMN books.account.version IS 'gap-free count of its transfers';

COMMENT ON COLUMN books.account.debits_posted IS 'sum of debits, smallest units';

COMMENT ON COLUMN books.account.credits_posted IS 'sum of credits, smallest units';

COMMENT ON COLUMN books.account.last_posted_at IS 'posting moment of its latest transfer';

COMMENT ON COLUMN books.account.floor IS 'lowest balance on the normal side; null: no floor';

COMMENT ON COLUMN books.account.normal_side IS '1 debit-normal, -1 credit-normal';

COMMENT ON COLUMN books.account.status IS '0 open, 1 frozen, 2 closed';

COMMENT ON COLUMN books.account.tracks_expiry IS 'balances are kept by expiry date';

COMMENT ON COLUMN books.account.book_code IS 'book';

COMMENT ON COLUMN books.account.account_code IS '科目 number';

COMMENT ON COLUMN books.account.public_id IS 'id that travels';

COMMENT ON COLUMN books.account.holder_id IS 'public id of the holder; null: programme-wide';

CREATE TABLE programmes.service_record (
    tenant_id INTEGER NOT NULL,
    record_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    recipient_id UUID,
    category TEXT NOT NULL,
    activity TEXT NOT NULL,
    place TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    minutes INTEGER NOT NULL,
    service_date DATE NOT NULL,
    recorded_by INTEGER NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    needs_second BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    first_verifier INTEGER,
    decided_by INTEGER,
    decided_at TIMESTAMP WITH TIME ZONE,
    decision_reason TEXT,
    cancelled_by INTEGER,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    funds TEXT,
    credited_minutes INTEGER,
    credited_points INTEGER,
    expires_on DATE,
    objection_until DATE,
    release_tried_on DATE,
    release_attempts SMALLINT NOT NULL,
    credit_entry_id UUID,
    release_entry_id UUID,
    policy_version INTEGER,
    PRIMARY KEY (tenant_id, record_id),
    CONSTRAINT service_ends_after_it_began CHECK (ended_at > started_at),
    CONSTRAINT service_has_minutes CHECK (minutes > 0),
    CONSTRAINT service_is_for_somebody_else CHECK (recipient_id <> provider_id),
    CONSTRAINT service_status_is_known CHECK (status IN ('recorded', 'verified', 'effective', 'declined', 'cancelled')),
    CONSTRAINT service_funds_one_unit CHECK (funds IN ('time', 'points')),
    CONSTRAINT only_verified_service_funds_anything CHECK ((status IN ('verified', 'effective', 'cancelled')) = (funds IS NOT NULL)),
    CONSTRAINT service_is_verified_by_others CHECK (decided_by <> recorded_by AND first_verifier <> recorded_by AND first_verifier <> decided_by),
    CONSTRAINT service_is_cancelled_by_another_person CHECK ((status = 'cancelled') = (cancelled_by IS NOT NULL) AND cancelled_by <> recorded_by),
    CONSTRAINT credited_minutes_fit_a_day CHECK (credited_minutes BETWEEN 0 AND 1440),
    CONSTRAINT provider_id_is_a_member_here FOREIGN KEY(tenant_id, provider_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT recipient_id_is_a_member_here FOREIGN KEY(tenant_id, recipient_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT recorded_by_is_a_caller FOREIGN KEY(recorded_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT first_verifier_is_a_caller FOREIGN KEY(first_verifier) REFERENCES foundation.caller (caller_id),
    CONSTRAINT decided_by_is_a_caller FOREIGN KEY(decided_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT cancelled_by_is_a_caller FOREIGN KEY(cancelled_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX service_record_by_provider ON programmes.service_record (tenant_id, provider_id, started_at);

CREATE INDEX service_record_to_release ON programmes.service_record (tenant_id, objection_until) WHERE status = 'verified';

CREATE INDEX service_record_by_status ON programmes.service_record (tenant_id, status, recorded_at);

COMMENT ON TABLE programmes.service_record IS 'A service rendered: who, for whom, what, where, when, how long, who recorded it';

COMMENT ON COLUMN programmes.service_record.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.service_record.record_id IS 'public id';

COMMENT ON COLUMN programmes.service_record.provider_id IS 'member who served';

COMMENT ON COLUMN programmes.service_record.recipient_id IS 'member served, if it was one';

COMMENT ON COLUMN programmes.service_record.category IS 'code of the category of service';

COMMENT ON COLUMN programmes.service_record.activity IS 'what was done';

COMMENT ON COLUMN programmes.service_record.place IS 'where';

COMMENT ON COLUMN programmes.service_record.started_at IS 'beginning of the service, travel not counted';

COMMENT ON COLUMN programmes.service_record.ended_at IS 'its end';

COMMENT ON COLUMN programmes.service_record.minutes IS 'exact duration, whole minutes';

COMMENT ON COLUMN programmes.service_record.service_date IS 'day in Shanghai on which it began';

COMMENT ON COLUMN programmes.service_record.recorded_by IS 'who recorded it';

COMMENT ON COLUMN programmes.service_record.recorded_at IS 'when it was recorded';

COMMENT ON COLUMN programmes.service_record.needs_second IS 'late, long or by night';

COMMENT ON COLUMN programmes.service_record.status IS 'recorded, verified, effective, declined or cancelled';

COMMENT ON COLUMN programmes.service_record.first_verifier IS 'first of two verifiers';

COMMENT ON COLUMN programmes.service_record.decided_by IS 'who verified or declined it';

COMMENT ON COLUMN programmes.service_record.decided_at IS 'when';

COMMENT ON COLUMN programmes.service_record.decision_reason IS 'why it was declined or cancelled';

COMMENT ON COLUMN programmes.service_record.cancelled_by IS 'who cancelled it';

COMMENT ON COLUMN programmes.service_record.cancelled_at IS 'when it was cancelled';

COMMENT ON COLUMN programmes.service_record.funds IS 'what its minutes are credited with: time or points';

COMMENT ON COLUMN programmes.service_record.credited_minutes IS 'minutes credited, as the day''s sum allowed';

COMMENT ON COLUMN programmes.service_record.credited_points IS '1/100 point credited';

COMMENT ON COLUMN programmes.service_record.expires_on IS 'last day of use of what was credited; absent: never';

COMMENT ON COLUMN programmes.service_record.objection_until IS 'last day for objections';

COMMENT ON COLUMN programmes.service_record.release_tried_on IS 'day of the latest attempt to release it';

COMMENT ON COLUMN programmes.service_record.release_attempts IS 'attempts to release it';

COMMENT ON COLUMN programmes.service_record.credit_entry_id IS 'entry that credited it';

COMMENT ON COLUMN programmes.service_record.release_entry_id IS 'entry that made it available';

COMMENT ON COLUMN programmes.service_record.policy_version IS 'newest version of the rules applied';

CREATE TABLE programmes.service_day (
    tenant_id INTEGER NOT NULL,
    member_id UUID NOT NULL,
    service_date DATE NOT NULL,
    verified_minutes INTEGER NOT NULL,
    credited_minutes INTEGER NOT NULL,
    credited_points INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, member_id, service_date),
    CONSTRAINT credit_never_exceeds_service CHECK (credited_minutes BETWEEN 0 AND verified_minutes),
    CONSTRAINT member_id_is_a_member_here FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id)
);

COMMENT ON TABLE programmes.service_day IS 'The sum of a member''s verified service on a day: what rounding and caps go by';

COMMENT ON COLUMN programmes.service_day.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.service_day.member_id IS 'member who served';

COMMENT ON COLUMN programmes.service_day.service_date IS 'day in Shanghai';

COMMENT ON COLUMN programmes.service_day.verified_minutes IS 'exact minutes verified';

COMMENT ON COLUMN programmes.service_day.credited_minutes IS 'minutes credited for them';

COMMENT ON COLUMN programmes.service_day.credited_points IS '1/100 point credited for them';

CREATE TABLE programmes.star_claim (
    tenant_id INTEGER NOT NULL,
    claim_id UUID NOT NULL,
    branch_id UUID NOT NULL,
    member_id UUID NOT NULL,
    item_org_unit_id UUID NOT NULL,
    item_code TEXT NOT NULL,
    item_valid_from DATE NOT NULL,
    kind TEXT NOT NULL,
    times INTEGER NOT NULL,
    score INTEGER NOT NULL,
    happened_on DATE NOT NULL,
    month DATE NOT NULL,
    evidence TEXT NOT NULL,
    proposed_by INTEGER NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    decided_by INTEGER,
    decided_at TIMESTAMP WITH TIME ZONE,
    awarded INTEGER,
    PRIMARY KEY (tenant_id, claim_id),
    CONSTRAINT claim_counts_something CHECK (times > 0),
    CONSTRAINT claim_score_is_positive CHECK (score > 0),
    CONSTRAINT award_is_within_score CHECK (awarded BETWEEN 0 AND score),
    CONSTRAINT claim_is_approved_by_another_person CHECK (decided_by <> proposed_by),
    CONSTRAINT claim_status_is_known CHECK (status IN ('proposed', 'approved', 'declined', 'scored')),
    CONSTRAINT scored_claim_has_award CHECK ((status = 'scored') = (awarded IS NOT NULL)),
    CONSTRAINT claim_item_is_known FOREIGN KEY(item_org_unit_id, item_code, item_valid_from) REFERENCES programmes.scoring_item (org_unit_id, item_code, valid_from),
    CONSTRAINT branch_is_one_here FOREIGN KEY(tenant_id, branch_id) REFERENCES foundation.party_branch (tenant_id, branch_id),
    CONSTRAINT member_id_is_a_member_here FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT item_org_unit_id_is_a_unit FOREIGN KEY(item_org_unit_id) REFERENCES foundation.org_unit (org_unit_id),
    CONSTRAINT proposed_by_is_a_caller FOREIGN KEY(proposed_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT decided_by_is_a_caller FOREIGN KEY(decided_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX star_claim_by_member ON programmes.star_claim (tenant_id, member_id, month);

CREATE INDEX star_claim_by_month ON programmes.star_claim (tenant_id, branch_id, month, status);

COMMENT ON TABLE programmes.star_claim IS 'An item proposed for a member, approved by somebody else, scored once';

COMMENT ON COLUMN programmes.star_claim.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.star_claim.claim_id IS 'public id';

COMMENT ON COLUMN programmes.star_claim.branch_id IS 'Party branch that scores it';

COMMENT ON COLUMN programmes.star_claim.member_id IS 'member scored';

COMMENT ON COLUMN programmes.star_claim.item_org_unit_id IS 'whose table the item is from';

COMMENT ON COLUMN programmes.star_claim.item_code IS 'item';

COMMENT ON COLUMN programmes.star_claim.item_valid_from IS 'version of the item';

COMMENT ON COLUMN programmes.star_claim.kind IS 'basic, reward or deduct';

COMMENT ON COLUMN programmes.star_claim.times IS 'how many times';

COMMENT ON COLUMN programmes.star_claim.score IS '1/100 point before caps';

COMMENT ON COLUMN programmes.star_claim.happened_on IS 'day in Shanghai';

COMMENT ON COLUMN programmes.star_claim.month IS 'first day of its month';

COMMENT ON COLUMN programmes.star_claim.evidence IS 'what was shown';

COMMENT ON COLUMN programmes.star_claim.proposed_by IS 'who proposed it';

COMMENT ON COLUMN programmes.star_claim.proposed_at IS 'when';

COMMENT ON COLUMN programmes.star_claim.status IS 'proposed, approved, declined or scored';

COMMENT ON COLUMN programmes.star_claim.decided_by IS 'who approved or declined it';

COMMENT ON COLUMN programmes.star_claim.decided_at IS 'when';

COMMENT ON COLUMN programmes.star_claim.awarded IS '1/100 point that the caps left of it';

CREATE TABLE programmes.star_result (
    tenant_id INTEGER NOT NULL,
    result_id UUID NOT NULL,
    branch_id UUID NOT NULL,
    month DATE NOT NULL,
    member_id UUID NOT NULL,
    basic INTEGER NOT NULL,
    reward INTEGER NOT NULL,
    deduction INTEGER NOT NULL,
    entry_id UUID,
    status TEXT NOT NULL,
    release_tried_on DATE,
    release_attempts SMALLINT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (tenant_id, result_id),
    CONSTRAINT scores_are_counted CHECK (basic >= 0 AND reward >= 0 AND deduction >= 0),
    CONSTRAINT star_result_status_is_known CHECK (status IN ('published', 'effective', 'cancelled')),
    CONSTRAINT star_result_belongs_to_a_scored_month FOREIGN KEY(tenant_id, branch_id, month) REFERENCES programmes.star_month (tenant_id, branch_id, month),
    CONSTRAINT member_id_is_a_member_here FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id)
);

CREATE UNIQUE INDEX star_result_is_one_a_month ON programmes.star_result (tenant_id, branch_id, month, member_id);

CREATE INDEX star_result_to_release ON programmes.star_result (tenant_id, branch_id, month) WHERE status = 'published';

CREATE INDEX star_result_by_member ON programmes.star_result (tenant_id, member_id, month);

COMMENT ON TABLE programmes.star_result IS 'What a month brought a member; a row of zeros is written too';

COMMENT ON COLUMN programmes.star_result.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.star_result.result_id IS 'public id';

COMMENT ON COLUMN programmes.star_result.branch_id IS 'Party branch';

COMMENT ON COLUMN programmes.star_result.month IS 'first day of the month';

COMMENT ON COLUMN programmes.star_result.member_id IS 'member scored';

COMMENT ON COLUMN programmes.star_result.basic IS 'basic points, 1/100';

COMMENT ON COLUMN programmes.star_result.reward IS 'reward points, 1/100';

COMMENT ON COLUMN programmes.star_result.deduction IS 'points to deduct, 1/100';

COMMENT ON COLUMN programmes.star_result.entry_id IS 'entry into publicity; absent: nothing scored';

COMMENT ON COLUMN programmes.star_result.status IS 'published, effective or cancelled';

COMMENT ON COLUMN programmes.star_result.release_tried_on IS 'day of the latest attempt to release it';

COMMENT ON COLUMN programmes.star_result.release_attempts IS 'attempts to release it';

COMMENT ON COLUMN programmes.star_result.effective_at IS 'when it took effect';

CREATE TABLE programmes.redemption_code (
    tenant_id INTEGER NOT NULL,
    code_id UUID NOT NULL,
    member_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    digits_hash BYTEA NOT NULL,
    issued_on DATE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    amount_limit BIGINT,
    merchant_id UUID,
    PRIMARY KEY (tenant_id, code_id),
    CONSTRAINT code_token_is_unique UNIQUE (tenant_id, token_hash),
    CONSTRAINT code_digits_are_unique_a_day UNIQUE (tenant_id, digits_hash, issued_on),
    CONSTRAINT code_is_of_a_member FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT code_is_for_a_merchant FOREIGN KEY(tenant_id, merchant_id) REFERENCES foundation.merchant (tenant_id, merchant_id),
    CONSTRAINT code_expires_after_issue CHECK (expires_at > issued_at),
    CONSTRAINT code_limit_is_positive CHECK (amount_limit > 0)
);

CREATE INDEX code_by_member ON programmes.redemption_code (tenant_id, member_id, issued_at);

COMMENT ON TABLE programmes.redemption_code IS 'One-time codes; spent when a redemption names them';

COMMENT ON COLUMN programmes.redemption_code.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.redemption_code.code_id IS 'id of the code';

COMMENT ON COLUMN programmes.redemption_code.member_id IS 'whose points it opens';

COMMENT ON COLUMN programmes.redemption_code.token_hash IS 'keyed hash of the QR token';

COMMENT ON COLUMN programmes.redemption_code.digits_hash IS 'keyed hash of the eight digits';

COMMENT ON COLUMN programmes.redemption_code.issued_on IS 'day in Shanghai; digits are unique in it';

COMMENT ON COLUMN programmes.redemption_code.issued_at IS 'by the database''s clock';

COMMENT ON COLUMN programmes.redemption_code.expires_at IS 'not accepted from then on';

COMMENT ON COLUMN programmes.redemption_code.amount_limit IS '1/100 point it is good for; null: no limit';

COMMENT ON COLUMN programmes.redemption_code.merchant_id IS 'the only merchant it is good at';

CREATE TABLE programmes.redemption (
    tenant_id INTEGER NOT NULL,
    redemption_id UUID NOT NULL,
    member_id UUID NOT NULL,
    merchant_id UUID NOT NULL,
    code_id UUID,
    terminal TEXT NOT NULL,
    merchant_reference TEXT,
    caller_id INTEGER NOT NULL,
    amount BIGINT NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    business_day DATE NOT NULL,
    policy_version INTEGER,
    PRIMARY KEY (tenant_id, redemption_id),
    CONSTRAINT code_is_spent_once UNIQUE (tenant_id, code_id),
    CONSTRAINT redemption_is_by_a_member FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT redemption_is_at_a_merchant FOREIGN KEY(tenant_id, merchant_id) REFERENCES foundation.merchant (tenant_id, merchant_id),
    CONSTRAINT redemption_has_a_hold FOREIGN KEY(tenant_id, redemption_id) REFERENCES books.hold (tenant_id, hold_id)
);

CREATE INDEX redemption_by_merchant ON programmes.redemption (tenant_id, merchant_id, business_day);

CREATE INDEX redemption_by_member ON programmes.redemption (tenant_id, member_id, business_day);

CREATE UNIQUE INDEX redemption_by_merchant_reference ON programmes.redemption (tenant_id, merchant_id, terminal, merchant_reference) WHERE merchant_reference IS NOT NULL;

COMMENT ON TABLE programmes.redemption IS 'A purchase authorised at a merchant';

COMMENT ON COLUMN programmes.redemption.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.redemption.redemption_id IS 'id of the purchase, of its hold and of the entry that placed it';

COMMENT ON COLUMN programmes.redemption.member_id IS 'whose points';

COMMENT ON COLUMN programmes.redemption.merchant_id IS 'where';

COMMENT ON COLUMN programmes.redemption.code_id IS 'code presented; null: authorised without one';

COMMENT ON COLUMN programmes.redemption.terminal IS 'terminal; empty: not told';

COMMENT ON COLUMN programmes.redemption.merchant_reference IS 'the merchant''s own transaction number';

COMMENT ON COLUMN programmes.redemption.caller_id IS 'operator who asked for the hold';

COMMENT ON COLUMN programmes.redemption.amount IS '1/100 point authorised';

COMMENT ON COLUMN programmes.redemption.occurred_at IS 'when it was authorised';

COMMENT ON COLUMN programmes.redemption.business_day IS 'its day in Shanghai; caps go by it';

COMMENT ON COLUMN programmes.redemption.policy_version IS 'version of the caps that were applied';

CREATE TABLE programmes.redemption_capture (
    tenant_id INTEGER NOT NULL,
    redemption_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    merchant_id UUID NOT NULL,
    terminal TEXT NOT NULL,
    caller_id INTEGER NOT NULL,
    points BIGINT NOT NULL,
    fen_per_100_points INTEGER NOT NULL,
    discount_share_bp INTEGER NOT NULL,
    value_fen BIGINT NOT NULL,
    payable_fen BIGINT NOT NULL,
    refundable BOOLEAN NOT NULL,
    captured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    business_day DATE NOT NULL,
    PRIMARY KEY (tenant_id, redemption_id),
    CONSTRAINT capture_is_of_a_redemption FOREIGN KEY(tenant_id, redemption_id) REFERENCES programmes.redemption (tenant_id, redemption_id),
    CONSTRAINT captured_points_are_positive CHECK (points > 0),
    CONSTRAINT payable_is_within_value CHECK (payable_fen BETWEEN 0 AND value_fen)
);

CREATE INDEX capture_by_merchant ON programmes.redemption_capture (tenant_id, merchant_id, business_day);

COMMENT ON TABLE programmes.redemption_capture IS 'Points taken by a merchant, priced once and for all';

COMMENT ON COLUMN programmes.redemption_capture.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.redemption_capture.redemption_id IS 'purchase';

COMMENT ON COLUMN programmes.redemption_capture.entry_id IS 'entry that captured it';

COMMENT ON COLUMN programmes.redemption_capture.merchant_id IS 'merchant';

COMMENT ON COLUMN programmes.redemption_capture.terminal IS 'terminal; empty: not told';

COMMENT ON COLUMN programmes.redemption_capture.caller_id IS 'operator';

COMMENT ON COLUMN programmes.redemption_capture.points IS '1/100 point captured';

COMMENT ON COLUMN programmes.redemption_capture.fen_per_100_points IS 'rate in force at the capture';

COMMENT ON COLUMN programmes.redemption_capture.discount_share_bp IS 'merchant''s share, 1/10000';

COMMENT ON COLUMN programmes.redemption_capture.value_fen IS 'points at the rate, half up, fen';

COMMENT ON COLUMN programmes.redemption_capture.payable_fen IS 'value less the merchant''s share';

COMMENT ON COLUMN programmes.redemption_capture.refundable IS 'as the contract then said';

COMMENT ON COLUMN programmes.redemption_capture.captured_at IS 'when it was captured';

COMMENT ON COLUMN programmes.redemption_capture.business_day IS 'its day in Shanghai';

CREATE TABLE programmes.redemption_refund (
    tenant_id INTEGER NOT NULL,
    entry_id UUID NOT NULL,
    redemption_id UUID NOT NULL,
    merchant_id UUID NOT NULL,
    terminal TEXT NOT NULL,
    caller_id INTEGER NOT NULL,
    points BIGINT NOT NULL,
    value_fen BIGINT NOT NULL,
    payable_fen BIGINT NOT NULL,
    refunded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    business_day DATE NOT NULL,
    PRIMARY KEY (tenant_id, entry_id),
    CONSTRAINT refund_is_of_a_redemption FOREIGN KEY(tenant_id, redemption_id) REFERENCES programmes.redemption (tenant_id, redemption_id),
    CONSTRAINT refunded_points_are_positive CHECK (points > 0)
);

CREATE INDEX refund_by_redemption ON programmes.redemption_refund (tenant_id, redemption_id);

CREATE INDEX refund_by_merchant ON programmes.redemption_refund (tenant_id, merchant_id, business_day);

COMMENT ON TABLE programmes.redemption_refund IS 'Points a merchant gave back';

COMMENT ON COLUMN programmes.redemption_refund.tenant_id IS 'tenant';

COMMENT ON COLUMN programmes.redemption_refund.entry_id IS 'entry that gave back';

COMMENT ON COLUMN programmes.redemption_refund.redemption_id IS 'purchase';

COMMENT ON COLUMN programmes.redemption_refund.merchant_id IS 'merchant';

COMMENT ON COLUMN programmes.redemption_refund.terminal IS 'terminal; empty: not told';

COMMENT ON COLUMN programmes.redemption_refund.caller_id IS 'operator';

COMMENT ON COLUMN programmes.redemption_refund.points IS '1/100 point given back';

COMMENT ON COLUMN programmes.redemption_refund.value_fen IS 'value taken back, fen';

COMMENT ON COLUMN programmes.redemption_refund.payable_fen IS 'payable taken back, fen';

COMMENT ON COLUMN programmes.redemption_refund.refunded_at IS 'when it was given back';

COMMENT ON COLUMN programmes.redemption_refund.business_day IS 'its day in Shanghai';

CREATE TABLE reconciliation.bank_account (
    tenant_id INTEGER NOT NULL,
    bank_account_id UUID NOT NULL,
    bank TEXT NOT NULL,
    account_name TEXT NOT NULL,
    account_no_digest BYTEA NOT NULL,
    account_no_last4 TEXT NOT NULL,
    account_no_sealed BYTEA,
    ledger_account_id INTEGER NOT NULL,
    reconciled_from DATE,
    caller_id INTEGER NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, bank_account_id),
    CONSTRAINT bank_account_number_is_unique UNIQUE (tenant_id, account_no_digest),
    CONSTRAINT ledger_account_has_one_bank_account UNIQUE (tenant_id, ledger_account_id),
    CONSTRAINT bank_account_is_in_the_books FOREIGN KEY(tenant_id, ledger_account_id) REFERENCES books.account (tenant_id, account_id)
);

COMMENT ON TABLE reconciliation.bank_account IS 'Accounts at banks whose statements are compared with the books';

COMMENT ON COLUMN reconciliation.bank_account.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.bank_account.bank_account_id IS 'holder of its ledger account; also public';

COMMENT ON COLUMN reconciliation.bank_account.bank IS 'name of the bank';

COMMENT ON COLUMN reconciliation.bank_account.account_name IS '户名';

COMMENT ON COLUMN reconciliation.bank_account.account_no_digest IS 'blind index of the number';

COMMENT ON COLUMN reconciliation.bank_account.account_no_last4 IS 'last four characters of the number';

COMMENT ON COLUMN reconciliation.bank_account.account_no_sealed IS 'the number, encrypted; null: not kept';

COMMENT ON COLUMN reconciliation.bank_account.ledger_account_id IS 'its 1002 account in the books';

COMMENT ON COLUMN reconciliation.bank_account.reconciled_from IS 'first day compared; null: day its statements begin';

COMMENT ON COLUMN reconciliation.bank_account.caller_id IS 'who registered it';

COMMENT ON COLUMN reconciliation.bank_account.registered_at IS 'when';

CREATE TABLE reconciliation.statement (
    tenant_id INTEGER NOT NULL,
    statement_id UUID NOT NULL,
    statement_file_id UUID NOT NULL,
    bank_account_id UUID NOT NULL,
    position INTEGER NOT NULL,
    period_from DATE,
    period_to DATE,
    complete_to DATE,
    opening_fen BIGINT,
    closing_fen BIGINT,
    record_count INTEGER NOT NULL,
    new_count INTEGER NOT NULL,
    known_count INTEGER NOT NULL,
    rejected_count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, statement_id),
    CONSTRAINT no_record_is_lost CHECK (record_count = new_count + known_count + rejected_count),
    CONSTRAINT statement_period_runs_forward CHECK (period_from <= period_to),
    CONSTRAINT statement_file_exists FOREIGN KEY(tenant_id, statement_file_id) REFERENCES reconciliation.statement_file (tenant_id, statement_file_id),
    CONSTRAINT statement_bank_account_exists FOREIGN KEY(tenant_id, bank_account_id) REFERENCES reconciliation.bank_account (tenant_id, bank_account_id)
);

CREATE INDEX statement_by_file ON reconciliation.statement (tenant_id, statement_file_id);

CREATE INDEX statement_by_account ON reconciliation.statement (tenant_id, bank_account_id, period_from);

COMMENT ON TABLE reconciliation.statement IS 'One account over one period, as one file states it';

COMMENT ON COLUMN reconciliation.statement.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.statement.statement_id IS 'id';

COMMENT ON COLUMN reconciliation.statement.statement_file_id IS 'file it stands in';

COMMENT ON COLUMN reconciliation.statement.bank_account_id IS 'account it is about';

COMMENT ON COLUMN reconciliation.statement.position IS '0-based place in the file';

COMMENT ON COLUMN reconciliation.statement.period_from IS 'first day covered; null: an empty file without a period';

COMMENT ON COLUMN reconciliation.statement.period_to IS 'last day covered';

COMMENT ON COLUMN reconciliation.statement.complete_to IS 'last day over when imported; nothing may be added to it';

COMMENT ON COLUMN reconciliation.statement.opening_fen IS 'stated balance before its first line, fen';

COMMENT ON COLUMN reconciliation.statement.closing_fen IS 'stated balance after its last line, fen';

COMMENT ON COLUMN reconciliation.statement.record_count IS 'raw records in the file';

COMMENT ON COLUMN reconciliation.statement.new_count IS 'records stored as new lines';

COMMENT ON COLUMN reconciliation.statement.known_count IS 'records that earlier files brought';

COMMENT ON COLUMN reconciliation.statement.rejected_count IS 'records set aside: not booked yet';

CREATE TABLE reconciliation.run (
    tenant_id INTEGER NOT NULL,
    run_id UUID NOT NULL,
    bank_account_id UUID NOT NULL,
    as_of DATE NOT NULL,
    rules_version INTEGER NOT NULL,
    bank_line_count INTEGER NOT NULL,
    book_line_count INTEGER NOT NULL,
    match_count INTEGER NOT NULL,
    evidence_sha256 BYTEA NOT NULL,
    caller_id INTEGER NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, run_id),
    CONSTRAINT run_bank_account_exists FOREIGN KEY(tenant_id, bank_account_id) REFERENCES reconciliation.bank_account (tenant_id, bank_account_id)
);

CREATE INDEX run_by_account ON reconciliation.run (tenant_id, bank_account_id, started_at);

COMMENT ON TABLE reconciliation.run IS 'Runs of the matching rules';

COMMENT ON COLUMN reconciliation.run.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.run.run_id IS 'id';

COMMENT ON COLUMN reconciliation.run.bank_account_id IS 'account';

COMMENT ON COLUMN reconciliation.run.as_of IS 'last day considered on either side';

COMMENT ON COLUMN reconciliation.run.rules_version IS 'version of the passes';

COMMENT ON COLUMN reconciliation.run.bank_line_count IS 'open bank lines it saw';

COMMENT ON COLUMN reconciliation.run.book_line_count IS 'open entries it saw';

COMMENT ON COLUMN reconciliation.run.match_count IS 'matches it made';

COMMENT ON COLUMN reconciliation.run.evidence_sha256 IS 'of the lines it saw';

COMMENT ON COLUMN reconciliation.run.caller_id IS 'who started it';

COMMENT ON COLUMN reconciliation.run.started_at IS 'when';

CREATE TABLE reconciliation.statement_finding (
    tenant_id INTEGER NOT NULL,
    statement_id UUID NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    line INTEGER,
    other_line INTEGER,
    expected_fen BIGINT,
    found_fen BIGINT,
    expected_count INTEGER,
    found_count INTEGER,
    PRIMARY KEY (tenant_id, statement_id, position),
    CONSTRAINT finding_statement_exists FOREIGN KEY(tenant_id, statement_id) REFERENCES reconciliation.statement (tenant_id, statement_id)
);

COMMENT ON TABLE reconciliation.statement_finding IS 'What a statement says that does not add up';

COMMENT ON COLUMN reconciliation.statement_finding.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.statement_finding.statement_id IS 'statement';

COMMENT ON COLUMN reconciliation.statement_finding.position IS 'order among its findings';

COMMENT ON COLUMN reconciliation.statement_finding.code IS 'what does not add up';

COMMENT ON COLUMN reconciliation.statement_finding.line IS 'line of the file';

COMMENT ON COLUMN reconciliation.statement_finding.other_line IS 'line it is compared with';

COMMENT ON COLUMN reconciliation.statement_finding.expected_fen IS 'what should be there, fen';

COMMENT ON COLUMN reconciliation.statement_finding.found_fen IS 'what is there, fen';

COMMENT ON COLUMN reconciliation.statement_finding.expected_count IS 'number that should be there';

COMMENT ON COLUMN reconciliation.statement_finding.found_count IS 'number that is there';

CREATE TABLE reconciliation.statement_line (
    tenant_id INTEGER NOT NULL,
    statement_line_id UUID NOT NULL,
    bank_account_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    position INTEGER NOT NULL,
    file_line INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    booked_on DATE NOT NULL,
    booked_time TIME WITHOUT TIME ZONE,
    value_on DATE,
    amount_fen BIGINT NOT NULL,
    balance_after_fen BIGINT,
    counterparty_name TEXT NOT NULL,
    counterparty_account_last4 TEXT NOT NULL,
    counterparty_account_digest BYTEA,
    summary TEXT NOT NULL,
    remark TEXT NOT NULL,
    bank_reference TEXT NOT NULL,
    raw_text TEXT NOT NULL,
    line_key BYTEA NOT NULL,
    ordinal INTEGER NOT NULL,
    repeated BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, statement_line_id),
    CONSTRAINT statement_line_is_stored_once UNIQUE (tenant_id, bank_account_id, line_key, ordinal),
    CONSTRAINT statement_line_bank_account_exists FOREIGN KEY(tenant_id, bank_account_id) REFERENCES reconciliation.bank_account (tenant_id, bank_account_id),
    CONSTRAINT statement_line_statement_exists FOREIGN KEY(tenant_id, statement_id) REFERENCES reconciliation.statement (tenant_id, statement_id)
);

CREATE INDEX statement_line_by_day ON reconciliation.statement_line (tenant_id, bank_account_id, booked_on);

COMMENT ON TABLE reconciliation.statement_line IS 'Movements as the bank reports them';

COMMENT ON COLUMN reconciliation.statement_line.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.statement_line.statement_line_id IS 'id';

COMMENT ON COLUMN reconciliation.statement_line.bank_account_id IS 'account';

COMMENT ON COLUMN reconciliation.statement_line.statement_id IS 'statement that brought it first';

COMMENT ON COLUMN reconciliation.statement_line.position IS '0-based record in its file';

COMMENT ON COLUMN reconciliation.statement_line.file_line IS '1-based physical line in its file';

COMMENT ON COLUMN reconciliation.statement_line.sequence IS 'chronological place in its statement';

COMMENT ON COLUMN reconciliation.statement_line.booked_on IS 'day the bank booked it';

COMMENT ON COLUMN reconciliation.statement_line.booked_time IS 'time of day, when the bank tells';

COMMENT ON COLUMN reconciliation.statement_line.value_on IS 'value day (起息日)';

COMMENT ON COLUMN reconciliation.statement_line.amount_fen IS 'in positive, out negative, fen';

COMMENT ON COLUMN reconciliation.statement_line.balance_after_fen IS 'balance printed beside it, fen';

COMMENT ON COLUMN reconciliation.statement_line.counterparty_name IS 'payer or payee';

COMMENT ON COLUMN reconciliation.statement_line.counterparty_account_last4 IS 'end of its number';

COMMENT ON COLUMN reconciliation.statement_line.counterparty_account_digest IS 'blind index of its number';

COMMENT ON COLUMN reconciliation.statement_line.summary IS 'the bank''s word for it (摘要)';

COMMENT ON COLUMN reconciliation.statement_line.remark IS 'what the payer wrote (附言)';

COMMENT ON COLUMN reconciliation.statement_line.bank_reference IS 'serial number of the bank';

COMMENT ON COLUMN reconciliation.statement_line.raw_text IS 'record of the file, account numbers masked';

COMMENT ON COLUMN reconciliation.statement_line.line_key IS 'digest of all that identifies it';

COMMENT ON COLUMN reconciliation.statement_line.ordinal IS 'counts lines of the same key';

COMMENT ON COLUMN reconciliation.statement_line.repeated IS 'the export wrote a line twice; not money';

CREATE TABLE reconciliation.match (
    tenant_id INTEGER NOT NULL,
    match_id UUID NOT NULL,
    run_id UUID NOT NULL,
    bank_account_id UUID NOT NULL,
    status TEXT NOT NULL,
    rule TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    score SMALLINT NOT NULL,
    rivals INTEGER NOT NULL,
    residual_fen BIGINT NOT NULL,
    evidence TEXT[] NOT NULL,
    matched_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, match_id),
    CONSTRAINT match_status_is_known CHECK (status IN ('auto', 'confirmed')),
    CONSTRAINT match_score_is_a_percentage CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT match_run_exists FOREIGN KEY(tenant_id, run_id) REFERENCES reconciliation.run (tenant_id, run_id),
    CONSTRAINT match_bank_account_exists FOREIGN KEY(tenant_id, bank_account_id) REFERENCES reconciliation.bank_account (tenant_id, bank_account_id)
);

CREATE INDEX match_by_account ON reconciliation.match (tenant_id, bank_account_id, match_id);

COMMENT ON TABLE reconciliation.match IS 'Bank lines and entries that belong together, and why';

COMMENT ON COLUMN reconciliation.match.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.match.match_id IS 'id';

COMMENT ON COLUMN reconciliation.match.run_id IS 'run that made it';

COMMENT ON COLUMN reconciliation.match.bank_account_id IS 'account';

COMMENT ON COLUMN reconciliation.match.status IS 'auto, or confirmed by a person';

COMMENT ON COLUMN reconciliation.match.rule IS 'rule that decided';

COMMENT ON COLUMN reconciliation.match.rule_version IS 'version of the rule';

COMMENT ON COLUMN reconciliation.match.score IS 'weight of the evidence, 0 to 100';

COMMENT ON COLUMN reconciliation.match.rivals IS 'other lines that came near';

COMMENT ON COLUMN reconciliation.match.residual_fen IS 'bank sum less book sum, fen';

COMMENT ON COLUMN reconciliation.match.evidence IS 'what agreed, in coded words';

COMMENT ON COLUMN reconciliation.match.matched_at IS 'when';

CREATE TABLE reconciliation.match_release (
    tenant_id INTEGER NOT NULL,
    match_id UUID NOT NULL,
    reason TEXT NOT NULL,
    caller_id INTEGER NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, match_id),
    CONSTRAINT release_has_a_reason CHECK (reason <> ''),
    CONSTRAINT released_match_exists FOREIGN KEY(tenant_id, match_id) REFERENCES reconciliation.match (tenant_id, match_id)
);

COMMENT ON TABLE reconciliation.match_release IS 'Matches undone, one by one; the match itself stays readable';

COMMENT ON COLUMN reconciliation.match_release.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.match_release.match_id IS 'match that was undone';

COMMENT ON COLUMN reconciliation.match_release.reason IS 'why';

COMMENT ON COLUMN reconciliation.match_release.caller_id IS 'who';

COMMENT ON COLUMN reconciliation.match_release.released_at IS 'when';

CREATE TABLE reconciliation.match_bank_line (
    tenant_id INTEGER NOT NULL,
    match_id UUID NOT NULL,
    statement_line_id UUID NOT NULL,
    live BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, match_id, statement_line_id),
    CONSTRAINT bank_side_match_exists FOREIGN KEY(tenant_id, match_id) REFERENCES reconciliation.match (tenant_id, match_id),
    CONSTRAINT matched_statement_line_exists FOREIGN KEY(tenant_id, statement_line_id) REFERENCES reconciliation.statement_line (tenant_id, statement_line_id)
);

CREATE UNIQUE INDEX bank_line_is_matched_once ON reconciliation.match_bank_line (tenant_id, statement_line_id) WHERE live;

COMMENT ON TABLE reconciliation.match_bank_line IS 'Bank side of matches';

COMMENT ON COLUMN reconciliation.match_bank_line.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.match_bank_line.match_id IS 'match';

COMMENT ON COLUMN reconciliation.match_bank_line.statement_line_id IS 'bank line';

COMMENT ON COLUMN reconciliation.match_bank_line.live IS 'false from the release of the match on';

CREATE TABLE reconciliation.match_ledger_line (
    tenant_id INTEGER NOT NULL,
    match_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    account_id INTEGER NOT NULL,
    live BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, match_id, entry_id, account_id),
    CONSTRAINT ledger_side_match_exists FOREIGN KEY(tenant_id, match_id) REFERENCES reconciliation.match (tenant_id, match_id),
    CONSTRAINT matched_entry_exists FOREIGN KEY(tenant_id, entry_id) REFERENCES books.entry (tenant_id, entry_id)
);

CREATE UNIQUE INDEX entry_is_matched_once ON reconciliation.match_ledger_line (tenant_id, entry_id, account_id) WHERE live;

COMMENT ON TABLE reconciliation.match_ledger_line IS 'Ledger side of matches';

COMMENT ON COLUMN reconciliation.match_ledger_line.tenant_id IS 'tenant';

COMMENT ON COLUMN reconciliation.match_ledger_line.match_id IS 'match';

COMMENT ON COLUMN reconciliation.match_ledger_line.entry_id IS 'entry';

COMMENT ON COLUMN reconciliation.match_ledger_line.account_id IS 'the 1002 account it moves';

COMMENT ON COLUMN reconciliation.match_ledger_line.live IS 'false from the release of the match on';
